import type tls from 'node:tls';

/** What is used of the TCP handle below a TLS connection of Node. */
export interface TcpHandle {
  /** Of its descriptor, where this system has one. */
  readonly fd?: number;
  reading?: boolean;
  readonly writeQueueSize?: number;
  /** These return 0, or the number of an error. */
  readStart?(): number;
  readStop?(): number;
  reset?(done: () => void): number;
  close?(done: () => void): void;
}

/** One write of the handle of a TLS socket, to be used again after it is done. */
export interface TlsWrite {
  /** Called by Node with 0, or the number of an error. */
  oncomplete: (this: TlsWrite, status: number) => void;
  channel: unknown;
}

export type TlsWriteConstructor = new () => TlsWrite;

/** What is used of the handle inside a TLS socket of Node. */
export interface TlsHandle {
  readonly _parent?: TcpHandle;
  close?(done: () => void): void;
  /**
   * Encrypts all of the bytes and offers them to the kernel before it returns; 0, or the number of an error. One at a
   * time: Node ends the process at a second one before `oncomplete`.
   */
  writeBuffer(write: TlsWrite, bytes: Buffer): number;
}

/** Null where it is closed. */
export function tlsHandleOf(secure: tls.TLSSocket): TlsHandle | null {
  return (secure as unknown as { _handle?: TlsHandle | null })._handle ?? null;
}

/** Null where it is closed, or where this Node has it elsewhere. */
export function tcpHandleBelow(secure: tls.TLSSocket): TcpHandle | null {
  return tlsHandleOf(secure)?._parent ?? null;
}
