import type { Metric, Sample } from './metric.js';

/** The process: its connections, its configuration, its event loop. */
export const processMetrics: readonly Metric[] = [
  {
    name: 'toyou_client_connections',
    type: 'gauge',
    help: 'Connections of clients that are open',
    samples: ({ counters }) => [plain(counters.clientConnections)],
  },
  {
    name: 'toyou_connections_refused_total',
    type: 'counter',
    help: 'Connections that were closed at once because of max_connections',
    samples: ({ requests }) => [plain(requests.connectionsRefused)],
  },
  {
    name: 'toyou_tls_handshakes_failed_total',
    type: 'counter',
    help: 'TLS connections of clients that never came to their first request',
    samples: ({ requests }) => [plain(requests.handshakesFailed)],
  },
  {
    name: 'toyou_config_revision',
    type: 'gauge',
    help: 'The number of the configuration that serves; grows with each reload that changed something',
    samples: ({ revision }) => [plain(revision())],
  },
  {
    name: 'toyou_config_reloads_total',
    type: 'counter',
    help: 'Reloads by result; refused: the files have errors',
    *samples({ reloads }) {
      for (const [result, value] of reloads) yield { labels: { result }, value };
    },
  },
  {
    name: 'toyou_event_loop_lag_seconds',
    type: 'gauge',
    help: 'How late the event loop came round since the scrape before',
    *samples({ lag }) {
      for (const [statistic, value] of Object.entries(lag)) yield { labels: { statistic }, value };
    },
  },
];

function plain(value: number): Sample {
  return { labels: {}, value };
}
