import { hash } from 'node:crypto';
import type { BodyFraming } from '../http1/body-framing.js';
import { connectionOptionsOf } from '../http1/connection-options.js';
import { splitFieldList } from '../http1/field-list.js';
import type { HeaderList } from '../http1/header-list.js';
import type { RequestHead } from '../http1/request-head.js';
import type { ResponseHead } from '../http1/response-head.js';
import { ProtocolError } from '../protocol-error.js';

/** What a client offers in its handshake. */
export interface UpgradeOffer {
  readonly key: string;
  readonly version: string;
  readonly subprotocols: readonly string[];
  /** Names without parameters, in the order and number they came. */
  readonly extensions: readonly string[];
}

/** What the backend chose, as it stands in its fields; empty where it chose none. */
export interface UpgradeAgreement {
  readonly subprotocol: string;
  readonly extensions: string;
}

/** RFC 6455 section 1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const SUPPORTED_VERSION = '13';
/** 16 bytes in base64. The four bits beyond them are not looked at: some clients draw 22 random characters. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;

/**
 * Judges a request of which Connection and Upgrade ask for a WebSocket (RFC 6455 section 4.2.1).
 * @throws ProtocolError `upgrade-not-get`, `upgrade-http10`, `upgrade-bad-key`, `upgrade-bad-version` or
 *   `upgrade-with-body`, in this order
 */
export function judgeUpgradeRequest(head: RequestHead, framing: BodyFraming): UpgradeOffer {
  const { headers } = head;
  if (head.method !== 'GET') throw new ProtocolError('upgrade-not-get', 'a WebSocket handshake is a GET');
  if (head.minorVersion === 0) throw new ProtocolError('upgrade-http10', 'a WebSocket handshake needs HTTP/1.1');
  const key = onlyValue(headers, 'sec-websocket-key');
  if (key === undefined || !KEY.test(key)) {
    throw new ProtocolError('upgrade-bad-key', 'Sec-WebSocket-Key is not one value of 16 bytes in base64');
  }
  const version = onlyValue(headers, 'sec-websocket-version');
  if (version !== SUPPORTED_VERSION) {
    throw new ProtocolError('upgrade-bad-version', 'Sec-WebSocket-Version is not 13');
  }
  if (framing.kind !== 'none' && !(framing.kind === 'length' && framing.bytes === 0)) {
    throw new ProtocolError('upgrade-with-body', 'a WebSocket handshake has no body');
  }
  return {
    key,
    version,
    subprotocols: listOf(headers, 'sec-websocket-protocol'),
    extensions: listOf(headers, 'sec-websocket-extensions').map(extensionName),
  };
}

/** The Sec-WebSocket-Accept that answers `key`. */
export function acceptFor(key: string): string {
  return hash('sha1', `${key}${ACCEPT_GUID}`, 'base64');
}

/**
 * Verifies that a response agrees to `offer` (RFC 6455 section 4.1): what a client would refuse must not become a
 * tunnel.
 * @throws ProtocolError `bad-handshake`
 */
export function verifyUpgradeResponse(offer: UpgradeOffer, head: ResponseHead): UpgradeAgreement {
  const { headers } = head;
  if (head.status !== 101 || head.minorVersion === 0) throw badHandshake('the response is no HTTP/1.1 101');
  if (onlyValue(headers, 'upgrade')?.toLowerCase() !== 'websocket') throw badHandshake('Upgrade is not websocket');
  if (!saysUpgrade(headers)) throw badHandshake('Connection does not say upgrade');
  if (onlyValue(headers, 'sec-websocket-accept') !== acceptFor(offer.key)) {
    throw badHandshake('Sec-WebSocket-Accept does not answer the key');
  }
  if (headers.has('transfer-encoding') || headers.getAll('content-length').some((length) => length !== '0')) {
    throw badHandshake('a body is announced');
  }
  const extensions = listOf(headers, 'sec-websocket-extensions');
  if (!extensions.every((extension) => offer.extensions.includes(extensionName(extension)))) {
    throw badHandshake('an extension that was not offered');
  }
  return { subprotocol: agreedSubprotocol(offer, headers), extensions: extensions.join(', ') };
}

function agreedSubprotocol(offer: UpgradeOffer, headers: HeaderList): string {
  if (!headers.has('sec-websocket-protocol')) return '';
  const subprotocol = onlyValue(headers, 'sec-websocket-protocol');
  if (subprotocol === undefined || !offer.subprotocols.includes(subprotocol)) {
    throw badHandshake('a subprotocol that was not offered');
  }
  return subprotocol;
}

function saysUpgrade(headers: HeaderList): boolean {
  try {
    return connectionOptionsOf(headers).upgrade;
  } catch {
    return false;
  }
}

/** The value of a field that must come once; undefined where it is missing or comes again. */
function onlyValue(headers: HeaderList, lowerName: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < headers.size; index++) {
    if (headers.lowerNameAt(index) !== lowerName) continue;
    if (value !== undefined) return undefined;
    value = headers.valueAt(index);
  }
  return value;
}

function listOf(headers: HeaderList, lowerName: string): string[] {
  return headers.getAll(lowerName).flatMap(splitFieldList);
}

function extensionName(extension: string): string {
  const semicolon = extension.indexOf(';');
  return semicolon < 0 ? extension : extension.substring(0, semicolon).trimEnd();
}

function badHandshake(message: string): ProtocolError {
  return new ProtocolError('bad-handshake', message);
}
