// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the configuration's, not ours
/** A rule that the loader holds a configuration to and a JSON Schema cannot say. */
export interface KnownRule {
  readonly what: string;
  readonly reason: string;
  /** What the loader says. */
  readonly message: RegExp;
  /** A configuration that breaks this rule and fits the schema. */
  readonly text: string;
}

const API = 'services: { api: { url: "http://127.0.0.1:1" } }\n';
const names = 'A schema knows no names that stand elsewhere in the file.';
const twice = 'A schema compares no entries with each other.';
const grammar = 'Its grammar is more than a pattern: the loader parses it, and says what is near.';

function route(rest: string): string {
  return `${API}route_rules: [{ pattern: /, target: api, ${rest} }]`;
}

function service(rest: string): string {
  return `services: { api: { url: "http://127.0.0.1:1", ${rest} } }\nroute_rules: [{ pattern: /, target: api }]`;
}

export const knownRules: readonly KnownRule[] = [
  {
    what: 'a certificate',
    reason: 'It is read from its file and judged.',
    message:
      /: (?:there is no such file|is a directory|holds no (?:certificate|private key) in PEM form|may not be read)/,
    text: `${API}host_rules: [{ pattern: a.example, target: api, tls: { cert: none.pem, key: none.pem } }]`,
  },
  {
    what: 'a key that needs another',
    reason: names,
    message: /^means nothing without `/,
    text: 'services: { api: { url: "https://127.0.0.1:1", tls: { key: none.pem } } }\nroute_rules: [{ pattern: /, target: api }]',
  },
  {
    what: 'a service',
    reason: names,
    message: /^there is no service "/,
    text: `${API}route_rules: [{ pattern: /, target: b }]`,
  },
  { what: 'a middleware', reason: names, message: /^there is no middleware "/, text: route('middlewares: [b]') },
  {
    what: 'a middleware that needs options',
    reason: names,
    message: /^"\w+" does not run with defaults alone: it needs an entry under `middlewares`$/,
    text: route('middlewares: [auth]'),
  },
  {
    what: 'the options of auth, together',
    reason: 'Which of them go together depends on the type and the kind of the key.',
    message:
      /^(?:says nobody: write jwt_secret|is not for type \w+|type \w+ needs |stands beside \w+: a token is checked)/,
    text: `${route('')}\nmiddlewares: [{ name: auth, config: {} }]`,
  },
  {
    what: 'a code of a Close',
    reason: 'There are gaps among them.',
    message: /^expected a code that a Close may carry/,
    text: `${API}middlewares: [{ name: websocket, config: { drain_code: 1005 } }]`,
  },
  {
    what: 'an origin',
    reason: grammar,
    message: /^(?:an origin has |the Origin is that of |"\*" stands alone, |expected scheme, host and port of )/,
    text: `${API}middlewares: [{ name: websocket, config: { allowed_origins: ["https://a/b"] } }]`,
  },
  {
    what: 'the address of the admin API',
    reason: grammar,
    message: /^expected an address with a port, /,
    text: `${route('')}\nadvanced: { admin: { listen: a } }`,
  },
  {
    what: 'who may ask the admin API from elsewhere',
    reason: 'One key needs another where it has certain values.',
    message: /^an address that is not loopback needs a `token`$/,
    text: `${route('')}\nadvanced: { admin: { listen: "192.0.2.1:9090" } }`,
  },
  {
    what: 'a port of its own for the admin API',
    reason: twice,
    message: /^port \d+ is the port of a listener: take another one$/,
    text: `${route('')}\nadvanced: { port: 9090, admin: { listen: "127.0.0.1:9090" } }`,
  },
  {
    what: 'a token in a file',
    reason: 'It is read.',
    message: /: (?:there is no such file|is a directory|the file is empty|expected one line of )/,
    text: `${route('')}\nadvanced: { admin: { token: "file:/none" } }`,
  },
  {
    what: 'a key under both of its names',
    reason: 'A schema could, with a rule for each pair; editors would show none of it.',
    message: /^is another name of /,
    text: `${API}middlewares: [{ name: websocket, config: { pong_wait: 1, pong_timeout: 1 } }]`,
  },
  { what: 'a group', reason: names, message: /^\$\d+ names no group/, text: route('rewrite: { from: "~a", to: /$1 }') },
  {
    what: 'a name that stands twice',
    reason: twice,
    message: /^the same name stands at /,
    text: `${route('')}\nmiddlewares: [{ name: headers }, { name: headers }]`,
  },
  {
    what: 'a host rule that stands twice',
    reason: twice,
    message: /^a rule with the same pattern and port stands at /,
    text: `${API}host_rules: [{ pattern: a }, { pattern: A. }]`,
  },
  {
    what: 'a route rule that stands twice',
    reason: twice,
    message: /^a rule with the same pattern and methods stands at /,
    text: `${API}route_rules: [{ pattern: /, target: api }, { pattern: /, target: api }]`,
  },
  {
    what: 'a service without a backend',
    reason: 'One of two keys at different depths.',
    message: /^a service needs `url` or `load_balancer\.backends`$/,
    text: 'services: { api: {} }\nroute_rules: [{ pattern: /, target: api }]',
  },
  {
    what: 'no rules',
    reason: 'Nothing is listened on; with `advanced.port` it would be.',
    message: /^no rules: write `host_rules` or `route_rules`$/,
    text: API,
  },
  {
    what: 'keys of the language itself',
    reason: 'A service may have any other name.',
    message: /^"(?:__proto__|constructor|prototype)" cannot be a key$/,
    text: `${route('')}\nservices: { constructor: { url: "http://a" } }`.replace(API, ''),
  },
  {
    what: 'a url',
    reason: grammar,
    message:
      /^(?:expected a url that begins with|is no url such as|a url has no|a backend('s url)? has no|a path in a backend's url)/,
    text: 'services: { api: { url: "ftp://a" } }\nroute_rules: [{ pattern: /, target: api }]',
  },
  {
    what: 'a Unix socket',
    reason: grammar,
    message:
      /^(?:the path of a Unix socket (?:is|has)|expected the path of a Unix socket|behind the second colon stands a path)/,
    text: 'services: { api: { url: "unix:run/app.sock" } }\nroute_rules: [{ pattern: /, target: api }]',
  },
  {
    what: 'statuses',
    reason: grammar,
    message: /^(?:expected statuses from 100 to 599, |the range \d+-\d+ ends before it begins$)/,
    text: service('health_check: { expected_status: 99 }'),
  },
  {
    what: 'the path of a probe',
    reason: grammar,
    message: /^expected a path such as "\/health"$/,
    text: service('health_check: { path: health }'),
  },
  {
    what: 'the name of a cookie',
    reason: 'What a token is stands in one place.',
    message: /^expected the name of a cookie such as /,
    text: service('sticky: { cookie: "a b" }'),
  },
  {
    what: 'how long a cookie is kept',
    reason: 'A duration has many forms.',
    message: /^must be 0 or at least 1s$/,
    text: service('sticky: { ttl: 10ms }'),
  },
  {
    what: 'a key in a service and in its load_balancer',
    reason: 'A schema could, with a rule for each key; editors would show none of it.',
    message: /^stands twice: as `\w+` of the service and as `load_balancer\.\w+`; keep one of them$/,
    text: service('retry: { attempts: 1 }, load_balancer: { retry: { attempts: 1 } }'),
  },
  {
    what: 'more connections that are ready than are kept',
    reason: 'A schema compares no numbers with each other.',
    message: /^must be at most `max_idle_connections`, which is \d+$/,
    text: `${route('')}\nadvanced: { connection_pool: { prewarm: 101 } }`,
  },
  {
    what: 'a host pattern',
    reason: grammar,
    message: /^(?:expected a host|a host pattern has no port|"\*" stands alone or first)/,
    text: `${API}host_rules: [{ pattern: "http://a" }]`,
  },
  {
    what: 'a path pattern',
    reason: grammar,
    message: /^(?:a path pattern (?:begins with|has no)|"\*" stands for a whole segment)/,
    text: `${API}route_rules: [{ pattern: a, target: api }]`,
  },
  {
    what: 'a regular expression',
    reason: 'RE2 takes it, or not.',
    message: /^(?:bad regular expression: |expected "~" and a regular expression$)/,
    text: `${API}host_rules: [{ pattern: "~(" }]`,
  },
  {
    what: 'a duration',
    reason: grammar,
    message: /^(?:expected a duration|the range ends before it begins|must be at (?:least \d+m?s|most 24d)$)/,
    text: route('timeout: { read_timeout: 5 s }'),
  },
  {
    what: 'a size',
    reason: grammar,
    message: /^(?:expected a size|must be at (?:least|most) \d+(?:[KM]iB| bytes)$)/,
    text: `${route('')}\nadvanced: { security: { max_header_size: 64kb } }`,
  },
  {
    what: 'a method',
    reason: 'The suggestion in capitals is worth more than a pattern.',
    message: /^(?:expected a method such as "GET"|methods are written in capitals)$/,
    text: route('methods: [get]'),
  },
  {
    what: 'an address or network',
    reason: grammar,
    message: /^expected an address (?:or a network )?such as /,
    text: `${route('')}\nadvanced: { bind: a }`,
  },
  {
    what: 'a header field',
    reason: 'Framing and hop-by-hop fields are a list that a middleware holds.',
    message: /^(?:".*" is no header name$|[Hh]ost is not a header to set|".*" is the proxy's own)/s,
    text: `${route('')}\nmiddlewares: [{ name: headers, config: { request: { set: { Host: a } } } }]`,
  },
  {
    what: 'the value of a header field',
    reason: 'Placeholders are a list that a middleware holds.',
    message: /^(?:a header value has no line break|there is no \{)/,
    text: `${route('')}\nmiddlewares: [{ name: headers, config: { request: { set: { A: "{a}" } } } }]`,
  },
  {
    what: 'the replacement of a regular expression',
    reason: 'Its groups are those of the expression beside it.',
    message: /^the expression has no group \$/,
    text: `${route('')}\nmiddlewares: [{ name: replace, config: { rules: [{ from: a, to: "$1", regex: true }] } }]`,
  },
  {
    what: 'a field of a log line',
    reason: 'Some are prefixes of any name.',
    message: /^there is no field "/,
    text: `${route('')}\nmiddlewares: [{ name: logging, config: { fields: [a] } }]`,
  },
  {
    what: 'a variable that is not set',
    reason: 'A schema knows no environment; so no `${NAME}` is drawn as a value.',
    message: /^the environment variable \w+ is not set/,
    text: `${route('')}\nadvanced: { port: "\${NOT_SET}" }`,
  },
  {
    what: 'a number in a quoted variable',
    reason: 'What is quoted stays text (docs/configuration.md); a schema does not see the quotes.',
    message: /^expected a number, got the text/,
    text: `${route('')}\nadvanced: { port: "\${NOT_SET:-80}" }`,
  },
];
