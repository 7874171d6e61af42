import { z } from 'zod';
import { closeOrder } from '../tracker/close-order.js';
import { type ConnectionFilter, FILTER_KEYS, isFilterKey } from '../tracker/connection-filter.js';
import { PAGE_LIMITS } from '../tracker/tracker.js';
import type { AdminHost } from './admin-host.js';
import { type Answer, json, Problem } from './answer.js';
import type { AdminRequest } from './request.js';

const STANDARD_PER_SECOND = 100;
const MOST_PER_SECOND = 10_000;
/** Slower than one in a hundred seconds is no pace but a timer that never ends. */
const LEAST_PER_SECOND = 0.01;

const closeBody = z.strictObject({
  filter: z.strictObject(Object.fromEntries(FILTER_KEYS.map((key) => [key, filterValue()]))).optional(),
  all: z.boolean().optional(),
  code: z.number().optional(),
  reason: z.string().optional(),
  per_second: z.number().min(LEAST_PER_SECOND).max(MOST_PER_SECOND).optional(),
});

/** A page of what is open. */
export function listConnections(request: AdminRequest, { tracker }: AdminHost): Answer {
  const { cursor, limit, ...filter } = request.query([...FILTER_KEYS, 'cursor', 'limit']);
  const page = { filter, limit: limitOf(limit), ...(cursor === undefined ? {} : { cursor }) };
  return json(orRefused(() => tracker.page(page)));
}

export function showConnection(_request: AdminRequest, { tracker }: AdminHost, id: string): Answer {
  const entry = tracker.find(id);
  if (entry === undefined) throw notThere(id);
  return json(entry);
}

/** What is closed goes at its next good place: it may be there for a moment still. */
export function closeConnection(request: AdminRequest, { tracker }: AdminHost, id: string): Answer {
  const { code, reason } = request.query(['code', 'reason']);
  const order = orRefused(() => closeOrder(code === undefined ? undefined : Number(code), reason));
  const closing = tracker.close(id, order);
  if (closing === 0) throw notThere(id);
  return json({ closing }, 202);
}

/** Closes all that match, at a pace. */
export async function closeConnections(request: AdminRequest, { tracker }: AdminHost): Promise<Answer> {
  const { filter = {}, all = false, code, reason, per_second } = await request.body(closeBody);
  const order = orRefused(() => closeOrder(code, reason));
  const given = Object.keys(filter).length > 0;
  if (given === all) throw new Problem(400, 'say which in `filter`, or `"all": true`: one of both');
  const perSecond = per_second ?? STANDARD_PER_SECOND;
  const closing = tracker.closeMatching(asTexts(filter), order, perSecond);
  return json({ closing, per_second: perSecond }, 202);
}

/** The ledger. */
export function listClosed(request: AdminRequest, { tracker }: AdminHost): Answer {
  const { limit, ...filter } = request.query([...FILTER_KEYS, 'limit']);
  return json({ closed: tracker.closed(filter, limitOf(limit)) });
}

function filterValue() {
  return z.union([z.string(), z.number()]).optional();
}

function asTexts(filter: Readonly<Record<string, string | number | undefined>>): ConnectionFilter {
  const given = Object.entries(filter).filter(([key, value]) => isFilterKey(key) && value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
}

function limitOf(written: string | undefined): number {
  if (written === undefined) return PAGE_LIMITS.standard;
  const limit = /^\d{1,6}$/.test(written) ? Number(written) : 0;
  if (limit >= 1 && limit <= PAGE_LIMITS.most) return limit;
  throw new Problem(400, `limit is a number from 1 to ${PAGE_LIMITS.most}`);
}

/** What the tracker does not take is the asker's fault. */
function orRefused<Value>(ask: () => Value): Value {
  try {
    return ask();
  } catch (error) {
    if (error instanceof RangeError) throw new Problem(400, error.message);
    throw error;
  }
}

function notThere(id: string): Problem {
  return new Problem(404, `no connection with the id "${id}" is open`);
}
