import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';

interface ReceiverOptions {
  readonly isServer: boolean;
  readonly extensions: Readonly<Record<string, unknown>>;
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
export async function judgeWithWs(
  bytes: Buffer,
  fromClient: boolean,
  extensions: Readonly<Record<string, unknown>> = {},
  options: Pick<ReceiverOptions, 'skipUTF8Validation'> = {},
): Promise<Judged> {
  const judged: Judged = { messages: [], controls: [], close: null, fault: null };
  const receiver = new Receiver({ isServer: fromClient, extensions, ...options });
  receiver.on('message', (message: Buffer) => judged.messages.push(message));
  receiver.on('ping', (payload: Buffer) => judged.controls.push({ opcode: 9, payload }));
  receiver.on('pong', (payload: Buffer) => judged.controls.push({ opcode: 10, payload }));
  receiver.on('conclude', (code: number, reason: Buffer) => {
    judged.close = { code, reason: reason.toString() };
    judged.controls.push({ opcode: 8, payload: reason });
  });
  receiver.on('error', () => {}); // the callback tells it too
  await new Promise<void>((resolve) => {
    receiver.write(Buffer.from(bytes), (error: (Error & { code?: string }) | null | undefined) => {
      if (error) judged.fault = error.code ?? error.message;
      resolve();
    });
  });
  return judged;
}
