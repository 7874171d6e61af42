import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { Counters } from '../../../src/exchange/counters.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { OpenConnection } from '../../../src/exchange/open-connection.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import type { BackendTotal } from '../../../src/exchange/service-view.js';
import { TunnelNumbersTable } from '../../../src/exchange/tunnel-numbers.js';
import { allMetrics, Metrics } from '../../../src/observability/metrics.js';
import { ReloadNumbers } from '../../../src/observability/reload-numbers.js';
import { RequestNumbers } from '../../../src/observability/request-numbers.js';
import { type ReadMetric, readPrometheusText } from '../../support/prometheus-text.js';
import { readText } from '../house/tree.js';
import { FakeConnection, outcome } from '../tracker/fake-connection.js';

const made: Metrics[] = [];
after(() => {
  for (const metrics of made) metrics.stop();
});

function stand() {
  const [counters, requests, reloads] = [new Counters(), new RequestNumbers(), new ReloadNumbers()];
  const tunnels = new TunnelNumbersTable();
  const open: OpenConnection[] = [];
  const backends: BackendTotal[] = [];
  const metrics = new Metrics({
    counters,
    requests,
    tunnels,
    open,
    reloads,
    revision: () => 3,
    backends: () => backends,
  });
  made.push(metrics);
  const read = async (): Promise<Map<string, ReadMetric>> => readPrometheusText(await metrics.text());
  /** Samples of one metric, as written. */
  const samples = async (name: string) => Object.fromEntries((await read()).get(name)?.samples ?? []);
  return { counters, requests, reloads, tunnels, open, backends, read, samples };
}

const exchange = (method = 'GET', kind = 'http'): Exchange =>
  ({
    kind,
    route: { name: '*/a' },
    serviceName: 'api',
    request: { head: { method } },
    tries: [],
  }) as unknown as Exchange;

const LABELS = 'route="*/a",service="api"';

