/** A pattern or rewrite of the configuration that cannot be used. The message is for whoever wrote it. */
export class PatternError extends Error {
  readonly pattern: string;

  constructor(pattern: string, reason: string) {
    super(`"${pattern}": ${reason}`);
    this.name = 'PatternError';
    this.pattern = pattern;
  }
}
