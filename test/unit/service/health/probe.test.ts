import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TlsClient } from '../../../../src/channel/tls-client.js';
import type { HealthCheckTraits } from '../../../../src/service/health/probe.js';
import { bad, GOOD, ScriptedProbe } from './probe-stand.js';

const kinds = ['http', 'tcp', 'websocket'] as const;
const asking = ['http', 'websocket'] as const;

test('an http probe is one GET that ends its connection', () => {
  const scripted = new ScriptedProbe().connect();
  const head =
    'GET /health HTTP/1.1\r\nHost: backend.example:8080\r\nUser-Agent: toyou-proxy\r\nAccept: */*\r\n' +
    'Connection: close\r\n\r\n';
  assert.equal(scripted.channel.text, head);
  scripted.giveUp();
});

test('it goes below the path of the backend, with the Host of the service', () => {
  const scripted = new ScriptedProbe({ path: '/up?deep=1', host: 'api.example' }, '/v1').connect();
  assert.match(scripted.channel.text, /^GET \/v1\/up\?deep=1 HTTP\/1\.1\r\nHost: api\.example\r\n/);
  scripted.giveUp();
});

test('a websocket probe is a handshake without offers, with a key of its own each time', () => {
  const keys = [0, 1].map(() => {
    const scripted = new ScriptedProbe({ type: 'websocket', path: '/ws' }, '/v1').connect();
    const head =
      'GET /v1/ws HTTP/1.1\r\nHost: backend.example:8080\r\nUser-Agent: toyou-proxy\r\nConnection: Upgrade\r\n' +
      `Upgrade: websocket\r\nSec-WebSocket-Key: ${scripted.key}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    assert.equal(scripted.channel.text, head);
    assert.equal(Buffer.from(scripted.key, 'base64').length, 16);
    scripted.giveUp();
    return scripted.key;
  });
  assert.notEqual(keys[0], keys[1]);
});

test('a tcp probe is good once connected, and says nothing', () => {
  const scripted = new ScriptedProbe({ type: 'tcp' }).connect();
  assert.deepEqual(scripted.channel.calls.at(-1), 'destroy');
  assert.equal(scripted.channel.text, '');
  assert.deepEqual(scripted.ended(), [GOOD]);
});

const tls = new TlsClient({ host: 'backend.example', verify: true, minVersion: 'TLSv1.2' });

function connectedOverTls(): ScriptedProbe {
  return new ScriptedProbe({ type: 'tcp' }, '', { host: 'backend.example', port: 443, tls }).connect();
}

test('over TLS a tcp probe ends the connection, and is good once the backend has, too', () => {
  const scripted = connectedOverTls();
  assert.deepEqual([scripted.channel.calls.at(-2), scripted.results], ['end', []]);
  scripted.channel.owner.onEnd();
  assert.deepEqual(scripted.ended(), [GOOD]);
});

test('or after a second', () => {
  const scripted = connectedOverTls();
  scripted.host.clock.advance(999);
  assert.deepEqual(scripted.results, []);
  scripted.host.clock.advance(1);
  assert.deepEqual(scripted.ended(), [GOOD]);
});

test('a connection that just ends is a good end of it, an alert is none', () => {
  const cut = connectedOverTls();
  cut.channel.owner.onClose(new Error('read ECONNRESET'));
  assert.deepEqual(cut.ended(), [GOOD]);
  const refused = connectedOverTls();
  const code = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';
  refused.channel.owner.onClose(Object.assign(new Error('certificate required'), { code }));
  assert.deepEqual(refused.ended(), [bad(`tls-failed: ${code}: certificate required`)]);
});

test('the status of the final head decides, at both ends of each range', () => {
  const expectedStatus: HealthCheckTraits['expectedStatus'] = [
    [200, 204],
    [404, 404],
  ];
  const verdict = (status: number) =>
    new ScriptedProbe({ expectedStatus })
      .connect()
      .receive(`HTTP/1.1 ${status} X\r\nContent-Length: 9\r\n\r\n`)
      .ended();
  for (const status of [200, 204, 404]) assert.deepEqual(verdict(status), [GOOD], String(status));
  for (const status of [205, 301, 403, 405, 503, 599]) {
    assert.deepEqual(verdict(status), [bad(`status ${status}`)], String(status));
  }
});

test('the body is not waited for', () => {
  const scripted = new ScriptedProbe().connect().receive('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nbegins');
  assert.deepEqual(scripted.ended(), [GOOD]);
});

test('1xx are no answer', () => {
  const scripted = new ScriptedProbe().connect().receive('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n');
  assert.deepEqual(scripted.results, []);
  scripted.receive('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n');
  assert.deepEqual(scripted.ended(), [bad('status 503')]);
});

test('a head that comes byte by byte is read', () => {
  const scripted = new ScriptedProbe().connect();
  for (const byte of 'HTTP/1.1 200 OK\r\n\r\n') scripted.receive(byte);
  assert.deepEqual(scripted.ended(), [GOOD]);
});

for (const type of kinds) {
  test(`${type}: no connection in time is bad, and the dial is given up`, () => {
    const scripted = new ScriptedProbe({ type, timeoutMs: 5000 });
    scripted.host.clock.advance(4999);
    assert.deepEqual(scripted.results, []);
    scripted.host.clock.advance(1);
    assert.equal(scripted.host.dials[0]?.cancelled, true);
    assert.deepEqual(scripted.ended(), [bad('no connection within 5 s')]);
  });

  test(`${type}: a dial that fails is bad, with its reason`, () => {
    const scripted = new ScriptedProbe({ type });
    scripted.host.refuse(0, 'ECONNREFUSED');
    assert.deepEqual(scripted.ended(), [bad('connect-refused: connect ECONNREFUSED')]);
  });

  test(`${type}: where the proxy itself can open no connection, nothing was learned`, () => {
    const scripted = new ScriptedProbe({ type });
    scripted.host.refuse(0, 'EMFILE');
    assert.deepEqual(scripted.ended(), [null]);
  });

  test(`${type}: one that was given up while it connected tells nothing`, () => {
    const scripted = new ScriptedProbe({ type });
    scripted.giveUp();
    scripted.giveUp();
    assert.equal(scripted.host.dials[0]?.cancelled, true);
    assert.deepEqual(scripted.ended(), []);
  });
}

for (const type of asking) {
  test(`${type}: one that was given up while it waited tells nothing`, () => {
    const scripted = new ScriptedProbe({ type }).connect();
    scripted.giveUp();
    scripted.giveUp();
    scripted.receive('HTTP/1.1 200 OK\r\n\r\n');
    scripted.channel.owner.onClose(null);
    assert.deepEqual(scripted.ended(), []);
  });

  test(`${type}: the timeout goes on from the dialling`, () => {
    const scripted = new ScriptedProbe({ type, timeoutMs: 800 });
    scripted.host.clock.advance(700);
    scripted.connect().receive('HTTP/1.1 2');
    scripted.host.clock.advance(99);
    scripted.receive('00');
    assert.deepEqual(scripted.results, []);
    scripted.host.clock.advance(1);
    assert.deepEqual(scripted.ended(), [bad('no answer within 800 ms')]);
  });

  test(`${type}: an endless row of 1xx ends at the timeout`, () => {
    const scripted = new ScriptedProbe({ type, timeoutMs: 1500 }).connect();
    for (let passedMs = 0; passedMs < 1500; passedMs += 10) {
      scripted.receive('HTTP/1.1 100 Continue\r\n\r\n');
      scripted.host.clock.advance(10);
    }
    assert.deepEqual(scripted.ended(), [bad('no answer within 1.5 s')]);
  });

  test(`${type}: an answer that lies there when the machine wakes up counts`, () => {
    const scripted = new ScriptedProbe({ type, timeoutMs: 5000, expectedStatus: [[200, 200]] }).connect();
    scripted.host.clock.sleep(60_000);
    scripted.host.clock.advance(0);
    assert.deepEqual(scripted.results, []);
    scripted.receive('HTTP/1.1 204 None\r\n\r\n');
    assert.deepEqual(scripted.ended(), [bad(type === 'http' ? 'status 204' : 'no valid 101: status 204')]);
  });

  test(`${type}: one that has not answered when the machine has long been awake is bad`, () => {
    const scripted = new ScriptedProbe({ type, timeoutMs: 5000 }).connect();
    scripted.host.clock.sleep(60_000);
    scripted.host.clock.advance(250);
    assert.deepEqual(scripted.ended(), [bad('no answer within 5 s')]);
  });

  test(`${type}: a failed write leaves the answer to decide`, () => {
    const scripted = new ScriptedProbe({ type }).connect();
    scripted.channel.owner.onWriteFailed();
    assert.deepEqual(scripted.results, []);
    scripted.receive('HTTP/1.1 503 Busy\r\n\r\n');
    assert.equal(scripted.ended().length, 1);
  });
}

test('of a line of OpenSSL its words are kept', () => {
  const scripted = new ScriptedProbe({ type: 'tcp' });
  const message =
    '80FBC5C9F37F0000:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:../record.c:1601:SSL alert\n';
  const failure = Object.assign(new Error(message), { code: 'ERR_SSL_ALERT', duringTls: true as const });
  scripted.host.dials[0]?.listener.dialFailed(failure);
  assert.deepEqual(scripted.ended(), [bad('tls-failed: ERR_SSL_ALERT: sslv3 alert handshake failure')]);
});

test('reasons are one short line', () => {
  const scripted = new ScriptedProbe({ type: 'tcp' });
  const failure = Object.assign(new Error(`80:error:\n\tSSL  routines\0${'x'.repeat(300)}\n`), {
    duringTls: true as const,
  });
  scripted.host.dials[0]?.listener.dialFailed(failure);
  const [result] = scripted.ended();
  const reason = result?.good === false ? result.reason : '';
  assert.match(reason, /^tls-failed: 80:error: SSL routines x+…$/);
  assert.equal(reason.length, 200);
});
