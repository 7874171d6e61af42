import type { Exchange } from '../exchange/exchange.js';
import type { Log } from '../exchange/log.js';
import type { Middleware } from '../exchange/middleware.js';
import type { Outcome } from '../exchange/outcome.js';
import { ProxyError } from '../exchange/proxy-error.js';
import type { MutableResponseHead } from '../exchange/response-head.js';

/**
 * Runs `onRequest` in order, then `then`; where one answers, its response is sent and the chain stops. A failure ends
 * the exchange as `middleware-failed`. One that began has "run": it sees the later phases, also where it answered,
 * threw, or still waits when the exchange ends. Synchronous as long as every hook is.
 */
export function runRequestPhase(
  exchange: Exchange,
  middlewares: readonly Middleware[],
  then: (exchange: Exchange) => void,
): void {
  requestPhaseFrom(0, exchange, middlewares, then);
}

/**
 * Runs `onResponse` in reverse order over those whose request phase ran, then `then`. A failure calls `onFailure`, once
 * and instead: whoever sends the 500 does it without this phase, so that the one that threw is not asked again.
 */
export function runResponsePhase(
  exchange: Exchange,
  middlewares: readonly Middleware[],
  head: MutableResponseHead,
  then: () => void,
  onFailure: (error: ProxyError) => void,
): void {
  const last = Math.min(exchange.middlewaresRun, middlewares.length) - 1;
  responsePhaseFrom(last, exchange, middlewares, head, then, onFailure);
}

/**
 * Runs `onEnd` in reverse order over those whose request phase ran, at once; errors go to the log.
 * @returns where some are async: a promise of the last one's end, which never rejects
 */
export function runEndPhase(
  exchange: Exchange,
  middlewares: readonly Middleware[],
  outcome: Outcome,
  log: Log,
): Promise<unknown> | null {
  let all: Promise<unknown> | null = null;
  for (let index = Math.min(exchange.middlewaresRun, middlewares.length) - 1; index >= 0; index--) {
    const middleware = middlewares[index];
    if (middleware?.onEnd === undefined) continue;
    try {
      const pending = middleware.onEnd(exchange, outcome);
      if (isThenable(pending)) all = Promise.all([all, endOf(pending, middleware, exchange, log)]);
    } catch (error) {
      logEndFailure(exchange, middleware, error, log);
    }
  }
  return all;
}

/** A plugin in plain JavaScript may also return null. */
type Answer = Awaited<ReturnType<NonNullable<Middleware['onRequest']>>> | null;

function requestPhaseFrom(
  start: number,
  exchange: Exchange,
  middlewares: readonly Middleware[],
  then: (exchange: Exchange) => void,
): void {
  for (let index = start; index < middlewares.length; index++) {
    const middleware = middlewares[index] as Middleware;
    exchange.middlewaresRun = index + 1;
    if (middleware.onRequest === undefined) continue;
    let answer: Answer | PromiseLike<Answer>;
    try {
      answer = middleware.onRequest(exchange);
    } catch (error) {
      if (!isOver(exchange)) exchange.fail(failureOf(middleware, error));
      return;
    }
    if (isThenable(answer)) {
      awaitAnswer(answer, index, exchange, middlewares, then);
      return;
    }
    if (isOver(exchange) || sendAnswer(exchange, answer)) return;
  }
  then(exchange);
}

/**
 * What happened while we waited (the client left, a time ran out) goes before what the middleware has to say. Closures
 * live apart from the loops: there they would cost a context for each round, awaited or not.
 */
function awaitAnswer(
  pending: PromiseLike<Answer>,
  index: number,
  exchange: Exchange,
  middlewares: readonly Middleware[],
  then: (exchange: Exchange) => void,
): void {
  void settled(
    pending,
    (answer) => {
      // A failure that is being told meanwhile is an answer too.
      if (isOver(exchange) || exchange.answered || sendAnswer(exchange, answer)) return;
      requestPhaseFrom(index + 1, exchange, middlewares, then);
    },
    (error) => {
      if (!isOver(exchange)) exchange.fail(failureOf(middlewares[index] as Middleware, error));
    },
  );
}

/** True where there was an answer: returned, or only made by `exchange.respond`. */
function sendAnswer(exchange: Exchange, returned: Answer): boolean {
  const answer = returned ?? exchange.answer;
  if (answer === null) return false;
  exchange.sendLocal(answer);
  return true;
}

function responsePhaseFrom(
  start: number,
  exchange: Exchange,
  middlewares: readonly Middleware[],
  head: MutableResponseHead,
  then: () => void,
  onFailure: (error: ProxyError) => void,
): void {
  for (let index = start; index >= 0; index--) {
    const middleware = middlewares[index] as Middleware;
    if (middleware.onResponse === undefined) continue;
    let pending: void | PromiseLike<void>;
    try {
      pending = middleware.onResponse(exchange, head);
    } catch (error) {
      if (!isOver(exchange)) onFailure(failureOf(middleware, error));
      return;
    }
    if (isThenable(pending)) {
      awaitHead(pending, index, exchange, middlewares, head, then, onFailure);
      return;
    }
    if (isOver(exchange)) return;
  }
  then();
}

function awaitHead(
  pending: PromiseLike<void>,
  index: number,
  exchange: Exchange,
  middlewares: readonly Middleware[],
  head: MutableResponseHead,
  then: () => void,
  onFailure: (error: ProxyError) => void,
): void {
  void settled(
    pending,
    () => {
      if (!isOver(exchange)) responsePhaseFrom(index - 1, exchange, middlewares, head, then, onFailure);
    },
    (error) => {
      if (!isOver(exchange)) onFailure(failureOf(middlewares[index] as Middleware, error));
    },
  );
}

function endOf(pending: PromiseLike<void>, middleware: Middleware, exchange: Exchange, log: Log): Promise<void> {
  return settled(
    pending,
    () => {},
    (error) => logEndFailure(exchange, middleware, error, log),
  );
}

/** Ended, or answered by somebody else meanwhile. */
function isOver(exchange: Exchange): boolean {
  return exchange.ended || exchange.writer.headSent;
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Through a real promise, since a plugin's own may call both, twice, or at once. */
function settled<T>(pending: PromiseLike<T>, onValue: (value: T) => void, onError: (error: unknown) => void) {
  return Promise.resolve(pending).then(onValue, onError);
}

function failureOf(middleware: Middleware, error: unknown): ProxyError {
  // A refusal with a code of its own is no failure.
  if (error instanceof ProxyError) return error;
  return new ProxyError('middleware-failed', `${middleware.name}: ${messageOf(error)}`, error);
}

function logEndFailure(exchange: Exchange, middleware: Middleware, error: unknown, log: Log): void {
  log.write('error', 'middleware failed after the end', {
    request_id: exchange.id,
    middleware: middleware.name,
    detail: messageOf(error),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
