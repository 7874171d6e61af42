import type { FrameScanner } from '../protocol/websocket/frame-scanner.js';
import type { Ending, EndingCode } from './endings.js';

/** It waits so long for the end of a message, and then once more for the end of a frame. */
const BOUNDARY_WAIT_MS = 2000;

/** An ending that waits for its place in what the client is sent. */
export class PlannedEnding {
  readonly code: EndingCode;
  /** For the log. */
  readonly detail: string;
  /** What is said other than the table has it. */
  readonly says: Partial<Ending>;
  readonly #sinceMs: number;

  constructor(code: EndingCode, detail: string, says: Partial<Ending>, nowMs: number) {
    this.code = code;
    this.detail = detail;
    this.says = says;
    this.#sinceMs = nowMs;
  }

  /** Whether its time has come. @param scanner of what goes to the client */
  isDue(scanner: FrameScanner, nowMs: number): boolean {
    const waitedMs = nowMs - this.#sinceMs;
    if (scanner.atMessageBoundary || waitedMs >= 2 * BOUNDARY_WAIT_MS) return true;
    return waitedMs >= BOUNDARY_WAIT_MS && scanner.atFrameBoundary;
  }
}
