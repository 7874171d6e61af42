import type { Clock } from '../../exchange/clock.js';
import type { NameResolver } from './system-resolver.js';
export interface NamesListener {
  changed(name: string): void;
  lookupFailed(name: string, reason: string): void;
  lookupRecovered(name: string): void;
}
export class Names {
  listener: NamesListener | null = null;
  constructor(_resolver: NameResolver, _clock: Clock) {}
  answerOf(_host: string): readonly { readonly host: string; readonly others: readonly string[] }[] | null {
    return null;
  }
  follow(_wanted: ReadonlyMap<string, number>): void {}
  stop(): void {}
}