describe('metrics', () => {
  it('are valid, with nothing counted and with all of it', async () => {
    const { read } = stand();
    const metrics = await read();
    assert.deepEqual(
      [...metrics.keys()].filter((name) => name.startsWith('toyou_')),
      allMetrics.map(({ name }) => name),
    );
    assert.ok(metrics.has('process_cpu_seconds_total') && metrics.has('nodejs_version_info'));
    for (const { name, help, type } of allMetrics) {
      assert.deepEqual([metrics.get(name)?.help, metrics.get(name)?.type], [help, type]);
    }
  });

  it('have values in labels that cannot break a line', async () => {
    const { requests, read } = stand();
    const odd = { ...exchange(), serviceName: 'a"b\\c\nd' } as unknown as Exchange;
    requests.exchangeEnded(odd, outcome(null, { status: 200 }));
    const { samples = new Map() } = (await read()).get('toyou_requests_total') ?? {};
    assert.deepEqual(
      [...samples.keys()],
      ['toyou_requests_total{route="*/a",service="a\\"b\\\\c\\nd",method="GET",status="200"}'],
    );
  });

  it('count requests by method and status, methods of nobody knows whom as other', async () => {
    const { requests, samples } = stand();
    for (const [method, status] of [
      ['GET', 200],
      ['GET', 200],
      ['GET', 502],
      ['BREW', 200],
      ['get', 200],
    ] as const) {
      requests.exchangeEnded(exchange(method), outcome(null, { status, durationMs: 20 }));
    }
    assert.deepEqual(await samples('toyou_requests_total'), {
      [`toyou_requests_total{${LABELS},method="GET",status="200"}`]: 2,
      [`toyou_requests_total{${LABELS},method="GET",status="502"}`]: 1,
      [`toyou_requests_total{${LABELS},method="other",status="200"}`]: 2,
    });
    const seconds = await samples('toyou_request_seconds');
    assert.equal(seconds[`toyou_request_seconds_bucket{${LABELS},le="0.01"}`], 0);
    assert.equal(seconds[`toyou_request_seconds_bucket{${LABELS},le="0.025"}`], 5);
    assert.equal(seconds[`toyou_request_seconds_bucket{${LABELS},le="60"}`], 5);
    assert.ok(Math.abs((seconds[`toyou_request_seconds_sum{${LABELS}}`] ?? 0) - 0.1) < 1e-9);
  });

  it('count a tunnel as a request when it opens, and not again when it ends', async () => {
    const { requests, samples } = stand();
    const tunnel = exchange('GET', 'websocket');
    tunnel.tries.push({ backend: 'ws://a', error: new ProxyError('backend-gone') }, { backend: 'ws://b', error: null });
    requests.tunnelOpened(tunnel);
    requests.exchangeEnded(tunnel, outcome());
    requests.exchangeEnded(exchange('GET', 'websocket'), outcome(new ProxyError('bad-handshake'), { status: 502 }));
    assert.deepEqual(await samples('toyou_requests_total'), {
      [`toyou_requests_total{${LABELS},method="GET",status="101"}`]: 1,
      [`toyou_requests_total{${LABELS},method="GET",status="502"}`]: 1,
    });
    assert.equal((await samples('toyou_request_seconds'))[`toyou_request_seconds_count{${LABELS}}`], 1);
    assert.deepEqual(await samples('toyou_retries_total'), { [`toyou_retries_total{${LABELS}}`]: 1 });
    assert.deepEqual(await samples('toyou_backend_failures_total'), {
      'toyou_backend_failures_total{service="api",backend="ws://a",code="backend-gone"}': 1,
    });
  });

  it('add up what is open when they are asked: streams, tunnels by revision, what waits in them', async () => {
    const { requests, open, samples } = stand();
    const names = { route: '*/a', service: 'api' };
    const stream = new FakeConnection({ ...names, kind: 'sse' });
    stream.exchange.events = 3;
    const [idle, busy] = [new FakeConnection(names), new FakeConnection({ ...names, revision: 2 })];
    busy.client = { ...busy.client, congested: true, queuedBytes: 100 };
    busy.backend = { ...busy.backend, queuedBytes: 5 };
    open.push(stream, idle, busy);
    requests.exchangeEnded(exchange('GET', 'sse'), outcome(null, { status: 200, events: 4 }));
    const one = async (name: string) => (await samples(name))[`${name}{${LABELS}}`];
    assert.equal(await one('toyou_streams_active'), 1);
    assert.equal(await one('toyou_stream_events_total'), 7);
    assert.equal(await one('toyou_tunnels_active'), 2);
    assert.equal(await one('toyou_congested_tunnels'), 1);
    assert.equal(await one('toyou_held_bytes'), 105);
    assert.deepEqual(await samples('toyou_tunnels_by_revision'), {
      'toyou_tunnels_by_revision{revision="1"}': 1,
      'toyou_tunnels_by_revision{revision="2"}': 1,
    });
    open.length = 0;
    assert.equal(await one('toyou_tunnels_active'), undefined);
  });

  it('say what tunnels have counted', async () => {
    const { tunnels, samples } = stand();
    const numbers = tunnels.of('*/a', 'api');
    numbers.opened = 4;
    numbers.refused.set('bad-handshake', 2);
    numbers.closes.set('1001 proxy drained', 3);
    numbers.rateClosed = 1;
    numbers.handshakeSeconds.observe(0.002);
    numbers.fromClient.bytes = 10;
    numbers.fromClient.textMessages = 1;
    numbers.fromBackend.pongs = 2;
    numbers.fromBackend.messageBytes.observe(70);
    numbers.fromBackend.roundTripSeconds.observe(0.5);
    const of = async (name: string, labels: string) => (await samples(name))[`${name}{${LABELS}${labels}}`];
    assert.equal(await of('toyou_tunnels_opened_total', ''), 4);
    assert.equal(await of('toyou_tunnels_refused_total', ',cause="bad-handshake"'), 2);
    assert.equal(await of('toyou_closes_total', ',code="1001",initiator="proxy",cause="drained"'), 3);
    assert.equal(await of('toyou_rate_limited_total', ',mode="close"'), 1);
    assert.equal(await of('toyou_bytes_total', ',direction="from_client"'), 10);
    assert.equal(await of('toyou_messages_total', ',direction="from_client",opcode="text"'), 1);
    assert.equal(await of('toyou_messages_total', ',direction="from_backend",opcode="pong"'), 2);
    const sizes = await samples('toyou_message_bytes');
    assert.equal(sizes[`toyou_message_bytes_bucket{${LABELS},direction="from_backend",le="64"}`], 0);
    assert.equal(sizes[`toyou_message_bytes_bucket{${LABELS},direction="from_backend",le="256"}`], 1);
    const trips = await samples('toyou_round_trip_seconds');
    assert.equal(trips[`toyou_round_trip_seconds_sum{${LABELS},leg="backend"}`], 0.5);
    assert.equal((await samples('toyou_handshake_seconds'))[`toyou_handshake_seconds_count{${LABELS}}`], 1);
  });

  it('say how backends are; of one that was removed only what is open still', async () => {
    const { backends, samples } = stand();
    const idle = { active: 0, idle: 0, tunnels: 0 };
    backends.push(
      { service: 'api', url: 'http://a', healthy: 2, active: 3, idle: 4, tunnels: 5 },
      { service: 'api', url: 'http://b', healthy: 0, ...idle },
      { service: 'old', url: 'http://a', healthy: null, ...idle, tunnels: 1 },
    );
    assert.deepEqual(await samples('toyou_backend_healthy'), {
      'toyou_backend_healthy{service="api",backend="http://a"}': 2,
      'toyou_backend_healthy{service="api",backend="http://b"}': 0,
    });
    assert.deepEqual(await samples('toyou_backend_connections'), {
      'toyou_backend_connections{service="api",backend="http://a",state="active"}': 3,
      'toyou_backend_connections{service="api",backend="http://a",state="idle"}': 4,
      'toyou_backend_connections{service="api",backend="http://a",state="tunnel"}': 5,
      'toyou_backend_connections{service="api",backend="http://b",state="active"}': 0,
      'toyou_backend_connections{service="api",backend="http://b",state="idle"}': 0,
      'toyou_backend_connections{service="api",backend="http://b",state="tunnel"}': 0,
      'toyou_backend_connections{service="old",backend="http://a",state="active"}': 0,
      'toyou_backend_connections{service="old",backend="http://a",state="idle"}': 0,
      'toyou_backend_connections{service="old",backend="http://a",state="tunnel"}': 1,
    });
  });

  it('say how the process is', async () => {
    const { counters, requests, reloads, samples } = stand();
    Object.assign(counters, { clientConnections: 9, exchanges: 7, tunnels: 3, waiting: 1 });
    requests.requestRefused({ error: new ProxyError('bad-handshake') } as Parameters<
      typeof requests.requestRefused
    >[0]);
    requests.connectionRefused();
    requests.handshakeFailed();
    reloads.count('applied');
    reloads.count('refused');
    reloads.count('applied');
    assert.deepEqual(await samples('toyou_client_connections'), { toyou_client_connections: 9 });
    assert.deepEqual(await samples('toyou_requests_active'), { toyou_requests_active: 4 });
    assert.deepEqual(await samples('toyou_requests_waiting'), { toyou_requests_waiting: 1 });
    assert.deepEqual(await samples('toyou_requests_refused_total'), {
      'toyou_requests_refused_total{code="bad-handshake"}': 1,
    });
    assert.deepEqual(await samples('toyou_connections_refused_total'), { toyou_connections_refused_total: 1 });
    assert.deepEqual(await samples('toyou_tls_handshakes_failed_total'), { toyou_tls_handshakes_failed_total: 1 });
    assert.deepEqual(await samples('toyou_config_revision'), { toyou_config_revision: 3 });
    assert.deepEqual(await samples('toyou_config_reloads_total'), {
      'toyou_config_reloads_total{result="applied"}': 2,
      'toyou_config_reloads_total{result="refused"}': 1,
    });
    const lag = await samples('toyou_event_loop_lag_seconds');
    assert.deepEqual(
      Object.keys(lag),
      ['mean', 'p99', 'max'].map((one) => `toyou_event_loop_lag_seconds{statistic="${one}"}`),
    );
  });
});

