import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackendConnection } from '../../../src/connection/backend-connection.js';
import { StubChannel } from '../channel/stub-channel.js';
import { RecordingUser } from './recording-user.js';
import { ScriptedHost } from './scripted-dialer.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody';

class Play {
  readonly host = new ScriptedHost();
  readonly user = new RecordingUser();
  readonly channel = new StubChannel();
  readonly connection: BackendConnection;
  closings = 0;

  constructor(method = 'GET', upgrade = false) {
    const address = { host: 'backend.example', port: 80 };
    this.connection = new BackendConnection(address, this.host, this.user, () => {
      this.closings++;
    });
    this.host.connect(0, this.channel);
    this.connection.begin(method, upgrade);
  }

  /** How many of the text's bytes were taken. */
  receive(text: string): number {
    const bytes = Buffer.from(text, 'latin1');
    return this.connection.onChunk(bytes, 0, bytes.length);
  }

  get calls(): string {
    return this.user.calls.join(' ');
  }
}

test('connected, a response, and it may be used again', () => {
  const play = new Play();
  assert.equal(play.receive(OK), OK.length);
  assert.deepEqual([play.calls, play.user.sink.text, play.user.sink.endings], ['connected 200', 'body', ['end']]);
  assert.equal(play.connection.reusable, true);
});

test('a response in single bytes is the same', () => {
  const play = new Play();
  for (const byte of `HTTP/1.1 103 Early Hints\r\n\r\n${OK}`) play.receive(byte);
  assert.deepEqual([play.calls, play.user.sink.text], ['connected 103 200', 'body']);
  assert.equal(play.connection.reusable, true);
});

