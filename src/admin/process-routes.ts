import type { AdminHost, FileProblem } from './admin-host.js';
import { type Answer, json, Problem } from './answer.js';
import type { AdminRequest } from './request.js';

/** Prometheus's text format. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The process lives: it could answer. */
export function health(): Answer {
  return json({ status: 'ok' });
}

/** Whether clients should be sent here. */
export function readiness(_request: AdminRequest, host: AdminHost): Answer {
  const reasons = host.unready();
  if (reasons.length > 0) throw new Problem(503, 'not ready', { reasons });
  return json({ status: 'ready' });
}

export async function metrics(_request: AdminRequest, host: AdminHost): Promise<Answer> {
  return { status: 200, contentType: METRICS_TYPE, body: await host.metrics() };
}

/** As SIGHUP; with `dry_run` nothing changes. */
export async function reload(request: AdminRequest, host: AdminHost): Promise<Answer> {
  const dryRun = flag(request.query(['dry_run']).dry_run, 'dry_run');
  const answer = await host.reload(dryRun);
  if (answer === null) throw new Problem(409, 'this configuration came from no file: it cannot be read again');
  const warnings = answer.warnings.map(problemEntry);
  if (!answer.ok) {
    // A configuration that cannot be applied, or a proxy that takes none just now.
    const status = answer.reason === 'refused' || answer.reason === 'failed' ? 422 : 409;
    const { reason, message } = answer;
    throw new Problem(status, message, { reason, errors: answer.errors.map(problemEntry), warnings });
  }
  const { outcome, revision, changes, needRestart, onRemoved } = answer;
  const { tunnels, eventStreams, treatment } = onRemoved;
  return json({
    outcome,
    revision,
    changes,
    need_restart: needRestart,
    on_removed: { tunnels, event_streams: eventStreams, treatment },
    warnings,
  });
}

/** As SIGTERM: the process ends when it is done. */
export function drain(request: AdminRequest, host: AdminHost): Answer {
  request.query([]);
  host.drain();
  return json({ status: 'draining' }, 202);
}

/** `?name`, `?name=true`, `?name=false`. */
function flag(written: string | undefined, name: string): boolean {
  if (written === undefined || written === 'false' || written === '0') return false;
  if (written === '' || written === 'true' || written === '1') return true;
  throw new Problem(400, `${name} is true or false`);
}

/** Without the line it stands on: that may hold a secret. */
function problemEntry({ file, line, column, path, message, suggestion }: FileProblem) {
  return { file, line, column, path, message, suggestion: suggestion ?? null };
}
