import type { Config } from './config.js';

/**
 * The ports to listen on, each once, in the order they are first needed: those that rules name, and `advanced.port`
 * where it is written, or where a rule without a port or a top-level rule needs it. Empty: there is nothing to serve.
 */
export function listenerPorts(config: Config): number[] {
  const ports = new Set(config.host_rules.map(({ port }) => port));
  if (config.advanced.port_written || config.route_rules.length > 0) ports.add(config.advanced.port);
  return [...ports];
}
