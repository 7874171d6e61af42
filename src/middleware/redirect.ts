import { z } from 'zod';
import { refuse } from '../config/section.js';
import type { MiddlewareType, OptionDoubt } from '../exchange/middleware.js';

const STATUSES = [301, 302, 303, 307, 308] as const;

const optionsSchema = z
  .strictObject({
    to: z
      .string()
      .superRefine((to, context) => {
        const fault = destinationFault(to);
        if (fault !== null) refuse(context, to, fault);
      })
      .describe('Where clients are sent: an http or https URL, or a path of the same host. It is taken as it stands.'),
    status: z
      .literal(STATUSES, { error: `expected one of ${STATUSES.join(', ')}` })
      .prefault(308)
      .describe('307 and 308 keep method and body, 301 and 308 are remembered.'),
    preserve_path: z
      .boolean()
      .prefault(true)
      .describe('Whether path and query of the request are put behind `to`; `false`: it is `to` alone.'),
  })
  .superRefine(({ to, preserve_path: preservePath }, context) => {
    if (!preservePath || !/[?#]/.test(to)) return;
    const message = 'has a query or fragment, which the path of the request cannot follow: say preserve_path: false';
    context.addIssue({ code: 'custom', path: ['to'], input: to, message });
  })
  .describe('Answers every request with a redirect; no backend is asked.');

type RedirectOptions = z.output<typeof optionsSchema>;

/** Sends clients elsewhere: requests, event streams and WebSocket handshakes alike. */
export const redirect: MiddlewareType<RedirectOptions> = {
  type: 'redirect',
  optionsSchema,
  doubts,
  create(name, { to, status, preserve_path: preservePath }) {
    const base = preservePath ? to.replace(/\/+$/, '') : to;
    return {
      name,
      onRequest(exchange) {
        const { rawPath, query } = exchange.request.facts.target;
        const location = preservePath ? base + behindSlash(rawPath + query) : base;
        return exchange.respond(status, [['Location', location]]);
      },
    };
  },
};

/**
 * With one slash before it: browsers take two, and a backslash for one, for the beginning of another host. The asterisk
 * of `OPTIONS *` is no path.
 */
function behindSlash(target: string): string {
  return target === '*' ? '/' : `/${target.replace(/^[/\\]+/, '')}`;
}

/** RFC 3986: without white space, control characters, quotes, backslashes and braces. */
const URL_CHARACTERS = /^(?:[!#$&-;=?-Z[\]_a-z~]|%[0-9A-Fa-f]{2})+$/;

function destinationFault(to: string): string | null {
  if (/[{}]/.test(to)) return 'there are no placeholders here: it is taken as it stands';
  if (!URL_CHARACTERS.test(to)) return 'has a character that a URL writes as %XX, or is empty';
  if (/^\/\//.test(to)) return 'begins with "//", which names another host: write its scheme too';
  if (to.startsWith('/')) return null;
  if (!/^https?:\/\/[^/?#]/i.test(to) || !URL.canParse(to))
    return 'expected an http or https URL, or a path that begins with "/"';
  return new URL(to).username + new URL(to).password === '' ? null : 'has a user in it: no client needs one';
}

function doubts({ to, preserve_path: preservePath, status }: RedirectOptions): OptionDoubt[] {
  const doubts: OptionDoubt[] = [];
  if (preservePath && to.startsWith('/')) {
    const message =
      to === '/'
        ? 'sends each path to itself: a loop'
        : 'puts itself before the path: a loop, where what it leads to is redirected too';
    doubts.push({ option: 'to', message });
  }
  if (preservePath && status === 303) {
    doubts.push({
      option: 'status',
      message: '303 leads to the answer to a request: a path that is kept is hardly that',
    });
  }
  return doubts;
}