/** Every metric, each of them with a sample. */
function counted(): Promise<Map<string, ReadMetric>> {
  const { requests, reloads, tunnels, open, backends, read } = stand();
  const numbers = tunnels.of('*/a', 'api');
  numbers.refused.set('bad-handshake', 1);
  numbers.closes.set('1001 proxy drained', 1);
  const tries = [{ backend: 'http://a', error: new ProxyError('backend-gone') }];
  requests.exchangeEnded(exchange(), outcome(null, { status: 502, tries }));
  requests.requestRefused({ error: new ProxyError('bad-handshake') } as Parameters<typeof requests.requestRefused>[0]);
  reloads.count('applied');
  const stream = new FakeConnection({ kind: 'sse' });
  stream.exchange.events = 1;
  open.push(stream, new FakeConnection());
  backends.push({ service: 'api', url: 'http://a', healthy: 1, active: 0, idle: 0, tunnels: 0 });
  return read();
}

/** The names that all samples of a metric have, `le` of buckets apart. */
function labelsOf(name: string, metrics: ReadonlyMap<string, ReadMetric>): string {
  const each = [...(metrics.get(name)?.samples.keys() ?? [])].map((sample) => {
    const names = [...sample.matchAll(/[{,](\w+)="/g)].map(([, label]) => label);
    return names.filter((label) => label !== 'le').join();
  });
  assert.equal(new Set(each).size, 1, `${name} has samples with the labels ${each}`);
  return each[0] ?? '';
}

describe('docs/metrics.md', () => {
  const page = readText('docs/metrics.md');

  it('has every metric of ours, with its type and its labels, and no other', async () => {
    const rows = [...page.matchAll(/^\| `(toyou_\w+)`(?: `\{([\w,]+)\}`)? \| (\w+) \|/gm)];
    const documented = rows.map(([, name, labels = '', type]) => `${name} {${labels}} ${type}`);
    const metrics = await counted();
    const ours = allMetrics.map(({ name, type }) => `${name} {${labelsOf(name, metrics)}} ${type}`);
    assert.deepEqual(documented.sort(), ours.sort());
  });

  it('names those of the process and of Node', async () => {
    const names = [...(await stand().read()).keys()].filter((name) => !name.startsWith('toyou_'));
    assert.deepEqual(
      names.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });
});
