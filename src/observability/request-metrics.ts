import { histogramSamples, type Metric, type Sample, type Scrape } from './metric.js';
import type { RouteNumbers } from './request-numbers.js';

/** Requests and event streams. */
export const requestMetrics: readonly Metric[] = [
  {
    name: 'toyou_requests_total',
    type: 'counter',
    help: 'Requests that have ended, handshakes of WebSockets among them',
    *samples({ requests }) {
      for (const numbers of requests) {
        for (const { method, status, count } of numbers.requests()) {
          yield { labels: { ...labelsOf(numbers), method, status }, value: count };
        }
      }
    },
  },
  {
    name: 'toyou_request_seconds',
    type: 'histogram',
    help: 'From the first byte of a request to its end; tunnels and event streams apart',
    *samples({ requests }) {
      for (const numbers of requests) {
        yield* histogramSamples('toyou_request_seconds', numbers.seconds, labelsOf(numbers));
      }
    },
  },
  {
    name: 'toyou_requests_active',
    type: 'gauge',
    help: 'Requests on their way, event streams among them, tunnels apart',
    samples: ({ counters }) => [plain(counters.exchanges - counters.tunnels)],
  },
  {
    name: 'toyou_requests_waiting',
    type: 'gauge',
    help: 'Requests that wait for a backend with room',
    samples: ({ counters }) => [plain(counters.waiting)],
  },
  {
    name: 'toyou_requests_refused_total',
    type: 'counter',
    help: 'Requests whose head was refused, by error code; they are not in toyou_requests_total',
    *samples({ requests }) {
      for (const [code, count] of requests.refused) yield { labels: { code }, value: count };
    },
  },
  {
    name: 'toyou_streams_active',
    type: 'gauge',
    help: 'Event streams that are open',
    *samples({ open }) {
      for (const { route, service, streams } of open.routes) yield { labels: { route, service }, value: streams };
    },
  },
  {
    name: 'toyou_stream_events_total',
    type: 'counter',
    help: 'Events of event streams that were relayed',
    samples: streamEvents,
  },
  {
    name: 'toyou_retries_total',
    type: 'counter',
    help: 'Tries of a request after its first',
    *samples({ requests }) {
      for (const numbers of requests) yield { labels: labelsOf(numbers), value: numbers.retries };
    },
  },
];

/** Those of streams that are open and of those that were: each counts as it comes, and none twice. */
function* streamEvents({ requests, open }: Scrape): Generator<Sample, void> {
  const events = new Map<string, { labels: { route: string; service: string }; value: number }>();
  const add = ({ route, service, streamEvents: value }: { route: string; service: string; streamEvents: number }) => {
    const key = `${route} ${service}`;
    events.set(key, { labels: { route, service }, value: value + (events.get(key)?.value ?? 0) });
  };
  for (const numbers of requests) add(numbers);
  for (const total of open.routes) add(total);
  yield* events.values();
}

function labelsOf({ route, service }: RouteNumbers): { route: string; service: string } {
  return { route, service };
}

function plain(value: number): Sample {
  return { labels: {}, value };
}
