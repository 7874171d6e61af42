import type { Origin } from '../config/origins.js';
import { formatSize } from '../config/schema-size.js';
import type { ExplainedRule, Explanation, PassedOverRule } from './explanation.js';
import type { PolicyValue } from './policy-values.js';
import { paint } from './terminal.js';

/** A line: its label where it has one, what it says, and what decided that. */
interface Line {
  readonly label?: string;
  readonly text: string;
  readonly from?: string;
}

const LABEL_WIDTH = 12;
const WIDEST_TEXT = 60;

/** An explanation for a reader. @param title the request as it was asked for */
export function explanationText(explanation: Explanation, title: string, color: boolean): string {
  const lines: readonly Line[] = [
    ...explanation.notes.map((text) => ({ label: 'note', text })),
    ...listenerLines(explanation),
    ...ruleLines(explanation),
    ...serviceLines(explanation),
    ...policyLines(explanation.policy),
    verdictLine(explanation),
  ];
  const width = Math.min(WIDEST_TEXT, Math.max(...lines.map(({ text }) => text.length)));
  const shown = lines.map(({ label = '', text, from }) => {
    const start = `${paint(color && label !== '', 'bold', label.padEnd(LABEL_WIDTH))}`;
    return `${start}${from === undefined ? text : `${text.padEnd(width)}  ${paint(color, 'dim', from)}`}`.trimEnd();
  });
  return [paint(color, 'cyan', title), ...shown].join('\n');
}

function listenerLines({ listener, request }: Explanation): Line[] {
  const { port, bind, scheme, origin } = listener;
  const text = `port ${port} on ${bind}, ${scheme}`;
  return [
    { label: 'listener', text, from: showOrigin(origin) },
    ...(request.method === null ? [] : [{ label: 'kind', text: KINDS[request.kind] }]),
  ];
}

const KINDS = { http: 'HTTP', sse: 'event stream, by its Accept', websocket: 'WebSocket handshake' };

function ruleLines({ host, route, request, middlewares }: Explanation): Line[] {
  if (host === null || route === null) return [];
  return [
    host.rule === null
      ? { label: 'host', text: `${request.host}: no host rule matches, the top-level rules count` }
      : ruleLine('host', request.host, host.rule),
    ...host.others.map(passedOverLine),
    ...(route.rule === null
      ? [
          {
            label: 'route',
            text: `${request.path}: ${route.name === null ? 'no rule matches' : 'no route rule matches, the target of the host rule counts'}`,
          },
        ]
      : [ruleLine('route', request.path, route.rule)]),
    ...route.others.map(passedOverLine),
    ...(route.methods === null ? [] : [methodsLine(route.methods, request.method)]),
    ...middlewares.map(({ name, type, named_by, enabled, origin }, index) => ({
      ...(index === 0 ? { label: 'middlewares' } : {}),
      text: `${name}${type === null || type === name ? '' : ` (${type})`}, ${NAMED_BY[named_by]}${enabled ? '' : ', taken out by enabled: false'}`,
      from: showOrigin(origin),
    })),
    ...(route.name !== null && middlewares.length === 0 ? [{ label: 'middlewares', text: 'none' }] : []),
  ];
}

function methodsLine({ value, allowed, origin }: Methods, method: string | null): Line {
  const all = value?.join(', ') ?? 'all';
  return { label: 'methods', text: allowed ? all : `${all}: ${method} is none of them`, from: showOrigin(origin) };
}

type Methods = NonNullable<NonNullable<Explanation['route']>['methods']>;

const NAMED_BY = {
  global: 'global',
  host: 'named by the host rule',
  route: 'named by the route rule',
  environment: 'where no other of its type runs',
};

function ruleLine(label: string, what: string | null, { pattern, how, origin }: ExplainedRule): Line {
  return {
    label,
    text: `${what}: ${how === 'any' ? 'every host' : how} ${JSON.stringify(pattern)}`,
    from: showOrigin(origin),
  };
}

function passedOverLine({ pattern, how, why, origin }: PassedOverRule): Line {
  const text = `  not ${JSON.stringify(pattern)} (${how === 'any' ? 'every host' : how}): ${WHY[why]}`;
  return { text, from: showOrigin(origin) };
}

const WHY = {
  'less-specific': 'it is less specific',
  later: 'it stands later',
  method: 'it is the same pattern for other methods',
};

function serviceLines({ service, target, request }: Explanation): Line[] {
  if (service === null) return [];
  const { name, origin, strategy, proxy_host: proxyHost, backends } = service;
  const host = proxyHost.value === 'backend' ? "the backend's" : (proxyHost.value ?? `${request.host} (the client's)`);
  return [
    { label: 'service', text: name, from: showOrigin(origin) },
    { label: 'strategy', text: strategy.value, from: showOrigin(strategy.origin) },
    ...backends.map((backend, index) => ({
      ...(index === 0 ? { label: 'backends' } : {}),
      text: backendText(backend, target),
      from: showOrigin(backend.origin),
    })),
    { label: 'Host', text: host, from: showOrigin(proxyHost.origin) },
    ...(target === null
      ? []
      : [
          {
            label: 'target',
            text: target.value,
            from:
              target.changed_by.map(({ key, origin: by }) => `${key}, ${showOrigin(by)}`).join('; ') || 'as it came',
          },
        ]),
  ];
}

function backendText(backend: ExplainedService['backends'][number], target: Explanation['target']): string {
  const { url, active, weight, max_tunnels: most, target: own } = backend;
  return [
    `${url}, weight ${weight}`,
    active ? '' : ', not active',
    active && weight === 0 ? ': no new work' : '',
    most === 0 ? '' : `, at most ${most} WebSockets`,
    own === null || own === target?.value ? '' : `, gets ${own}`,
  ].join('');
}

type ExplainedService = NonNullable<Explanation['service']>;

function policyLines(policy: readonly PolicyValue[]): Line[] {
  const width = Math.max(0, ...policy.map(({ name }) => name.length));
  return policy.map(({ name, value, unit, origin }, index) => ({
    ...(index === 0 ? { label: 'policy' } : {}),
    text: `${name.padEnd(width)}  ${showValue(value, unit)}`,
    from: showOrigin(origin),
  }));
}

function verdictLine({ verdict, service, request }: Explanation): Line {
  if (verdict.outcome === 'forwarded') {
    const count = service?.backends.filter(({ available }) => available).length ?? 0;
    const unless = request.kind === 'websocket' ? UNLESS_HANDSHAKE : UNLESS;
    const which = count === 1 ? 'the one backend' : `one of ${count} backends`;
    return { label: 'verdict', text: `goes to ${which} of ${service?.name}${unless}` };
  }
  return { label: 'verdict', text: `${verdict.status} ${verdict.code}: ${verdict.reason}` };
}

const UNLESS = ', unless a middleware answers';
const UNLESS_HANDSHAKE = `${UNLESS} or a limit of tunnels is reached`;

function showValue(value: unknown, unit: PolicyValue['unit']): string {
  if (value === null) return '–';
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((one) => showValue(one, unit)).join(unit === 'ms' ? '-' : ', ');
  if (typeof value !== 'number') return String(value);
  if (unit === 'bytes') return formatSize(value);
  return unit === 'ms' ? showDuration(value) : String(value);
}

function showDuration(ms: number): string {
  if (ms > 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function showOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'file': {
      const variables = origin.variables.map((name) => `, environment ${name}`).join('');
      return `${origin.file}:${origin.line}${variables}`;
    }
    case 'environment':
      return `environment ${origin.name}`;
    case 'flag':
      return origin.name;
    default:
      return origin.from;
  }
}
