import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { lineWriter } from '../../../src/exchange/log.js';
import { createLog, type LogOptions } from '../../../src/observability/pino-log.js';
import { SlowStream } from './slow-stream.js';

const wallMs = () => Date.UTC(2024, 0, 2, 3, 4, 5, 678);

function setUp(options: Partial<LogOptions> = {}, open = true) {
  const destination = new SlowStream(open);
  const log = createLog({ level: 'info', format: 'auto', wallMs, destination, ...options });
  return { destination, log };
}

describe('createLog', () => {
  it('writes JSON lines where nobody sits at a terminal', async () => {
    const { destination, log } = setUp();
    log.write('warn', 'hello', { request_id: 'r', path: '/a\n"b"', none: undefined });
    await log.flush();
    assert.equal(
      destination.text,
      '{"level":"warn","time":"2024-01-02T03:04:05.678Z","request_id":"r","path":"/a\\n\\"b\\"","msg":"hello"}\n',
    );
  });

  for (const format of ['json', 'text'] as const) {
    it(`writes members of an object as it writes the object (${format})`, async () => {
      const { destination, log } = setUp({ format });
      const fields = { request_id: 'r', path: '/a\n"b"', status: 200, tried: [{ backend: 'b' }] };
      const members = { text: () => JSON.stringify(fields).slice(1, -1) };
      log.write('info', 'he said "hello"', fields);
      lineWriter(log, 'info', 'he said "hello"')(members, 0);
      log.lineWriter?.('debug', 'too low')(members, 0);
      await log.flush();
      const [written, ...rest] = destination.lines;
      assert.deepEqual(rest, [written]);
    });
  }

  it('writes text lines that nothing from outside can break', async () => {
    const { destination, log } = setUp({ format: 'text' });
    const fields = {
      path: '/a\r\n\u001b[31mx\u2028\u009b',
      plain: 'GET',
      n: 1.5,
      list: ['a'],
      nothing: null,
      eq: 'a=b',
    };
    log.write('info', 'hello', fields);
    await log.flush();
    const time = new Date(wallMs()).toTimeString().slice(0, 8);
    assert.equal(
      destination.text,
      `${time}.678 INFO  hello path="/a\\r\\n\\u001b[31mx\\u2028\\u009b" plain=GET n=1.5 list=["a"] eq="a=b"\n`,
    );
  });

  for (const format of ['json', 'text'] as const) {
    it(`leaves out what is below its level (${format})`, async () => {
      const { destination, log } = setUp({ format, level: 'warn' });
      for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) log.write(level, level, {});
      await log.flush();
      assert.equal(destination.lines.length, 2);
      const silent = setUp({ format, level: 'silent' });
      silent.log.write('error', 'x', {});
      await silent.log.flush();
      assert.equal(silent.destination.text, '');
    });

    it(`takes what cannot be serialised (${format})`, async () => {
      const { destination, log } = setUp({ format });
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      log.write('info', 'odd', { circle, big: 1n });
      await log.flush();
      assert.equal(destination.lines.length, 1);
    });
  }

  it('writes the lines of one turn in one write', async () => {
    const { destination, log } = setUp();
    for (let count = 0; count < 50; count++) log.write('info', 'x', {});
    assert.equal(destination.writes, 0);
    await log.flush();
    assert.equal(destination.writes, 1);
    assert.equal(destination.lines.length, 50);
  });

  it('drops and counts past 10,000 waiting lines, and says so once there is room', async () => {
    const { destination, log } = setUp({}, false);
    log.write('info', 'first', {});
    await turn();
    for (let count = 0; count < 10_500; count++) log.write('info', `line ${count}`, {});
    assert.equal(log.dropped, 500);
    destination.open();
    await log.flush();
    const lines = destination.lines.map((line) => JSON.parse(line) as { msg: string; dropped?: number });
    assert.equal(lines.length, 10_002);
    assert.equal(lines.filter(({ msg }) => msg.startsWith('line ')).at(-1)?.msg, 'line 9999');
    const notices = lines.filter(({ msg }) => msg === 'log lines were dropped');
    assert.deepEqual(
      notices.map(({ dropped }) => dropped),
      [500],
    );
    log.write('info', 'after', {});
    await log.flush();
    assert.match(destination.lines.at(-1) ?? '', /after/);
    assert.equal(log.dropped, 500);
  });

  it('says the time of each line as Date does, and asks for it once a millisecond', async () => {
    let asked = 0;
    let nowMs = Date.UTC(2023, 11, 31, 23, 59, 59, 997);
    const { destination, log } = setUp({
      wallMs: () => {
        asked++;
        return nowMs;
      },
    });
    const writeLine = lineWriter(log, 'info', 'line');
    asked = 0;
    const expected: string[] = [];
    for (const step of [0, 1, 1, 0, 1, 5, 94, 900, 0, 1, 60_000, 3_599_000]) {
      nowMs += step;
      for (const part of [0, 0.2, 0.9]) {
        writeLine({ text: () => '"n":1' }, 7 + nowMs + part);
        expected.push(new Date(nowMs).toISOString());
      }
    }
    assert.equal(asked, new Set(expected).size);
    for (const ms of [nowMs, nowMs + 1000, -1, 0]) {
      nowMs = ms;
      log.write('warn', 'x', {});
      expected.push(new Date(ms).toISOString());
    }
    await log.flush();
    assert.deepEqual(
      destination.lines.map((line) => (JSON.parse(line) as { time: string }).time),
      expected,
    );
  });

  it('drops a line that cannot be put together, and writes those around it', async () => {
    const { destination, log } = setUp();
    const writeLine = lineWriter(log, 'info', 'line');
    const texts = ['"n":1', null, '"n":2'];
    for (const text of texts) {
      const members = {
        text: () => {
          if (text === null) throw new Error('not to be said');
          return text;
        },
      };
      writeLine(members, 0);
    }
    await log.flush();
    assert.deepEqual(
      destination.lines.map((line) => (JSON.parse(line) as { n?: number; dropped?: number }).n ?? 'dropped'),
      [1, 2, 'dropped'],
    );
    assert.equal(log.dropped, 1);
  });

  it('never throws on a destination that fails, and does not wait for it', async () => {
    const destination = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const log = createLog({ level: 'info', format: 'json', destination });
    log.write('info', 'lost', {});
    await log.flush();
    await turn();
    log.write('info', 'lost too', {});
    await log.flush();
    assert.ok(log.dropped >= 1);
  });

  it('never throws on a destination that was closed', async () => {
    const { destination, log } = setUp({}, false);
    log.write('info', 'held', {});
    await turn();
    log.write('info', 'waits', {});
    destination.destroy();
    await log.flush();
    log.write('info', 'late', {});
    await log.flush();
    assert.equal(log.dropped, 3);
  });
});

