import { isForwardingField } from './forwarded.js';

/**
 * True for fields that a Connection option must not take away: without them the message would have another length,
 * go elsewhere, or come from somebody else or another way. `transfer-encoding` is a hop's own, but naming it as an option is how a
 * length is hidden from the next parser, and no client does it.
 */
export function isProtectedField(lowerName: string): boolean {
  switch (lowerName) {
    case 'host':
    case 'content-length':
    case 'transfer-encoding':
    case 'authorization':
    case 'cookie':
    case 'via':
      return true;
    default:
      return isForwardingField(lowerName);
  }
}
