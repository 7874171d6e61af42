import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './folder.js';
import { Program, plainEnvironment } from './program.js';
import { mainFile } from './repository.js';
import { until } from './wait.js';

/** USER_HZ of Linux is 100. */
const MS_PER_TICK = 10;

/** As Node 20 has it. Node 24 takes twice as much for young garbage, and bounds of memory are about what is kept. */
const YOUNG_GENERATION = '--max-semi-space-size=16';

/** The proxy as a process of its own, so that its memory and its files are nobody else's. */
export class ProxyProcess {
  readonly program: Program;
  port = 0;

  /** @param openFiles its limit of open files; default: ours @param main what node runs */
  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}, openFiles?: number, main = mainFile) {
    const nodeOptions = [YOUNG_GENERATION, environment.NODE_OPTIONS ?? ''].join(' ');
    const env = { ...plainEnvironment(), ...environment, NODE_OPTIONS: nodeOptions };
    const command = [process.execPath, main, ...args];
    if (openFiles !== undefined) command.unshift('sh', '-c', `ulimit -n ${openFiles}; exec "$0" "$@"`);
    const [file = '', ...rest] = command;
    this.program = new Program(file, rest, { env });
  }

  async started(): Promise<void> {
    const [, port] = await this.program.wrote(/listening on \D*127\.0\.0\.1:(\d+)/);
    this.port = Number(port);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get webSocketOrigin(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Resident memory in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.program.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** The time of the processors it has used, in milliseconds. */
  cpuMs(): number {
    const fields = readFileSync(`/proc/${this.program.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  }

  /** How long it was ready to run and had no processor, in milliseconds. */
  processorWaitMs(): number {
    const [, waitedNs] = readFileSync(`/proc/${this.program.pid}/schedstat`, 'utf8').split(' ');
    return Math.round(Number(waitedNs) / 1_000_000);
  }

  /** Open files: sockets and everything else. */
  descriptors(): number {
    return readdirSync(`/proc/${this.program.pid}/fd`).length;
  }

  /** Waits until no more files are open than were; connections of the pool must have been closed by their backend. */
  async descriptorsBackTo(count: number, withinMs = 10_000): Promise<void> {
    await until(
      () => this.descriptors() <= count,
      withinMs,
      () => `${this.descriptors()} files are open, ${count} were`,
    );
  }

  /** SIGTERM. @returns the exit status and how long it took */
  async drained(): Promise<{ status: number | null; durationMs: number }> {
    const from = performance.now();
    this.program.signal('SIGTERM');
    const { status } = await this.program.ended();
    return { status, durationMs: performance.now() - from };
  }
}

/** Rules and services of one proxy; everything else of its configuration is below. */
export interface ProxySetup {
  /** By name: the URL of the one backend. */
  readonly services: Readonly<Record<string, string>>;
  /** Path patterns and what serves them; `*` stands for the rest. */
  readonly routes: Readonly<Record<string, string>>;
  /** Added to each route rule. */
  readonly rule?: string;
  /** Added to the host rule, and to each service. */
  readonly hostRule?: string;
  readonly service?: string;
  readonly port?: number;
  readonly timeout?: string;
  readonly pool?: string;
  readonly maxConnections?: number;
  readonly logLevel?: 'error' | 'warn';
  /** The limit of open files of its process. */
  readonly openFiles?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

export function configurationOf(setup: ProxySetup): string {
  const { services, routes, rule, hostRule, service, port, timeout, pool, maxConnections, logLevel } = setup;
  const paths = Object.entries(routes).filter(([pattern]) => pattern !== '*');
  const rest = routes['*'];
  return [
    'services:',
    ...Object.entries(services).map(([name, url]) => {
      return `  ${name}: { url: "${url}"${service === undefined ? '' : `, ${service}`} }`;
    }),
    'host_rules:',
    '  - pattern: "*"',
    ...(hostRule === undefined ? [] : [`    ${hostRule}`]),
    ...(rest === undefined ? [] : [`    target: ${rest}`]),
    ...(paths.length === 0 ? [] : ['    route_rules:']),
    ...paths.map(([pattern, target]) => {
      return `      - { pattern: "${pattern}", target: ${target}${rule === undefined ? '' : `, ${rule}`} }`;
    }),
    'advanced:',
    '  bind: "127.0.0.1"',
    `  port: ${port ?? 0}`,
    `  log: { level: ${logLevel ?? 'error'}, format: json }`,
    ...(maxConnections === undefined ? [] : [`  max_connections: ${maxConnections}`]),
    ...(timeout === undefined ? [] : [`  timeout: { ${timeout} }`]),
    ...(pool === undefined ? [] : [`  connection_pool: { ${pool} }`]),
    '',
  ].join('\n');
}

/** Starts a proxy; it is killed behind the test, if it still runs, and what it wrote is shown where it fell. */
export async function startProxy(t: TestContext, setup: ProxySetup): Promise<ProxyProcess> {
  const file = join(temporaryFolder(), 'proxy.yaml');
  writeFileSync(file, configurationOf(setup));
  return startCommand(t, ['run', '-c', file], setup.environment, setup.openFiles);
}

export async function startCommand(
  t: TestContext,
  args: readonly string[],
  environment?: NodeJS.ProcessEnv,
  openFiles?: number,
): Promise<ProxyProcess> {
  const proxy = new ProxyProcess(args, environment, openFiles);
  t.after(() => proxy.program.kill());
  await proxy.started();
  return proxy;
}
