import { z } from 'zod';
import { refuse } from './section.js';

/** Statuses of a response, both ends included; of one alone they are the same. */
export type StatusRange = readonly [from: number, to: number];

const STATUS_FORM = 'statuses from 100 to 599, such as 200, "200-399", "200-299,404" or [200, "300-399"]';
const LEAST_STATUS = 100;
const MOST_STATUS = 599;

const status = z.union([z.number(), z.string()]);

/** Statuses: a number, text with ranges and commas, or a list of both. Parses to ranges, in the order written. */
export const statusRanges = z
  .union([status, z.array(status).min(1)], { error: `expected ${STATUS_FORM}` })
  .transform((written, context): readonly StatusRange[] => {
    const parts = [written].flat().flatMap((part) => (typeof part === 'number' ? [String(part)] : part.split(',')));
    const ranges: StatusRange[] = [];
    for (const part of parts) {
      const [, first, last = first] = /^\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?$/.exec(part) ?? [];
      const [from, to] = [Number(first), Number(last)];
      if (!isStatus(from) || !isStatus(to)) return refuse(context, written, `expected ${STATUS_FORM}`);
      if (from > to) return refuse(context, written, `the range ${from}-${to} ends before it begins`);
      ranges.push([from, to]);
    }
    return ranges;
  })
  .meta({ title: 'statuses' });

function isStatus(status: number): boolean {
  return status >= LEAST_STATUS && status <= MOST_STATUS;
}
