import { z } from 'zod';
import { readListenAddress } from './listen-address.js';
import { secret } from './schema-secret.js';
import { refuse, section } from './section.js';

export const ADMIN_LISTEN_FORM = 'an address with a port, such as "127.0.0.1:9090", "[::1]:9090" or ":9090"';

const listen = z
  .string({ error: `expected ${ADMIN_LISTEN_FORM}` })
  .transform((text, context): string => {
    if (isAdminAddress(text)) return text;
    return refuse(context, text, `expected ${ADMIN_LISTEN_FORM}`, nearAddress(text));
  })
  .meta({ title: 'address' });

/** The admin API. The text of a token that is in a file is put in by `loadConfig`, which reads it. */
export const adminSchema = section({
  listen: listen
    .prefault('127.0.0.1:9090')
    .describe('Where it listens. Any address other than loopback needs a `token`.'),
  token: secret
    .prefault('')
    .describe(
      'What whoever asks must show, as `Authorization: Bearer <token>`; `file:/path` reads it from a file. Empty: nothing, and only programs of this machine can ask.',
    ),
});

/** A port alone would not say whether only this machine is meant. */
export function isAdminAddress(text: string): boolean {
  return text.includes(':') && readListenAddress(text) !== undefined;
}

function nearAddress(text: string): string | undefined {
  return /^\d{1,5}$/.test(text) ? `127.0.0.1:${text}` : undefined;
}
