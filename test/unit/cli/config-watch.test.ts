import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigWatch } from '../../../src/cli/config-watch.js';
import { configFiles } from '../../../src/config/config-directory.js';
import type { Timer } from '../../../src/exchange/clock.js';
import { ManualClock } from '../../support/manual-clock.js';
import { until } from '../../support/turns.js';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'toyou-proxy-'));
  folders.push(folder);
  return folder;
}

/** Counts how often something was seen to happen. */
class CountingClock extends ManualClock {
  count = 0;

  override after(delayMs: number, run: () => void): Timer {
    this.count++;
    return super.after(delayMs, run);
  }
}

class Stand {
  readonly clock = new CountingClock();
  changes = 0;
  readonly watch: ConfigWatch;

  constructor(file: string) {
    this.watch = new ConfigWatch(
      () => configFiles(file, {}),
      this.clock,
      () => {
        this.changes++;
      },
    );
  }

  /** Does something to files, waits until it is seen, and lets it settle. */
  async after(act: () => void): Promise<number> {
    const { count } = this.clock;
    act();
    await until(() => this.clock.count > count, 'an event of the directory');
    this.clock.advance(200);
    return this.changes;
  }
}

/** A stand whose watch ends with the test. */
async function watching(file: string, play: (stand: Stand) => Promise<void>): Promise<void> {
  const stand = new Stand(file);
  try {
    await play(stand);
  } finally {
    stand.watch.close();
  }
}

test('a file that is written again with another content is a change, once it has settled', async () => {
  const file = join(temporaryFolder(), 'config.yaml');
  writeFileSync(file, 'a');
  await watching(file, async (stand) => {
    const { count } = stand.clock;
    writeFileSync(file, 'b');
    await until(() => stand.clock.count > count, 'an event');
    stand.clock.advance(199);
    writeFileSync(file, 'c');
    await until(() => stand.clock.count > count + 1, 'another event');
    stand.clock.advance(199);
    assert.equal(stand.changes, 0);
    stand.clock.advance(1);
    assert.equal(stand.changes, 1);
  });
});

test('a touch, and the same content again, are none', async () => {
  const file = join(temporaryFolder(), 'config.yaml');
  writeFileSync(file, 'a');
  await watching(file, async (stand) => {
    assert.equal(await stand.after(() => utimesSync(file, 1, 1)), 0);
    assert.equal(await stand.after(() => writeFileSync(file, 'a')), 0);
  });
});

test('an editor that puts a new file in the place of the old one is seen, time after time', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'config.yaml');
  writeFileSync(file, '0');
  await watching(file, async (stand) => {
    for (let round = 1; round <= 3; round++) {
      writeFileSync(join(folder, 'config.yaml~'), String(round));
      assert.equal(await stand.after(() => renameSync(join(folder, 'config.yaml~'), file)), round);
    }
  });
});

test('a link that is exchanged for another is seen, as Kubernetes does it, time after time', async () => {
  const mount = temporaryFolder();
  const put = (generation: string, text: string) => {
    mkdirSync(join(mount, generation));
    writeFileSync(join(mount, generation, 'config.yaml'), text);
    symlinkSync(generation, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  put('..1', 'a');
  symlinkSync('..data/config.yaml', join(mount, 'config.yaml'));
  await watching(join(mount, 'config.yaml'), async (stand) => {
    assert.equal(await stand.after(() => put('..2', 'b')), 1);
    assert.equal(await stand.after(() => put('..3', 'c')), 2);
  });
});

test('a link far from the file is followed, each directory on the way', async () => {
  const [etc, releases] = [temporaryFolder(), temporaryFolder()];
  for (const name of ['1', '2']) {
    mkdirSync(join(releases, name));
    writeFileSync(join(releases, name, 'config.yaml'), name);
  }
  symlinkSync(join(releases, '1'), join(releases, 'current'));
  symlinkSync(join(releases, 'current', 'config.yaml'), join(etc, 'config.yaml'));
  await watching(join(etc, 'config.yaml'), async (stand) => {
    symlinkSync(join(releases, '2'), join(releases, 'next'));
    const changes = await stand.after(() => renameSync(join(releases, 'next'), join(releases, 'current')));
    assert.equal(changes, 1);
    assert.equal(await stand.after(() => writeFileSync(join(releases, '2', 'config.yaml'), 'mended')), 2);
  });
});

test('files of config_dir count, those that come and go too, and a directory that comes later', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'config.yaml');
  const directory = join(folder, 'conf.d');
  writeFileSync(file, 'config_dir: conf.d');
  await watching(file, async (stand) => {
    assert.equal(await stand.after(() => mkdirSync(directory)), 0);
    assert.equal(await stand.after(() => writeFileSync(join(directory, 'a.yaml'), 'a')), 1);
    assert.equal(await stand.after(() => writeFileSync(join(directory, 'a.yaml'), 'b')), 2);
    assert.equal(await stand.after(() => writeFileSync(join(directory, 'notes.txt'), 'b')), 2);
    assert.equal(await stand.after(() => unlinkSync(join(directory, 'a.yaml'))), 3);
    rmSync(directory, { recursive: true });
    await stand.after(() => writeFileSync(join(folder, 'unrelated'), ''));
    mkdirSync(directory);
    assert.equal(await stand.after(() => writeFileSync(join(directory, 'b.yaml'), 'b')), 4);
  });
});

test('a file that goes and comes back is a change each time', async () => {
  const file = join(temporaryFolder(), 'config.yaml');
  writeFileSync(file, 'a');
  await watching(file, async (stand) => {
    assert.equal(await stand.after(() => unlinkSync(file)), 1);
    assert.equal(await stand.after(() => writeFileSync(file, 'a')), 2);
  });
});

test('once closed it tells nothing', async () => {
  const file = join(temporaryFolder(), 'config.yaml');
  writeFileSync(file, 'a');
  const stand = new Stand(file);
  const { count } = stand.clock;
  writeFileSync(file, 'b');
  await until(() => stand.clock.count > count, 'an event');
  stand.watch.close();
  stand.clock.advance(1_000);
  assert.equal(stand.changes, 0);
});
