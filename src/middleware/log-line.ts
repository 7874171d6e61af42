import type { ClientTls } from '../exchange/client-tls.js';
import type { Exchange, ExchangeKind } from '../exchange/exchange.js';
import type { LineMembers } from '../exchange/log.js';
import { type Outcome, triesAsFields } from '../exchange/outcome.js';
import type { HeaderList } from '../protocol/http1/header-list.js';
import { flat, type JsonValue, jsonCharacters, jsonMember, jsonNumber, memberBegin } from './json-members.js';

/** What of a line is not in its exchange. Sizes are body bytes as framed. */
export type LogNumbers = Pick<Outcome, 'status' | 'durationMs' | 'requestBytes' | 'responseBytes'>;

/** Takes what a line is to say. */
export type LogLine = (exchange: Exchange, numbers: LogNumbers, responseHeaders: HeaderList | null) => LineMembers;

/** Reads what a field says; never throws. */
export type LogReader = (exchange: Exchange, numbers: LogNumbers, responseHeaders: HeaderList | null) => JsonValue;

export interface LogMember {
  readonly name: string;
  readonly read: LogReader;
  /** `steady`: it follows from what {@link SteadyFacts} compares. Else it is read for each line. */
  readonly varies: 'steady' | 'text' | 'number' | 'anything';
}

/** Compiles the members of a line, in their order; the exchange's id goes before them. */
export function compileLogLine(members: readonly LogMember[]): LogLine {
  const template = new LineTemplate(members);
  return (exchange, numbers, responseHeaders) => template.line(exchange, numbers, responseHeaders);
}

/** An exchange's id has no character that JSON would have to escape. */
const REQUEST_ID = '"request_id":"';
const QUOTE = '"';
/** Characters of a text that a waiting line takes as it is: part of a head, which it keeps. Longer ones are copied. */
const MOST_LENT = 100;

/**
 * A line that waits. It is put together with those that wait beside it: between two requests, where other code has the
 * processor's caches, that costs more.
 */
class WaitingMembers implements LineMembers {
  readonly #id: string;
  readonly #texts: readonly string[];
  readonly #varying: readonly VaryingMember[];
  readonly #values: readonly JsonValue[];
  readonly #end: string;

  /** @param texts before the first value, between them, and behind the last @param end behind all of it */
  constructor(
    id: string,
    texts: readonly string[],
    varying: readonly VaryingMember[],
    values: readonly JsonValue[],
    end: string,
  ) {
    this.#id = id;
    this.#texts = texts;
    this.#varying = varying;
    this.#values = values;
    this.#end = end;
  }

  text(): string {
    const texts = this.#texts;
    const values = this.#values;
    let line = REQUEST_ID + this.#id + (texts[0] as string);
    for (let index = 0; index < values.length; index++) {
      const { varies, begin } = this.#varying[index] as VaryingMember;
      const value = values[index];
      if (varies === 'number') line += jsonNumber(value as number);
      else if (varies === 'text') line += jsonCharacters(value as string);
      else line += jsonMember(begin, value);
      line += texts[index + 1] as string;
    }
    return line + this.#end;
  }
}

interface SteadyMember extends Pick<LogMember, 'read'> {
  readonly begin: string;
}

interface VaryingMember extends SteadyMember, Pick<LogMember, 'varies'> {}

/**
 * Most lines of a log repeat what the one before said: who, which way, with which result. What stands between the
 * members that vary is kept as one text each, together with the names and quotes of these, and goes out again as it is.
 */
class LineTemplate {
  readonly #varying: readonly VaryingMember[];
  /** Before the first varying member, between them, and behind the last. */
  readonly #steady: readonly (readonly SteadyMember[])[];
  readonly #facts = new SteadyFacts();
  #texts: string[] = [];
  #flat = false;

  constructor(members: readonly LogMember[]) {
    const steady: SteadyMember[][] = [[]];
    for (const { name, read, varies } of members) {
      if (varies === 'steady') steady.at(-1)?.push({ begin: memberBegin(name), read });
      else steady.push([]);
    }
    this.#steady = steady;
    const varying = members.filter(({ varies }) => varies !== 'steady');
    this.#varying = varying.map(({ name, read, varies }) => ({ begin: memberBegin(name), read, varies }));
  }

