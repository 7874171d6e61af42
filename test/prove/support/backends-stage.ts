import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { BackendProcess } from './backend-process.js';
import { temporaryFolder } from './folder.js';
import { type LogLine, LogLines } from './log-lines.js';
import { type ProxyProcess, startCommand } from './proxy-process.js';

/** Of the active checks that {@link balanced} asks for. */
export const CHECK_INTERVAL_MS = 200;
export const THRESHOLD = 2;

/** A proxy, everything that it logs, and its backends, each a process of its own. */
export interface BackendsStage {
  readonly proxy: ProxyProcess;
  readonly log: LogLines;
  readonly backends: readonly BackendProcess[];
}

/** One service of backends that are checked both ways, with a line for each exchange. @param more of the service */
export async function startBackends(t: TestContext, names: readonly string[], more = ''): Promise<BackendsStage> {
  const backends = await Promise.all(names.map((name) => BackendProcess.start(t, name)));
  const interval = CHECK_INTERVAL_MS / 1000;
  const check = `interval: ${interval}, timeout: 5, healthy_threshold: ${THRESHOLD}, unhealthy_threshold: ${THRESHOLD}`;
  const proxy = await startConfigured(
    t,
    `services:
  app:
    load_balancer:
      backends: [${backends.map(({ url }) => `{ url: "${url}" }`).join(', ')}]
      health_check: { type: http, path: /health, ${check} }
      passive_health_check: { failures: 5, within: 10, retry_after: 1 }
      ${more}
host_rules:
  - { pattern: "*", target: app, middlewares: [logging] }
middlewares:
  - { name: logging, config: { fields: [status, duration_ms, backend] } }
advanced: { bind: "127.0.0.1", port: 0, log: { level: info, format: json } }
`,
  );
  return { proxy, log: new LogLines(proxy.program), backends };
}

export async function startConfigured(t: TestContext, configuration: string): Promise<ProxyProcess> {
  const file = join(temporaryFolder(), 'proxy.yaml');
  writeFileSync(file, configuration);
  return startCommand(t, ['run', '-c', file]);
}

/** Says that this backend gets no new work, because of its checks or of the traffic. */
export function saysOut({ msg, fields }: LogLine, { url }: { readonly url: string }): boolean {
  return fields.backend === url && (msg === 'backend unhealthy' || msg === 'backend taken out');
}

/** Says that it is back. */
export function saysBack({ msg, fields }: LogLine, { url }: { readonly url: string }): boolean {
  return fields.backend === url && (msg === 'backend healthy' || msg === 'backend brought back');
}
