import type { SeededRandom } from './random.js';

/** What one request of the simulation asks for, and what is to become of it. */
export interface Plan {
  readonly id: string;
  readonly method: string;
  readonly requestBytes: number;
  readonly requestChunked: boolean;
  readonly http10: boolean;
  readonly close: boolean;
  readonly expectContinue: boolean;
  readonly kind: 'http' | 'sse' | 'websocket';
  readonly responseBytes: number;
  readonly status: number;
  readonly responseFraming: 'length' | 'chunked' | 'until-close';
  /** What the backend does. */
  readonly backend: 'answer' | 'reset-at-once' | 'reset-midway' | 'end-midway' | 'garbage' | 'silence' | 'answer-early';
  readonly backendDelayMs: number;
  readonly informational: number;
}

/** The bytes of a body: any piece of it tells where it is from. */
export function pattern(id: string, length: number): string {
  const line = `<${id}>`;
  return line.repeat(Math.ceil(length / line.length)).slice(0, length);
}

function bodySize(random: SeededRandom): number {
  return random.chance(0.06) ? random.integer(0, 20_000) : random.size(1200);
}

export function makePlan(id: string, random: SeededRandom): Plan {
  const kind = random.chance(0.15) ? 'websocket' : random.chance(0.1) ? 'sse' : 'http';
  const method = kind === 'http' ? random.pick(['GET', 'GET', 'POST', 'PUT', 'HEAD', 'DELETE']) : 'GET';
  const withBody = method === 'POST' || method === 'PUT';
  const http10 = kind === 'http' && random.chance(0.08);
  const troubled = random.chance(0.3);
  return {
    id,
    kind,
    method,
    http10,
    requestBytes: withBody ? bodySize(random) : 0,
    requestChunked: withBody && !http10 && random.chance(0.5),
    close: random.chance(0.1),
    expectContinue: withBody && !http10 && random.chance(0.2),
    responseBytes: bodySize(random),
    status: kind === 'http' && random.chance(0.1) ? random.pick([204, 304, 404]) : 200,
    responseFraming: random.pick(['length', 'length', 'chunked', 'until-close']),
    backend: troubled
      ? random.pick(['reset-at-once', 'reset-midway', 'end-midway', 'garbage', 'silence', 'answer-early'])
      : 'answer',
    backendDelayMs: random.chance(0.5) ? 0 : random.integer(0, 3000),
    informational: random.chance(0.1) ? random.integer(1, 20) : 0,
  };
}
