import { createHash } from 'node:crypto';
import { existsSync, type FSWatcher, lstatSync, readFileSync, readlinkSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import type { Clock, Timer } from '../exchange/clock.js';

/** Files are written in several steps: what they come to counts once nothing has happened for so long. */
const SETTLE_MS = 200;

/** Files, and directories in which some may come: asked again after every change. */
export type WatchedFiles = () => readonly string[];

/**
 * Tells when the content of files has changed. Not the files are watched but the directories that hold them, and those
 * that hold a symbolic link on the way to them: editors put a new file in the place of the old one, and Kubernetes
 * exchanges a link (`..data`). What counts is the content: a touch, or the same text written again, is no change.
 */
export class ConfigWatch {
  readonly #files: WatchedFiles;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #watchers: FSWatcher[] = [];
  #timer: Timer | null = null;
  #seen: string;
  #closed = false;

  /** Begins to watch. @param changed called once for each change that has settled */
  constructor(files: WatchedFiles, clock: Clock, changed: () => void) {
    this.#files = files;
    this.#clock = clock;
    this.#changed = changed;
    this.#watch();
    this.#seen = this.#contents();
  }

  /** Other files are named now: watches them from their present contents on. */
  renew(): void {
    if (this.#closed) return;
    this.#watch();
    this.#seen = this.#contents();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(): void {
    const before = this.#watchers;
    this.#watchers = [...new Set(this.#files().flatMap(directoriesOf))].flatMap((directory) =>
      this.#watchOne(directory),
    );
    for (const watcher of before) watcher.close();
  }

  #watchOne(directory: string): FSWatcher[] {
    try {
      const watcher = watch(directory, { persistent: false }, () => this.#touched());
      watcher.on('error', () => this.#touched());
      return [watcher];
    } catch {
      // It went meanwhile. Whatever brings it back happens in one above, which is watched as well.
      return [];
    }
  }

  #touched(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(SETTLE_MS, () => this.#settled());
  }

  #settled(): void {
    // First: what changes while the files are read is told by the new watchers.
    this.#watch();
    const contents = this.#contents();
    if (contents === this.#seen) return;
    this.#seen = contents;
    this.#changed();
  }

  #contents(): string {
    const hash = createHash('sha256');
    for (const file of this.#files()) {
      const content = contentOf(file);
      hash.update(`${file}\0${content?.length ?? 'none'}\0`).update(content ?? '');
    }
    return hash.digest('hex');
  }
}

function contentOf(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

const MAX_LINKS = 40;

/**
 * The directory that holds a file, and those that hold a link on the way to it; a directory itself, too. Of what does
 * not exist: the nearest above that does.
 */
function directoriesOf(file: string): string[] {
  const directories: string[] = [];
  let rest = path.resolve(file).split(path.sep).slice(1);
  let at: string = path.sep;
  for (let links = 0; rest.length > 0; ) {
    const [name = '', ...more] = rest;
    const next = path.join(at, name);
    const target = links < MAX_LINKS ? linkAt(next) : null;
    if (target !== null) {
      links++;
      directories.push(at);
      rest = [...path.resolve(at, target).split(path.sep).slice(1), ...more];
      at = path.sep;
    } else {
      if (!existsSync(next)) return [...directories, at];
      if (more.length === 0) return [...directories, at, ...(isDirectory(next) ? [next] : [])];
      at = next;
      rest = more;
    }
  }
  return directories;
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

function linkAt(file: string): string | null {
  try {
    return lstatSync(file).isSymbolicLink() ? readlinkSync(file) : null;
  } catch {
    return null;
  }
}
