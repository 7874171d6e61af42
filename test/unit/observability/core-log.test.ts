import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '../../../src/exchange/clock.js';
import type { TunnelReport } from '../../../src/exchange/events.js';
import type { Exchange } from '../../../src/exchange/exchange.js';
import type { Log } from '../../../src/exchange/log.js';
import type { OpenConnection } from '../../../src/exchange/open-connection.js';
import type { Outcome } from '../../../src/exchange/outcome.js';
import { ProxyError } from '../../../src/exchange/proxy-error.js';
import { createCoreLog } from '../../../src/observability/core-log.js';
import { fakeExchange } from '../middleware/fake-exchange.js';

const upgrade: [string, string][] = [
  ['Connection', 'upgrade'],
  ['Upgrade', 'websocket'],
];
const leg = (bytes: number) => ({
  receivedCode: null,
  sentCode: 1001,
  bytes,
  messages: 1,
  controlFrames: 2,
  pings: 1,
  pongs: 1,
  roundTripMs: null,
  frameCut: false,
  activeAtMs: 0,
});
const report: TunnelReport = {
  closedBy: 'client',
  code: 1001,
  durationMs: 1234.5678,
  client: leg(20),
  backend: leg(10),
};

function setUp() {
  const lines: [level: string, message: string, fields: Readonly<Record<string, unknown>>][] = [];
  const log: Log = { level: 'info', write: (...line) => lines.push(line) };
  const timers: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => 0,
    wallMs: () => 0,
    after: (_delayMs, run) => {
      timers.push(run);
      return { cancel: () => {} };
    },
  };
  const events = createCoreLog(log, clock);
  const end = (exchange: Exchange, status: number, error: ProxyError | null = null): Outcome => {
    exchange.status = status;
    exchange.finish(error);
    assert.ok(exchange.outcome);
    events.exchangeEnded(exchange, exchange.outcome);
    return exchange.outcome;
  };
  return { lines, events, end, passSecond: () => timers.splice(0).forEach((run) => void run()) };
}

