import type { ErrorCode } from '../exchange/proxy-error.js';
import type { ForwardingStep } from './overdue.js';

/** Another backend may do better. Not where a response was begun, be it broken. */
const REPEATED: ReadonlySet<ErrorCode> = new Set(['backend-gone', 'response-timeout', 'backend-write-timeout']);

interface Failed {
  readonly step: ForwardingStep;
  readonly code: ErrorCode;
  /** The method is idempotent, all of the body that was sent is still held, and no byte of a response came. */
  readonly repeatable: boolean;
  /** It was sent on a connection of its own, not on one that had idled. */
  readonly fresh: boolean;
}

/**
 * Where a request that failed may be sent once more: to the same backend, whose idle connection had ended unseen, to
 * the next one, or nowhere.
 */
export function repetitionOf({ step, code, repeatable, fresh }: Failed): 'same' | 'next' | null {
  // Not one byte of it was sent. Where we have no file left, no other backend helps.
  if (step === 'connecting') return code === 'out-of-files' ? null : 'next';
  if (step !== 'sent' || !repeatable || !REPEATED.has(code)) return null;
  return code === 'backend-gone' && !fresh ? 'same' : 'next';
}

/** Whether it is the backend's connection that took too long, and not the whole exchange. */
export function endsTry(step: ForwardingStep, code: ErrorCode): boolean {
  return code === 'connect-timeout' || (step === 'sent' && REPEATED.has(code));
}
