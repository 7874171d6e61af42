import type { Metric } from './metric.js';

/** Backends, by their service and their url: the addresses of a name are added up. */
export const backendMetrics: readonly Metric[] = [
  {
    name: 'toyou_backend_healthy',
    type: 'gauge',
    help: 'How many addresses of the backend are healthy, by their checks and by the traffic',
    *samples({ backends }) {
      for (const { service, url: backend, healthy } of backends) {
        if (healthy !== null) yield { labels: { service, backend }, value: healthy };
      }
    },
  },
  {
    name: 'toyou_backend_connections',
    type: 'gauge',
    help: 'Connections to the backend; active: connecting, or in use by a request; those of checks apart',
    *samples({ backends }) {
      for (const { service, url: backend, active, idle, tunnels } of backends) {
        yield { labels: { service, backend, state: 'active' }, value: active };
        yield { labels: { service, backend, state: 'idle' }, value: idle };
        yield { labels: { service, backend, state: 'tunnel' }, value: tunnels };
      }
    },
  },
  {
    name: 'toyou_backend_failures_total',
    type: 'counter',
    help: 'Tries that failed at a backend, by error code',
    *samples({ requests }) {
      for (const { service, backend, code, count } of requests.failures) {
        yield { labels: { service, backend, code }, value: count };
      }
    },
  },
];