describe('createCoreLog', () => {
  it('says nothing of what went well', () => {
    const { lines, end } = setUp();
    end(fakeExchange().exchange, 200);
    assert.deepEqual(lines, []);
  });

  it('tells a failure with side, phase, tries, and no secret of the query', () => {
    const { lines, end } = setUp();
    const { exchange } = fakeExchange({ target: '/a?token=secret&b=1' });
    const error = new ProxyError('connect-refused', 'connect ECONNREFUSED 10.0.0.1:80', new Error('ECONNREFUSED'));
    exchange.tries.push({ backend: 'http://10.0.0.1', error }, { backend: 'http://10.0.0.2', error });
    exchange.serviceName = 'api';
    end(exchange, 502, error);
    assert.deepEqual(lines, [
      [
        'error',
        'exchange failed',
        {
          code: 'connect-refused',
          side: 'backend',
          phase: 'connect',
          detail: 'connect ECONNREFUSED 10.0.0.1:80',
          reason: 'ECONNREFUSED',
          request_id: 'id-1',
          kind: 'http',
          method: 'GET',
          host: 'a.example',
          path: '/a?token=[redacted]&b=1',
          client: '198.51.100.7',
          service: 'api',
          backend: 'http://10.0.0.2',
          tries: 2,
          tried: [
            { backend: 'http://10.0.0.1', code: 'connect-refused' },
            { backend: 'http://10.0.0.2', code: 'connect-refused' },
          ],
          status: 502,
          duration_ms: 0,
          request_bytes: 0,
          response_bytes: 0,
        },
      ],
    ]);
  });

  it('tells a refused request', () => {
    const { lines, events } = setUp();
    const error = new ProxyError('obs-fold');
    const refusal = { id: 'id-2', peerAddress: '192.0.2.1', port: 1234, listenerPort: 80, error, status: 400 };
    events.requestRefused(refusal);
    const fields = { request_id: 'id-2', code: 'obs-fold', side: 'client', phase: 'head', status: 400 };
    const peer = { client: '192.0.2.1', client_port: 1234, listener_port: 80 };
    assert.deepEqual(lines, [['warn', 'request refused', { ...fields, ...peer }]]);
  });

  it('tells a tunnel opened and closed, each once, whatever order its exchange ends in', () => {
    for (const error of [null, new ProxyError('backend-gone')]) {
      const { lines, events, end } = setUp();
      const { exchange } = fakeExchange({ headers: upgrade });
      events.tunnelOpened(exchange, {} as OpenConnection);
      const outcome = end(exchange, 101, error);
      events.tunnelClosed(exchange, outcome, report);
      assert.deepEqual(
        lines.map(([level, message]) => [level, message]),
        [
          ['info', 'tunnel opened'],
          [error === null ? 'info' : 'error', 'tunnel closed'],
        ],
      );
      const closed = lines[1]?.[2] ?? {};
      assert.equal(closed.cause, error?.code ?? 'closed');
      assert.equal(closed.side, error?.traits.side);
      assert.equal(closed.request_id, 'id-1');
      assert.equal(closed.duration_ms, 1234.568);
      assert.equal(closed.closed_by, 'client');
      assert.equal(closed.bytes_from_client, 20);
      assert.equal(closed.bytes_from_backend, 10);
      assert.equal(closed.messages_from_client, 1);
      assert.equal(closed.control_frames_from_client, 2);
      assert.equal(closed.close_to_backend, 1001);
      assert.equal(closed.backend_close, undefined);
    }
  });

  it('tells a handshake that was refused, by a failure or by an answer', () => {
    const { lines, end } = setUp();
    end(fakeExchange({ headers: upgrade }).exchange, 502, new ProxyError('bad-handshake'));
    end(fakeExchange({ headers: upgrade }).exchange, 403);
    assert.deepEqual(
      lines.map(([level, message, { cause, status }]) => [level, message, cause, status]),
      [
        ['error', 'tunnel refused', 'bad-handshake', 502],
        ['info', 'tunnel refused', 'answered', 403],
      ],
    );
  });

  it('warns of refused connections at once, then at most once a second, with how many', () => {
    const { lines, events, passSecond } = setUp();
    for (let count = 0; count < 10; count++) events.connectionRefused(80, 100);
    events.connectionRefused(81, 100);
    passSecond();
    passSecond();
    events.connectionRefused(80, 100);
    assert.deepEqual(
      lines.map(([level, , fields]) => [level, fields.listener_port, fields.refused]),
      [
        ['warn', 80, 1],
        ['warn', 81, 1],
        ['warn', 80, 9],
        ['warn', 80, 1],
      ],
    );
  });
});

describe('createCoreLog, of backends', () => {
  for (const [became, level, message] of [
    ['healthy', 'info', 'backend healthy'],
    ['unhealthy', 'warn', 'backend unhealthy'],
    ['taken-out', 'warn', 'backend taken out'],
    ['brought-back', 'info', 'backend brought back'],
    ['changed', 'info', 'backend changed'],
  ] as const) {
    it(`has one line for each that is ${became}`, () => {
      const { lines, events } = setUp();
      const fields = { service: 'api', backend: 'http://chat', address: '10.0.0.1:80', reason: 'because' };
      events.backendChanged?.({ ...fields, became });
      assert.deepEqual(lines, [[level, message, fields]]);
    });
  }
});

describe('createCoreLog, of what goes through tunnels', () => {
  it('tells round trips and cut frames where there were any', () => {
    const { lines, events, end } = setUp();
    const { exchange } = fakeExchange({ headers: upgrade });
    const outcome = end(exchange, 101);
    const client = { ...leg(1), roundTripMs: 12.3456, frameCut: true };
    events.tunnelClosed(exchange, outcome, { ...report, client });
    const fields = lines.at(-1)?.[2] ?? {};
    assert.deepEqual([fields.client_round_trip_ms, fields.client_frame_cut], [12.346, true]);
    assert.ok(!('backend_round_trip_ms' in fields) && !('backend_frame_cut' in fields));
  });

  it('has a line per message where it is told of them', () => {
    const { lines, events } = setUp();
    const { exchange } = fakeExchange({ headers: upgrade });
    events.messageRelayed?.(exchange, { from: 'backend', binary: true, bytes: 300, waitedMs: 1.23456 });
    const fields = { request_id: exchange.id, from: 'backend', opcode: 'binary', bytes: 300, waited_ms: 1.235 };
    assert.deepEqual(lines, [['info', 'message', fields]]);
  });
});
