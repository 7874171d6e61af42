import type { BodySink } from '../../../src/exchange/body.js';
import type { ProxyError } from '../../../src/exchange/proxy-error.js';

/** Takes a body as text, and says how it ended. */
export class RecordingSink implements BodySink {
  text = '';
  endings: string[] = [];
  /** What a write answers: false is "congested". */
  takesMore = true;
  inside: () => void = () => {};

  onBodyBytes(bytes: Buffer, from: number, to: number): boolean {
    return this.onBodyText(bytes.toString('latin1', from, to));
  }

  onBodyText(text: string): boolean {
    this.text += text;
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
