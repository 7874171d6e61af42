import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress, readListenAddress } from '../config/listen-address.js';
import { handleAdmin } from './admin-handler.js';
import type { AdminHost } from './admin-host.js';

/** What `advanced.admin` says. */
export interface AdminSettings {
  readonly listen: string;
  readonly token: string;
}

/** What the listener is about to become. Nothing that was is closed yet, unless the new address needs it. */
export interface AdminChange {
  commit(): void;
  /** Everything is as it was. */
  abort(): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 256;
const TIMEOUTS = { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 };
const TIMEOUT_CHECK_MS = 1000;
/** Of a connection in the middle of an answer: whoever takes nothing holds no memory for long. */
const SILENCE_MS = 30_000;

/** Why the admin API could not be opened. */
export class AdminListenError extends Error {
  readonly code: string;
  readonly address: string;
  readonly port: number;

  constructor(cause: NodeJS.ErrnoException, { listen }: AdminSettings) {
    super(`the admin API cannot listen on ${listen}: ${cause.message}`, { cause });
    this.name = 'AdminListenError';
    const { host, port } = readListenAddress(listen) ?? { host: undefined, port: 0 };
    this.code = cause.code ?? 'unknown';
    this.address = host ?? '::';
    this.port = port;
  }
}

interface Opened {
  readonly server: Server;
  readonly settings: AdminSettings;
}

/** Where the admin API listens: a server of its own, which follows the configuration. */
export class AdminListener {
  readonly #host: AdminHost;
  #token = '';
  #opened: Opened | null = null;

  constructor(host: AdminHost) {
    this.#host = host;
  }

  /** `127.0.0.1:9090`, with the actual port; null: it is off. */
  get address(): string | null {
    const address = this.#opened?.server.address() as AddressInfo | null | undefined;
    return address ? formatAddress(address.address, address.port) : null;
  }

  /**
   * Opens the address of other settings. An address that stays is not touched; another one is open before the old one
   * closes, but where both cannot be: the same port, of this machine only and then of all addresses, say.
   * @param next undefined: off
   * @throws AdminListenError with everything as it was
   */
  async prepare(next: AdminSettings | undefined): Promise<AdminChange> {
    const before = this.#opened;
    if (next?.listen === before?.settings.listen) {
      return { commit: () => this.#use(before, next), abort: async () => {} };
    }
    const port = portOf(next);
    const contended = before !== null && port !== 0 && port === portOf(before.settings);
    if (contended) await closed(before.server);
    let server: Server | null = null;
    try {
      if (next !== undefined) server = await this.#open(next);
    } catch (error) {
      if (contended) await this.#reopen(before);
      throw error;
    }
    return {
      commit: () => {
        if (before !== null && !contended) void closed(before.server);
        this.#use(server === null || next === undefined ? null : { server, settings: next }, next);
      },
      abort: async () => {
        if (server !== null) await closed(server);
        if (contended) await this.#reopen(before);
      },
    };
  }

  /** Ends what is on its way, too. Idempotent. */
  close(): void {
    this.#opened?.server.close();
    this.#opened?.server.closeAllConnections();
    this.#opened = null;
  }

  #use(opened: Opened | null, settings: AdminSettings | undefined): void {
    this.#opened = opened;
    this.#token = settings?.token ?? '';
  }

  async #reopen({ settings }: Opened): Promise<void> {
    this.#opened = { server: await this.#open(settings), settings };
  }

  async #open(settings: AdminSettings): Promise<Server> {
    const { host, port } = readListenAddress(settings.listen) ?? { host: '127.0.0.1', port: 0 };
    const limits = { ...TIMEOUTS, maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: TIMEOUT_CHECK_MS };
    const server = createServer(limits, (message, response) => {
      if (!server.listening) response.setHeader('Connection', 'close');
      void handleAdmin(message, response, { host, token: this.#token }, this.#host);
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.timeout = SILENCE_MS;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
          server.off('error', reject);
          // Accepting may fail for one connection: the next may go well.
          server.on('error', () => {});
          resolve();
        });
      });
    } catch (error) {
      throw new AdminListenError(error as NodeJS.ErrnoException, settings);
    }
    return server;
  }
}

function portOf(settings: AdminSettings | undefined): number | undefined {
  return settings === undefined ? undefined : readListenAddress(settings.listen)?.port;
}

/** Resolves once the port is free: at once, whatever connections go on. */
function closed(server: Server): Promise<void> {
  server.close();
  server.closeIdleConnections();
  return new Promise((resolve) => setImmediate(resolve));
}
