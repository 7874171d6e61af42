import { UsageError } from './usage-error.js';
import type { PayloadForm } from './ws-payload.js';

/** As they stand on the command line. */
export interface WsFlags {
  readonly header?: readonly string[];
  readonly subprotocol?: readonly string[];
  readonly binary?: true;
  readonly hex?: true;
  readonly ping?: string;
  readonly count?: string;
  readonly json?: true;
}

export interface WsOptions extends PayloadForm {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly subprotocols: readonly string[];
  /** Between two pings; undefined: none. */
  readonly pingIntervalMs: number | undefined;
  /** Messages after which it ends; undefined: no end. */
  readonly count: number | undefined;
  readonly json: boolean;
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MAX_TIMER_SECONDS = 2_147_483;

/** @throws UsageError where something is not what it must be */
export function readWsOptions(url: string, options: WsFlags): WsOptions {
  return {
    url: readUrl(url),
    headers: readHeaders(options.header ?? []),
    subprotocols: readSubprotocols(options.subprotocol ?? []),
    binary: options.binary === true,
    hex: options.hex === true,
    pingIntervalMs: options.ping === undefined ? undefined : readSeconds(options.ping) * 1000,
    count: options.count === undefined ? undefined : readCount(options.count),
    json: options.json === true,
  };
}

/** `http` and `https` are taken as what they become. */
function readUrl(text: string): URL {
  const match = /^(ws|http)(s?):\/\//i.exec(text);
  const asWebSocket = match === null ? text : `ws${match[2]}://${text.slice(match[0].length)}`;
  if (match === null || !URL.canParse(asWebSocket)) {
    const meant = match === null && URL.canParse(`ws://${text}`) && !text.includes('://');
    const suggestion = meant ? `; did you mean ws://${text}?` : '';
    throw new UsageError(`a URL such as ws://localhost:8080/path is needed, not "${text}"${suggestion}`);
  }
  const url = new URL(asWebSocket);
  if (url.hash !== '') throw new UsageError(`the URL of a WebSocket has no fragment: leave "${url.hash}" out`);
  return url;
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (colon < 1 || !TOKEN.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new UsageError(`-H takes a field such as 'Origin: https://example.com', not "${line}"`);
    }
    if (/^(?:connection|upgrade|sec-websocket-.*)$/.test(name)) {
      const instead = name === 'sec-websocket-protocol' ? ': name it with --subprotocol' : '';
      throw new UsageError(`${name} belongs to the handshake${instead}`);
    }
    const before = headers.get(name);
    // RFC 9110 section 5.3, and RFC 6265 section 5.4 for the one field that has its own way.
    headers.set(name, before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`);
  }
  return Object.fromEntries(headers);
}

function readSubprotocols(names: readonly string[]): readonly string[] {
  for (const [index, name] of names.entries()) {
    if (!TOKEN.test(name)) throw new UsageError(`--subprotocol takes one name, not "${name}"`);
    if (names.indexOf(name) !== index) throw new UsageError(`--subprotocol ${name} stands there twice`);
  }
  return names;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || seconds < 0.001 || seconds > MAX_TIMER_SECONDS) {
    throw new UsageError(`--ping takes seconds such as 5 or 0.5, not "${text}"`);
  }
  return seconds;
}

function readCount(text: string): number {
  const count = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(count)) {
    throw new UsageError(`--count takes a number from 1 on, not "${text}"`);
  }
  return count;
}
