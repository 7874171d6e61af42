import type { Backend } from '../backend.js';

/** Open exchanges and tunnels for each unit of weight. Equal loads are equal numbers: a division is rounded one way. */
export function loadOf(backend: Backend): number {
  return backend.leases / backend.weight;
}
