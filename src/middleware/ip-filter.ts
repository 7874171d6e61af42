import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { network } from '../config/schema-network.js';
import type { MiddlewareType, OptionDoubt } from '../exchange/middleware.js';
import { ProxyError } from '../exchange/proxy-error.js';
import { NetworkList } from './network-list.js';

/** What the log has for a client that left: nothing is answered with it. */
const CLIENT_GONE = 499;

const optionsSchema = z
  .strictObject({
    allow: z
      .array(network)
      .prefault([])
      .describe('Addresses and networks that may come, and no others. Empty: all that `deny` does not name.'),
    deny: z
      .array(network)
      .prefault([])
      .describe('Addresses and networks that are refused, also where `allow` has them.'),
    status: z
      .int()
      .min(400)
      .max(599)
      .refine((status) => status !== CLIENT_GONE, {
        error: '499 is no answer: it stands in the log for a client that left',
      })
      .prefault(403)
      .describe('What the refused are told.'),
  })
  .describe(
    "Lets in or refuses by the real client's address, behind `advanced.security.trusted_proxies` too; IPv4 as IPv6 is IPv4.",
  );

type IpFilterOptions = z.output<typeof optionsSchema>;

/** Verdicts that are kept: most clients ask again. */
const MAX_VERDICTS = 10_000;

/** Lets clients in, or keeps them out, by their address. */
export const ipFilter: MiddlewareType<IpFilterOptions> = {
  type: 'ip_filter',
  optionsSchema,
  doubts,
  create(name, { allow, deny, status }) {
    const [allowed, denied] = [new NetworkList(allow), new NetworkList(deny)];
    const verdicts = new LRUCache<string, string>({ max: MAX_VERDICTS });
    const judge = (address: string): string => {
      if (denied.has(address)) return 'is one of deny';
      return allow.length > 0 && !allowed.has(address) ? 'is none of allow' : '';
    };
    return {
      name,
      onRequest({ client: { address } }) {
        let fault = verdicts.get(address);
        if (fault === undefined) {
          fault = judge(address);
          verdicts.set(address, fault);
        }
        if (fault !== '')
          throw new ProxyError('address-refused', `${name}: ${address} ${fault}`, undefined, [], status);
      },
    };
  },
};

function doubts({ allow, deny, status }: IpFilterOptions): OptionDoubt[] {
  const doubts: OptionDoubt[] = [];
  if (allow.length + deny.length === 0) {
    doubts.push({ option: 'allow', message: 'is empty, as is deny: every address may come' });
  }
  for (const [option, list] of [
    ['allow', allow],
    ['deny', deny],
  ] as const) {
    const all = list.find((one) => /\/0+$/.test(one));
    if (all === undefined) continue;
    const what =
      option === 'allow' ? 'lets every such address come' : 'refuses every such address, whatever allow says';
    doubts.push({ option, message: `${all} ${what}` });
  }
  if (status >= 500) {
    doubts.push({
      option: 'status',
      message: `${status} says that the proxy has failed: clients and caches ask again`,
    });
  }
  return doubts;
}
