/** Plain numbers of what is open right now. Every one returns to zero when all work has ended: tests hold this. */
export class Counters {
  /** Accepted connections that are not closed yet. */
  clientConnections = 0;
  /** Connections to backends: connecting, in use or idle. */
  backendConnections = 0;
  /** Requests that were read and have not ended. */
  exchanges = 0;
  /** Upgraded connections. */
  tunnels = 0;
  /** WebSocket handshakes, and the tunnels that became of them. */
  upgrades = 0;
  /** Places that tunnels hold under a middleware that counts them. */
  tunnelPlaces = 0;
  /** Leases taken and not released. */
  leases = 0;
  /** Exchanges that wait for a backend with room. */
  waiting = 0;

  /** The names of those that are not zero, with their numbers. */
  open(): Record<string, number> {
    return Object.fromEntries(Object.entries(this).filter(([, count]) => count !== 0));
  }
}
