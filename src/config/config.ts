import { z } from 'zod';
import { advancedSchema } from './schema-advanced.js';
import { middlewareSchema, middlewareServiceSchema } from './schema-middleware.js';
import { hostRuleSchema, routeRuleSchema } from './schema-rule.js';
import { serviceSchema } from './schema-service.js';
import { section } from './section.js';

/**
 * The configuration language: what a file may say, and what it comes to. Durations are milliseconds, sizes bytes, keys
 * are as written, defaults are filled in. Whether names that are used exist is checked by `loadConfig`, which also puts
 * parsed options into each `config`.
 */
export const configSchema = section({
  config_dir: z
    .string()
    .min(1)
    .optional()
    .describe('A directory, relative to the main file, whose `*.yaml`, `*.yml` and `*.json` are read too.'),
  services: z
    .record(z.string(), serviceSchema)
    .prefault({})
    .describe(
      'Named groups of backends. What a service says of them stands beside its `url` or in its `load_balancer`, each key in one place.',
    ),
  host_rules: z.array(hostRuleSchema).prefault([]).describe('Rules for hosts.'),
  route_rules: z.array(routeRuleSchema).prefault([]).describe('Rules for paths where no host rule matches.'),
  middlewares: z.array(middlewareSchema).prefault([]).describe('Types that are put to use under their own name.'),
  middleware_services: z.array(middlewareServiceSchema).prefault([]).describe('Named instances of types.'),
  advanced: advancedSchema.prefault({}).describe('What holds for the whole process.'),
}).transform(({ config_dir: _, ...config }) => ({
  ...config,
  host_rules: config.host_rules.map((rule) => ({ ...rule, port: rule.port ?? config.advanced.port })),
  /** Made by what the environment says of all: each runs for every rule whose chain has no other of its type. */
  environment_middlewares: [] as readonly EnvironmentMiddleware[],
}));

interface EnvironmentMiddleware {
  readonly name: string;
  readonly type: string;
  readonly config: unknown;
}

/** A whole configuration, checked: plain immutable data. */
export type Config = z.output<typeof configSchema>;
export type ServiceConfig = Config['services'][string];
export type BackendConfig = ServiceConfig['load_balancer']['backends'][number];
/** `port` is always there: where the rule names none, it is `advanced.port`. */
export type HostRuleConfig = Config['host_rules'][number];
export type RouteRuleConfig = Config['route_rules'][number];
/** `config` holds the options as the type's schema parsed them. */
export type MiddlewareConfig = Config['middlewares'][number];
export type MiddlewareServiceConfig = Config['middleware_services'][number];
export type AdvancedConfig = Config['advanced'];
