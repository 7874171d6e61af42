import type net from 'node:net';
import type { AcceptedHandle } from './relay-socket.js';

interface ListeningHandle {
  onconnection?: (status: number, handle: AcceptedHandle | undefined) => void;
}

/**
 * Has a listening server tell of its connections before it builds a socket on each: one that reads into the shared
 * buffer has to be built anyway, and two of them are a third of what opening a tunnel costs. False where this Node
 * keeps its handles elsewhere: its 'connection' event tells then. Failures to accept go the server's own way.
 */
export function takeHandles(server: net.Server, accepted: (handle: AcceptedHandle) => void): boolean {
  const listening = (server as unknown as { _handle?: ListeningHandle | null })._handle;
  const own = listening?.onconnection;
  if (listening === undefined || listening === null || typeof own !== 'function') return false;
  listening.onconnection = (status, handle) => {
    if (status === 0 && handle !== undefined) accepted(handle);
    else own.call(listening, status, handle);
  };
  return true;
}
