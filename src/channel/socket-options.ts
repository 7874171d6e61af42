import { EventLoopTurns } from './event-loop-turns.js';
import type { SocketOptions } from './socket-channel.js';

/** A head with the first bytes of its body. */
const JOIN_BUFFER_BYTES = 128 * 1024;

/** What all sockets of a process share. The direct write is off until its self-test went well. */
export function socketOptions(readBufferBytes: number, writeBufferBytes: number): SocketOptions {
  return {
    readBuffer: Buffer.allocUnsafeSlow(readBufferBytes),
    joinBuffer: Buffer.allocUnsafeSlow(JOIN_BUFFER_BYTES),
    directWrite: false,
    writeBufferBytes,
    turns: new EventLoopTurns(),
  };
}
