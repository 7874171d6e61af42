import type { BackendConnection } from '../../../src/connection/backend-connection.js';
import { Pool, type PoolLimits } from '../../../src/service/pool.js';
import { StubChannel } from '../channel/stub-channel.js';
import { RecordingUser } from '../connection/recording-user.js';
import { ScriptedHost } from '../connection/scripted-dialer.js';

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

export interface Pooled {
  readonly connection: BackendConnection;
  readonly channel: StubChannel;
}

/** A pool whose backends answer at once. */
export class PoolStand {
  readonly host = new ScriptedHost();
  readonly pool: Pool;

  constructor(limits: Partial<PoolLimits> = {}) {
    const all = { maxIdleConnections: 100, idleTimeoutMs: 90_000, prewarm: 0, ...limits };
    this.pool = new Pool({ host: 'backend.example', port: 80 }, this.host, all);
  }

  /** A new connection in use. */
  open(): Pooled {
    const connection = this.pool.connect(new RecordingUser());
    const channel = new StubChannel();
    this.host.connect(this.host.dials.length - 1, channel);
    return { connection, channel };
  }

  /** Has a request served on it and puts it back. */
  serve(pooled: Pooled, response = OK): Pooled {
    const { connection } = pooled;
    connection.begin('GET', false);
    const bytes = Buffer.from(response);
    connection.onChunk(bytes, 0, bytes.length);
    this.pool.put(connection);
    return pooled;
  }

  idle(response = OK): Pooled {
    return this.serve(this.open(), response);
  }

  take(repeatable = true): BackendConnection | null {
    return this.pool.takeIdle(new RecordingUser(), repeatable);
  }
}
