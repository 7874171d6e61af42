import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';

interface ReceiverOptions {
  readonly isServer: boolean;
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly skipUTF8Validation?: boolean;
}

/** Of `ws`, which exports it without a type. */
const { Receiver } = createRequire(import.meta.url)('ws') as { Receiver: new (options: ReceiverOptions) => Writable };

/** What `ws` reads in the bytes of one direction. */
export interface Judged {
  readonly messages: Buffer[];
  readonly controls: { readonly opcode: number; readonly payload: Buffer }[];
  /** The code and reason of the Close that came. */
  close: { readonly code: number; readonly reason: string } | null;
  /** What it refuses, by its own code. */
  fault: string | null;
}

/** Has `ws` read these bytes. @param fromClient whether the frames have to be masked */
export function judgeWithWs(bytes: Buffer, fromClient: boolean, options: Partial<ReceiverOptions> = {}): Judged {
  const judged: Judged = { messages: [], controls: [], close: null, fault: null };
  const receiver = new Receiver({ isServer: fromClient, ...options });
  receiver.on('message', (message: Buffer) => judged.messages.push(message));
  receiver.on('ping', (payload: Buffer) => judged.controls.push({ opcode: 9, payload }));
  receiver.on('pong', (payload: Buffer) => judged.controls.push({ opcode: 10, payload }));
  receiver.on('conclude', (code: number, reason: Buffer) => {
    judged.close = { code, reason: reason.toString() };
    judged.controls.push({ opcode: 8, payload: reason });
  });
  receiver.on('error', () => {}); // told in a later tick; the callback of `write` comes at once
  receiver.write(Buffer.from(bytes), (error: (Error & { code?: string }) | null | undefined) => {
    if (error) judged.fault = error.code ?? error.message;
  });
  const { errored } = receiver as Writable & { errored: (Error & { code?: string }) | null };
  if (errored !== null) judged.fault = errored.code ?? errored.message;
  return judged;
}
