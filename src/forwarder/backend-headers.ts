import type { Exchange } from '../exchange/exchange.js';
import { behindBasePath } from '../protocol/http1/base-path.js';
import type { BodyFraming } from '../protocol/http1/body-framing.js';
import { plainContentLength } from '../protocol/http1/content-length.js';
import { lastingLine } from '../protocol/http1/field-line.js';
import { formatForwarded, isForwardingField } from '../protocol/http1/forwarded.js';
import { HeaderList } from '../protocol/http1/header-list.js';
import { isHopByHop } from '../protocol/http1/hop-by-hop.js';
import type { ForwardingRules } from './forwarder-host.js';

const protoLines = {
  http: lastingLine('X-Forwarded-Proto', 'http'),
  https: lastingLine('X-Forwarded-Proto', 'https'),
};

/**
 * The fields that go to the backend: the client's in their order, without those that end at this hop or that only
 * the proxy may set, and with ours. What the connection itself needs is added by {@link connectionFields} when the
 * head is written, where no middleware can reach it.
 */
export function buildBackendHeaders(exchange: Exchange, owned: readonly string[], rules: ForwardingRules): HeaderList {
  const { client, request } = exchange;
  const { headers } = request.head;
  const named = request.facts.connection.names;
  const list = new HeaderList();
  let forwardedFor = '';
  let via = '';
  for (let index = 0; index < headers.size; index++) {
    const line = headers.lineAt(index);
    const { lower: name, value } = line;
    if (isHopByHop(name) || (named.length > 0 && named.includes(name))) continue;
    if (name === 'expect' && !request.facts.expectContinue) continue;
    if (name === 'content-length') list.appendLine(plainContentLength(line));
    else if (name === 'via') via = via === '' ? value : `${via}, ${value}`;
    else if (isRequestId(name)) continue;
    else if (isForwardingField(name)) {
      // No proxy writes underscores: even behind a trusted one these are its client's own, which it did not know.
      if (!client.trusted || name.includes('_')) continue;
      if (name === 'x-forwarded-for') forwardedFor += `${value}, `;
      else list.appendLine(line);
    } else if (!isOwned(name, owned) || (client.trusted && !name.includes('_'))) {
      list.appendLine(line);
    }
  }
  addForwarding(list, exchange, rules, forwardedFor);
  if (via === '' && request.head.minorVersion === 1) list.appendLine(rules.via);
  else
    list.appendKnown('Via', 'via', `${via === '' ? '' : `${via}, `}1.${request.head.minorVersion} ${rules.pseudonym}`);
  list.appendKnown('X-Request-Id', 'x-request-id', exchange.id);
  return list;
}

/** Underscores count as hyphens here too: see {@link isForwardingField}. */
function isRequestId(lowerName: string): boolean {
  return lowerName.length === 12 && lowerName.replaceAll('_', '-') === 'x-request-id';
}

/** Few are, and most names differ from them in their length. */
function isOwned(lowerName: string, owned: readonly string[]): boolean {
  for (let index = 0; index < owned.length; index++) {
    const name = owned[index] as string;
    if (name.length === lowerName.length && name === lowerName.replaceAll('_', '-')) return true;
  }
  return false;
}

function addForwarding(list: HeaderList, exchange: Exchange, rules: ForwardingRules, forwardedFor: string): void {
  const { client, request } = exchange;
  const { trusted, peerAddress } = client;
  list.appendKnown('X-Forwarded-For', 'x-forwarded-for', forwardedFor + peerAddress);
  if (!trusted || !list.hasKnown('x-forwarded-proto')) {
    list.appendLine(protoLines[request.scheme]);
  }
  if (request.facts.host !== '' && (!trusted || !list.hasKnown('x-forwarded-host'))) {
    list.appendKnown('X-Forwarded-Host', 'x-forwarded-host', request.facts.host);
  }
  if (rules.xRealIp && (!trusted || !list.hasKnown('x-real-ip'))) {
    list.appendKnown('X-Real-IP', 'x-real-ip', client.address);
  }
  if (rules.forwarded) {
    const element = formatForwarded({ for: peerAddress, proto: request.scheme, host: request.facts.host });
    const before = list.getAll('forwarded');
    list.set('Forwarded', [...before, element].join(', '));
  }
}

/**
 * The head as it goes to this backend.
 * @param proxyHost of the service
 */
export function backendHead(exchange: Exchange, proxyHost: string | null, { authority, basePath }: HeadTaker): string {
  const { headers, method, target } = exchange.backendRequest;
  const host = hostLine(exchange, proxyHost, authority);
  const fields = headers.format() + connectionFields(exchange, exchange.request.body.framing);
  return `${method} ${behindBasePath(basePath, target)} HTTP/1.1\r\n${host}${fields}\r\n`;
}

interface HeadTaker {
  readonly authority: string;
  readonly basePath: string;
}

/** The fields of this hop's own: how the body is framed, what is upgraded, that trailers are understood. */
export function connectionFields(exchange: Exchange, framing: BodyFraming): string {
  let text = framing.kind === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '';
  if (exchange.kind === 'websocket') return `${text}Connection: Upgrade\r\nUpgrade: websocket\r\n`;
  const te = exchange.request.head.headers.getKnown('te');
  if (te !== undefined && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(te)) text += 'TE: trailers\r\nConnection: TE\r\n';
  return text;
}

/**
 * Puts the service's Host, where it has one, into the list. Returns the line for a request that came without (HTTP/1.0,
 * or in absolute form).
 * @param proxyHost of the service; null: the client's; `backend`: `authority`
 */
export function hostLine(exchange: Exchange, proxyHost: string | null, authority: string): string {
  const { headers } = exchange.backendRequest;
  if (proxyHost !== null) headers.set('Host', proxyHost === 'backend' ? authority : proxyHost);
  return headers.hasKnown('host') ? '' : `Host: ${exchange.request.facts.host || authority}\r\n`;
}
