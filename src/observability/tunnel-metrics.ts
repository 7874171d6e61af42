import type { DirectionNumbers, TunnelNumbers } from '../exchange/tunnel-numbers.js';
import { histogramSamples, type Labels, type Metric, type Sample, type Scrape } from './metric.js';

/** Tunnels and what went through them. */
export const tunnelMetrics: readonly Metric[] = [
  {
    name: 'toyou_tunnels_active',
    type: 'gauge',
    help: 'Tunnels that are open',
    *samples({ open }) {
      for (const { route, service, tunnels } of open.routes) yield { labels: { route, service }, value: tunnels };
    },
  },
  {
    name: 'toyou_tunnels_by_revision',
    type: 'gauge',
    help: 'Tunnels that are open, by the revision of the configuration they opened under',
    *samples({ open }) {
      for (const [revision, value] of open.tunnelsByRevision) yield { labels: { revision }, value };
    },
  },
  counter('toyou_tunnels_opened_total', 'Tunnels that were opened', function* (numbers, labels) {
    yield { labels, value: numbers.opened };
  }),
  counter('toyou_tunnels_refused_total', 'Handshakes that came to no tunnel, by cause', function* (numbers, labels) {
    for (const [cause, value] of numbers.refused) yield { labels: { ...labels, cause }, value };
  }),
  histogram('toyou_handshake_seconds', 'From the first byte of a handshake to its 101', function* (numbers) {
    yield [{}, numbers.handshakeSeconds];
  }),
  histogram('toyou_tunnel_seconds', 'How long tunnels lasted that have ended', function* (numbers) {
    yield [{}, numbers.tunnelSeconds];
  }),
  counter('toyou_messages_total', 'Messages, and control frames by their opcode', function* (numbers, labels) {
    for (const [direction, one] of directionsOf(numbers)) {
      for (const [opcode, value] of byOpcode(one)) yield { labels: { ...labels, direction, opcode }, value };
    }
  }),
  counter('toyou_bytes_total', 'Bytes that tunnels relayed', function* (numbers, labels) {
    for (const [direction, { bytes }] of directionsOf(numbers))
      yield { labels: { ...labels, direction }, value: bytes };
  }),
  histogram('toyou_message_bytes', 'Sizes of messages, as on the wire', function* (numbers) {
    for (const [direction, { messageBytes }] of directionsOf(numbers)) yield [{ direction }, messageBytes];
  }),
  histogram('toyou_message_wait_seconds', 'How long messages waited in the proxy', function* (numbers) {
    for (const [direction, { messageWaitSeconds }] of directionsOf(numbers)) yield [{ direction }, messageWaitSeconds];
  }),
  histogram('toyou_round_trip_seconds', 'From a ping of the proxy to its pong', function* (numbers) {
    yield [{ leg: 'client' }, numbers.fromClient.roundTripSeconds];
    yield [{ leg: 'backend' }, numbers.fromBackend.roundTripSeconds];
  }),
  counter(
    'toyou_closes_total',
    'Tunnels that have ended, by close code, who began, and cause',
    function* (numbers, labels) {
      for (const [end, value] of numbers.closes) {
        const [code = '', initiator = '', cause = ''] = end.split(' ');
        yield { labels: { ...labels, code, initiator, cause }, value };
      }
    },
  ),
  {
    name: 'toyou_congested_tunnels',
    type: 'gauge',
    help: 'Tunnels of which a side takes less than comes for it',
    *samples({ held }) {
      for (const { route, service, congestedTunnels } of held) {
        yield { labels: { route, service }, value: congestedTunnels };
      }
    },
  },
  {
    name: 'toyou_held_bytes',
    type: 'gauge',
    help: 'Bytes that wait in tunnels for a side to take them',
    *samples({ held }) {
      for (const { route, service, bytes } of held) yield { labels: { route, service }, value: bytes };
    },
  },
  counter(
    'toyou_rate_limited_total',
    'Messages that came too fast: delayed, or the end of their tunnel',
    function* ({ delayedMessages, rateClosed }, labels) {
      yield { labels: { ...labels, mode: 'delay' }, value: delayedMessages };
      yield { labels: { ...labels, mode: 'close' }, value: rateClosed };
    },
  ),
];

type Histograms = Iterable<readonly [Labels, TunnelNumbers['tunnelSeconds']]>;

function counter(
  name: Metric['name'],
  help: string,
  samplesOf: (numbers: TunnelNumbers, labels: Labels) => Iterable<Sample>,
): Metric {
  function* samples({ tunnels }: Scrape): Generator<Sample, void> {
    for (const numbers of tunnels) yield* samplesOf(numbers, labelsOf(numbers));
  }
  return { name, type: 'counter', help, samples };
}

function histogram(name: Metric['name'], help: string, histogramsOf: (numbers: TunnelNumbers) => Histograms): Metric {
  function* samples({ tunnels }: Scrape): Generator<Sample, void> {
    for (const numbers of tunnels) {
      for (const [more, one] of histogramsOf(numbers)) {
        yield* histogramSamples(name, one, { ...labelsOf(numbers), ...more });
      }
    }
  }
  return { name, type: 'histogram', help, samples };
}

function labelsOf({ route, service }: TunnelNumbers): Labels {
  return { route, service };
}

function directionsOf({ fromClient, fromBackend }: TunnelNumbers): (readonly [string, DirectionNumbers])[] {
  return [
    ['from_client', fromClient],
    ['from_backend', fromBackend],
  ];
}

function byOpcode(numbers: DirectionNumbers): (readonly [string, number])[] {
  return [
    ['text', numbers.textMessages],
    ['binary', numbers.binaryMessages],
    ['ping', numbers.pings],
    ['pong', numbers.pongs],
    ['close', numbers.closes],
  ];
}
