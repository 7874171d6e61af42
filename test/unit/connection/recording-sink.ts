import type { BodySink } from '../../../src/exchange/body.js';
import type { ProxyError } from '../../../src/exchange/proxy-error.js';

/** Takes a body as text, and says how it ended. */
export class RecordingSink implements BodySink {
  text = '';
  /** In how many it was told. */
  pieces = 0;
  endings: string[] = [];
  /** What a write answers: false is "congested". */
  takesMore = true;
  inside: () => void = () => {};

  onBodyBytes(bytes: Buffer, from: number, to: number): boolean {
    this.text += bytes.toString('latin1', from, to);
    this.pieces++;
    this.inside();
    return this.takesMore;
  }

  onBodyEnd(): void {
    this.endings.push('end');
  }

  onBodyFailed(error: ProxyError): void {
    this.endings.push(error.code);
  }
}
