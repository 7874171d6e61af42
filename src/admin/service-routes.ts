import { z } from 'zod';
import type { BackendOrder } from '../exchange/service-view.js';
import type { AdminHost } from './admin-host.js';
import { type Answer, json, Problem } from './answer.js';
import type { AdminRequest } from './request.js';

const changeBody = z.strictObject({
  active: z.boolean().nullable().optional(),
  weight: z.int().min(0).nullable().optional(),
});

/** Every service of the configuration that serves, with its backends as they are. */
export function listServices(request: AdminRequest, host: AdminHost): Answer {
  request.query([]);
  return json({ services: host.services() });
}

/** Says something of a backend instead of the configuration, until that is taken back. */
export async function changeBackend(
  request: AdminRequest,
  host: AdminHost,
  service: string,
  backend: string,
): Promise<Answer> {
  request.query([]);
  const { active, weight } = await request.body(changeBody);
  if (active === undefined && weight === undefined) {
    throw new Problem(400, 'say `active`, `weight`, or both; null: as the configuration says');
  }
  const order: BackendOrder = {
    ...(active === undefined ? {} : { active }),
    ...(weight === undefined ? {} : { weight }),
  };
  const changed = host.changeBackends(service, backend, order);
  if (changed === null) throw new Problem(404, `there is no service "${service}"`);
  if (changed.length === 0) {
    throw new Problem(404, `service "${service}" has no backend with the id or the url "${backend}"`);
  }
  return json({ backends: changed });
}