test('informational heads and the final one in one chunk are told in order', () => {
  const play = new Play();
  play.receive(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`);
  assert.equal(play.calls, 'connected 100 103 200');
});

test('bytes behind a complete response are taken by nobody and end its reuse', () => {
  for (const [first, second] of [
    [`${OK}HTTP/1.1 200 OK\r\n`, ''],
    [OK, 'HTTP/1.1 200 OK\r\n'],
    ['HTTP/1.1 204 No Content\r\n\r\nx', ''],
    ['HTTP/1.1 204 No Content\r\n\r\n', 'x'],
  ] as const) {
    const play = new Play();
    play.receive(first);
    if (second !== '') play.receive(second);
    assert.equal(play.connection.reusable, false, first);
    assert.equal(play.user.calls.length, 2);
    assert.ok(['', 'body'].includes(play.user.sink.text));
  }
});

test('a response before the request was sent whole is told; its body waits for its start', () => {
  const play = new Play('POST');
  play.user.startsBody = false;
  play.channel.writeText('POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf');
  const head = 'HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\n';
  assert.equal(play.receive(`${head}big`), head.length);
  assert.equal(play.calls, 'connected 413');
  play.user.body?.start(play.user.sink);
  assert.equal(play.channel.calls.at(-1), 'resume');
  assert.equal(play.receive('big'), 3);
  assert.deepEqual(play.user.sink.endings, ['end']);
});

test('a failed write is told to the user; the response is read all the same', () => {
  const play = new Play('POST');
  play.connection.onWriteFailed();
  play.receive('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  assert.deepEqual([play.calls, play.user.sink.endings], ['connected write failed 413', ['end']]);
  assert.equal(play.connection.reusable, false);
});

test('an end before or inside a head is a backend that is gone', () => {
  for (const text of ['', 'HTTP/1.1 200 OK\r\nContent-Le', 'HTTP/1.1 100 Continue\r\n\r\n']) {
    const play = new Play();
    play.receive(text);
    play.connection.onEnd();
    assert.equal(play.user.calls.at(-1), 'failed: backend-gone');
    assert.equal(play.connection.responseBegun, text !== '');
    assert.deepEqual([play.channel.calls.at(-1), play.closings], ['destroy', 1]);
    play.connection.onClose(null);
    assert.deepEqual([play.closings, play.host.counters.open()], [1, {}]);
  }
});

test('an end inside a body fails the body; at its end it is one until close', () => {
  const cut = new Play();
  cut.receive(OK.slice(0, -1));
  cut.connection.onEnd();
  assert.deepEqual(cut.user.sink.endings, ['backend-gone']);
  const untilClose = new Play();
  untilClose.receive('HTTP/1.1 200 OK\r\n\r\nbody');
  untilClose.connection.onEnd();
  assert.deepEqual([untilClose.user.sink.text, untilClose.user.sink.endings], ['body', ['end']]);
  assert.equal(untilClose.connection.reusable, false);
});

test('a reset inside a body until close fails it: it must not look whole', () => {
  const play = new Play();
  play.receive('HTTP/1.1 200 OK\r\n\r\nbo');
  play.connection.onClose(new Error('read ECONNRESET'));
  assert.deepEqual([play.user.sink.endings, play.closings], [['backend-gone'], 1]);
});

test('a 101 that was asked for hands everything behind it over', () => {
  const play = new Play('GET', true);
  const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
  assert.equal(play.receive(`${head}frames`), head.length);
  assert.equal(play.calls, 'connected 101');
  assert.equal(play.receive('more'), 0);
  assert.equal(play.connection.handOver(), play.channel);
  assert.deepEqual([play.closings, play.host.counters.backendConnections], [1, 0]);
  assert.deepEqual(
    play.channel.calls.filter((call) => call === 'destroy'),
    [],
  );
});

test('a 101 handed over from within leaves what is behind it to the next owner', () => {
  const play = new Play('GET', true);
  play.user.inside = (call) => {
    if (call === '101') play.connection.handOver();
  };
  const head = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';
  assert.equal(play.receive(`${head}HTTP/1.1 200 OK\r\n\r\n`), head.length);
  assert.equal(play.calls, 'connected 101');
});

test('an end behind a 101 that nobody took yet is a backend that is gone', () => {
  const play = new Play('GET', true);
  play.receive('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  play.connection.onEnd();
  assert.equal(play.user.calls.at(-1), 'failed: backend-gone');
});

test('broken responses are told once and close the connection', () => {
  for (const text of [
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'SSH-2.0-OpenSSH\r\n',
    'HTTP/1.1 200 OK\nX: y\n\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 100 Continue\r\nContent-Length: 0x5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
  ]) {
    const play = new Play();
    assert.equal(play.receive(text), text.length, 'what is broken is not kept');
    assert.deepEqual([play.calls, play.closings], ['connected failed: bad-response', 1]);
    assert.equal(play.channel.calls.at(-1), 'destroy');
  }
});

test('a user that closes inside a call is told nothing more', () => {
  const play = new Play();
  play.user.inside = (call) => {
    if (call === '103') play.connection.close();
  };
  play.receive(`HTTP/1.1 103 Early Hints\r\n\r\n${OK}`);
  play.connection.onClose(null);
  assert.deepEqual([play.calls, play.closings, play.host.counters.open()], ['connected 103', 1, {}]);
});

test('a refused dial is told with its cause; one given up is cancelled', () => {
  const host = new ScriptedHost();
  const [refused, unknown, given] = [new RecordingUser(), new RecordingUser(), new RecordingUser()];
  const address = { host: 'backend.example', port: 80 };
  for (const user of [refused, unknown]) new BackendConnection(address, host, user, () => {});
  host.refuse(0, 'ECONNREFUSED');
  host.refuse(1, 'ENOTFOUND');
  assert.deepEqual([refused.calls, unknown.calls], [['failed: connect-refused'], ['failed: dns-failed']]);
  new BackendConnection(address, host, given, () => {}).close();
  assert.deepEqual([given.calls, host.dials[2]?.cancelled], [[], true]);
  assert.deepEqual(host.counters.open(), {});
});

test('a response that may not be followed ends the reuse', () => {
  for (const head of [
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf',
  ]) {
    const play = new Play();
    play.receive(head);
    assert.equal(play.connection.reusable, false, head);
  }
  const kept = new Play();
  kept.receive('HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n');
  assert.equal(kept.connection.reusable, true);
});
