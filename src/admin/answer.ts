import { STATUS_CODES } from 'node:http';

/** What is sent back. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function json(value: unknown, status = 200): Answer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

/** A refusal, thrown from anywhere in a handler; it is told as RFC 9457 has it. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, unknown>>;

  /** @param fields further members of the answer */
  constructor(
    status: number,
    detail: string,
    fields: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.fields = fields;
    this.headers = headers;
  }

  answer(): Answer {
    const { status, headers } = this;
    const told = { type: 'about:blank', title: STATUS_CODES[status], status, detail: this.message, ...this.fields };
    return { status, contentType: 'application/problem+json', body: `${JSON.stringify(told)}\n`, headers };
  }
}
