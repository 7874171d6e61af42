import { type BodyTransform, mayTransformBody, transformBody } from '../exchange/body-transform.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Log } from '../exchange/log.js';
import type { Middleware, MiddlewareHost, MiddlewareType } from '../exchange/middleware.js';
import type { MutableResponseHead } from '../exchange/response-head.js';
import { plainCoding } from '../protocol/http1/accept-encoding.js';
import { splitFieldList } from '../protocol/http1/field-list.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { codingOf, codings, decodeFrom, encodeAs } from './content-codings.js';
import { compileMediaTypes } from './media-types.js';
import { PlainReplaceStream } from './plain-replace-stream.js';
import { compilePlainRule, type PlainRule } from './plain-replacer.js';
import { RegexReplaceStream } from './regex-replace-stream.js';
import { compileRegexRule, type RegexRule } from './regex-rule.js';
import { type ReplaceOptions, replaceOptionsSchema } from './replace-options.js';
import { fitsCharset, type TextCharset, textCharsetOf } from './text-charset.js';

/** Replaces text in response bodies. Event streams, parts and tunnels pass as they are. */
export const replace: MiddlewareType<ReplaceOptions> = {
  type: 'replace',
  optionsSchema: replaceOptionsSchema,
  create: (name, options, host) => new ReplaceMiddleware(name, options, host),
};

/** A rule in the forms that bodies ask for; undefined: it cannot occur in that charset. */
interface Rule {
  readonly isFor: (headers: HeaderList) => boolean;
  readonly of: Readonly<Record<TextCharset, PlainRule | RegexRule | undefined>>;
}

class ReplaceMiddleware implements Middleware {
  readonly name: string;
  readonly #rules: readonly Rule[];
  readonly #maxBytes: number;
  readonly #log: Log;

  constructor(name: string, { rules, max_body }: ReplaceOptions, { log }: MiddlewareHost) {
    this.name = name;
    this.#rules = rules.map(compileRule);
    this.#maxBytes = max_body;
    this.#log = log;
  }

  /** The backend may encode only as can be undone here. */
  onRequest(exchange: Exchange): void {
    if (exchange.kind === 'websocket') return;
    const { headers } = exchange.backendRequest;
    if (!headers.hasKnown('accept-encoding')) return;
    const accepted = splitFieldList(headers.getAll('accept-encoding').join(','));
    headers.set('Accept-Encoding', accepted.filter(isUndoable).join(', ') || 'identity');
  }

  onResponse(exchange: Exchange, head: MutableResponseHead): void {
    if (!mayTransformBody(exchange, head)) return;
    const { headers } = head;
    const asked = this.#rules.filter(({ isFor }) => isFor(headers));
    const charset = textCharsetOf(headers);
    if (asked.length === 0 || charset === null) return;
    const rules = asked.map(({ of }) => of[charset]).filter((rule) => rule !== undefined);
    if (rules.length === 0) return;
    const coding = codingOf(headers);
    const unchanged = (why: string) => this.#warn(exchange, why);
    if (coding === 'unknown') {
      unchanged(`its Content-Encoding (${headers.getAll('content-encoding').join(', ')}) cannot be undone`);
      return;
    }
    const announcedBytes = Number(headers.getKnown('content-length') ?? 0);
    if (coding === null && announcedBytes > this.#maxBytes && !rules.some(isPlain)) {
      unchanged(`${announcedBytes} bytes are more than max_body`);
      return;
    }
    transformBody(exchange, head, () => {
      const streams = streamsOf(rules, { charset, maxBytes: this.#maxBytes, unchanged });
      return coding === null ? streams : [decodeFrom(coding), ...streams, encodeAs(coding)];
    });
  }

  #warn(exchange: Exchange, why: string): void {
    this.#log.write('warn', 'body not replaced', { request_id: exchange.id, middleware: this.name, detail: why });
  }
}

function compileRule({ from, to, regex, content_types }: ReplaceOptions['rules'][number]): Rule {
  const compiledFor = (charset: TextCharset): PlainRule | RegexRule | undefined => {
    if (regex) return fitsCharset(to, charset) ? compileRegexRule(from, to) : undefined;
    if (!fitsCharset(from + to, charset)) return undefined;
    return compilePlainRule(Buffer.from(from, charset), Buffer.from(to, charset));
  };
  return { isFor: compileMediaTypes(content_types), of: { utf8: compiledFor('utf8'), latin1: compiledFor('latin1') } };
}

/** One stream for all rules of a kind that stand together: in their order. */
function streamsOf(
  rules: readonly (PlainRule | RegexRule)[],
  options: ConstructorParameters<typeof RegexReplaceStream>[1],
): BodyTransform[] {
  const streams: BodyTransform[] = [];
  for (let at = 0; at < rules.length; ) {
    const plain = rules.slice(at, endOfRun(rules, at, isPlain)).filter(isPlain);
    at += plain.length;
    if (plain.length > 0) streams.push({ stream: new PlainReplaceStream(plain) });
    const regex = rules.slice(at, endOfRun(rules, at, isRegex)).filter(isRegex);
    at += regex.length;
    if (regex.length > 0) streams.push({ stream: new RegexReplaceStream(regex, options) });
  }
  return streams;
}

/** Where the rules of this kind that begin at `start` end. */
function endOfRun<T>(rules: readonly T[], start: number, isOfKind: (rule: T) => boolean): number {
  const end = rules.findIndex((rule, index) => index >= start && !isOfKind(rule));
  return end < 0 ? rules.length : end;
}

function isPlain(rule: PlainRule | RegexRule): rule is PlainRule {
  return 'fallbacks' in rule;
}

function isRegex(rule: PlainRule | RegexRule): rule is RegexRule {
  return 'regex' in rule;
}

const undoable: ReadonlySet<string> = new Set([...codings, 'identity']);

/** Of an element of Accept-Encoding, with its weight. `*` would stand for codings that are unknown here. */
function isUndoable(element: string): boolean {
  return undoable.has(plainCoding(element.split(';', 1)[0] ?? ''));
}