  line(exchange: Exchange, numbers: LogNumbers, responseHeaders: HeaderList | null): LineMembers {
    if (!this.#facts.hold(exchange, numbers.status)) this.#renew(exchange, numbers, responseHeaders);
    else if (!this.#flat) this.#settle(exchange, numbers.status);
    const varying = this.#varying;
    const values = new Array<JsonValue>(varying.length);
    for (let index = 0; index < varying.length; index++) {
      const value = (varying[index] as VaryingMember).read(exchange, numbers, responseHeaders);
      values[index] = typeof value === 'string' && value.length > MOST_LENT ? flat(value) : value;
    }
    const { id, tries } = exchange;
    const end = tries.length > 1 ? `,"tried":${JSON.stringify(triesAsFields(tries))}` : '';
    return new WaitingMembers(id, this.#texts, varying, values, end);
  }

  #renew(exchange: Exchange, numbers: LogNumbers, responseHeaders: HeaderList | null): void {
    this.#flat = false;
    this.#texts = this.#steady.map((members, index) => {
      let text = this.#endOf(index - 1);
      for (const { begin, read } of members) text += jsonMember(begin, read(exchange, numbers, responseHeaders));
      return text + this.#beginOf(index);
    });
    this.#facts.take(exchange, numbers.status);
  }

  /** What comes a second time may come often. Texts that were cut out of a head then mostly are one, as is the host. */
  #settle(exchange: Exchange, status: number): void {
    this.#flat = true;
    this.#texts = this.#texts.map(flat);
    this.#facts.take(exchange, status);
  }

  /** What stands behind the value of a varying member: of the one before the first, the exchange's id, its quote. */
  #endOf(index: number): string {
    return index < 0 || this.#varying[index]?.varies === 'text' ? QUOTE : '';
  }

  /** What stands before the value of a varying member that is always there. */
  #beginOf(index: number): string {
    const { varies, begin } = this.#varying[index] ?? { varies: 'anything', begin: '' };
    if (varies === 'anything') return '';
    return varies === 'text' ? begin + QUOTE : begin;
  }
}

/** What steady members are read from, as the line before had it. */
class SteadyFacts {
  #status = -1;
  #method = '';
  #host = '';
  #address = '';
  #peerAddress = '';
  #tls: ClientTls | null = null;
  #scheme = '';
  #port = 0;
  #route: string | null = null;
  #service: string | null = null;
  #tries = 0;
  #backend: string | null = null;
  #user: string | null = null;
  #kind: ExchangeKind = 'http';
  #events = 0;

  hold(exchange: Exchange, status: number): boolean {
    const { client, request } = exchange;
    return (
      status === this.#status &&
      exchange.kind === this.#kind &&
      exchange.events === this.#events &&
      exchange.tries.length === this.#tries &&
      routeOf(exchange) === this.#route &&
      exchange.serviceName === this.#service &&
      backendOf(exchange) === this.#backend &&
      exchange.user === this.#user &&
      sameTls(client.tls ?? null, this.#tls) &&
      request.scheme === this.#scheme &&
      request.listenerPort === this.#port &&
      request.head.method === this.#method &&
      client.address === this.#address &&
      client.peerAddress === this.#peerAddress &&
      request.facts.host === this.#host
    );
  }

  take(exchange: Exchange, status: number): void {
    const { client, request } = exchange;
    this.#status = status;
    this.#kind = exchange.kind;
    this.#events = exchange.events;
    this.#tries = exchange.tries.length;
    this.#route = routeOf(exchange);
    this.#service = exchange.serviceName;
    this.#backend = backendOf(exchange);
    this.#user = exchange.user;
    this.#tls = client.tls ?? null;
    this.#scheme = request.scheme;
    this.#port = request.listenerPort;
    this.#method = request.head.method;
    this.#address = client.address;
    this.#peerAddress = client.peerAddress;
    this.#host = request.facts.host;
  }
}

function sameTls(a: ClientTls | null, b: ClientTls | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  const sameSession = a.protocol === b.protocol && a.cipher === b.cipher;
  return sameSession && a.serverName === b.serverName && a.subject === b.subject;
}

export function routeOf({ route }: Exchange): string | null {
  return route === null ? null : route.name;
}

/** Of the last try. */
export function backendOf({ tries }: Exchange): string | null {
  const { length } = tries;
  return length === 0 ? null : (tries[length - 1]?.backend ?? null);
}
