import { ProtocolError } from '../protocol-error.js';
import { isToken } from './character-classes.js';
import { splitFieldList } from './field-list.js';
import type { HeaderList } from './header-list.js';

/** What the Connection fields of one head say (RFC 9110 section 7.6.1). */
export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  /** `upgrade` is among `names` too. */
  readonly upgrade: boolean;
  /** Every option in lower case but `close` and `keep-alive`: names of fields that end at this hop. */
  readonly names: readonly string[];
}

const NO_NAMES: readonly string[] = Object.freeze([]);

export const NO_CONNECTION_OPTIONS: ConnectionOptions = frozen(false, false, false, NO_NAMES);
const CLOSE = frozen(true, false, false, NO_NAMES);
const KEEP_ALIVE = frozen(false, true, false, NO_NAMES);
const UPGRADE = frozen(false, false, true, Object.freeze(['upgrade']));

/**
 * What all Connection fields of a head say.
 * @throws ProtocolError `bad-connection-option` for an option that is no token
 */
export function connectionOptionsOf(headers: HeaderList): ConnectionOptions {
  if (!headers.hasKnown('connection')) return NO_CONNECTION_OPTIONS;
  return parseConnectionOptions(headers.getAll('connection').join(','));
}

/**
 * Parses the value of a Connection field, or those of several with commas between them; the usual ones share one object
 * each.
 * @throws ProtocolError `bad-connection-option` for an option that is no token
 */
export function parseConnectionOptions(list: string): ConnectionOptions {
  switch (list) {
    case 'keep-alive':
    case 'Keep-Alive':
      return KEEP_ALIVE;
    case 'close':
    case 'Close':
      return CLOSE;
    case 'Upgrade':
    case 'upgrade':
      return UPGRADE;
    default:
      return parseList(list);
  }
}

function parseList(list: string): ConnectionOptions {
  let close = false;
  let keepAlive = false;
  const names: string[] = [];
  for (const element of splitFieldList(list)) {
    const option = element.toLowerCase();
    if (!isToken(option)) throw new ProtocolError('bad-connection-option', 'a connection option is no token');
    if (option === 'close') close = true;
    else if (option === 'keep-alive') keepAlive = true;
    else if (!names.includes(option)) names.push(option);
  }
  return { close, keepAlive, upgrade: names.includes('upgrade'), names };
}

function frozen(close: boolean, keepAlive: boolean, upgrade: boolean, names: readonly string[]): ConnectionOptions {
  return Object.freeze({ close, keepAlive, upgrade, names });
}