describe('createLog on standard output', () => {
  const module = new URL('../../../src/observability/pino-log.js', import.meta.url).href;
  const script = (body: string): string[] => [
    '--input-type=module',
    '-e',
    `import { createLog } from ${JSON.stringify(module)}; const log = createLog({ level: 'info', format: 'auto' }); ${body}`,
  ];

  it('writes what waits when the process exits', async () => {
    const child = spawn(process.execPath, script(`log.write('info', 'last words', {}); process.exit(3);`));
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 3);
    assert.match(text, /^\{"level":"info","time":"[^"]+","msg":"last words"\}\n$/);
  });

  it('writes what waits when the process exits, however much that is', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'toyou-log-')), 'log');
    const body = `
      const members = { text: () => '"x":"' + 'x'.repeat(150_000) + '"' };
      const write = log.lineWriter('info', 'x');
      for (let count = 0; count < 100; count++) write(members, count);
      process.exit(3);`;
    const child = spawn(process.execPath, script(body), { stdio: ['ignore', openSync(file, 'w'), 'inherit'] });
    const [code] = await once(child, 'close');
    assert.equal(code, 3);
    assert.ok(statSync(file).size > 15_000_000);
  });

  it('writes all of it to a file, in its order, whatever its characters and its length', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'toyou-log-')), 'log');
    const fd = openSync(file, 'w');
    const body = `
      for (let index = 0; index < 400; index++) log.write('info', index + ' ' + 'ä€😀x'.repeat(index), {});
      log.write('info', '€'.repeat(100_000), {});
      await log.flush();
      process.exitCode = log.dropped;`;
    const child = spawn(process.execPath, script(body), { stdio: ['ignore', fd, 'inherit'] });
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    const texts = Array.from({ length: 400 }, (_, index) => `${index} ${'ä€😀x'.repeat(index)}`);
    assert.deepEqual(messages, [...texts, '€'.repeat(100_000)]);
  });

  it('outlives a reader that leaves', async () => {
    const body = `
      let count = 0;
      const timer = setInterval(() => {
        for (let at = 0; at < 100; at++) log.write('info', 'x'.repeat(1000), {});
        if (++count === 20) { clearInterval(timer); process.exitCode = log.dropped > 0 ? 7 : 8; }
      }, 5);`;
    const child = spawn(process.execPath, script(body));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = await once(child, 'close');
    assert.equal(code, 7);
  });
});
