import { EventLoopTurns } from './event-loop-turns.js';
import type { SocketOptions } from './socket-channel.js';

/** A head with the first bytes of its body. */
const JOIN_BUFFER_BYTES = 128 * 1024;

/**
 * What all sockets of a process share. The direct ways are off until they were tried.
 * @param readBufferBytes of the one buffer that all are read into
 * @param writeBufferBytes queued for one peer, above which its source is paused
 */
export function sharedSocketOptions(readBufferBytes: number, writeBufferBytes: number): SocketOptions {
  return {
    readBuffer: Buffer.allocUnsafeSlow(readBufferBytes),
    joinBuffer: Buffer.allocUnsafeSlow(JOIN_BUFFER_BYTES),
    directWrite: false,
    TlsWrite: null,
    writeBufferBytes,
    turns: new EventLoopTurns(),
  };
}
