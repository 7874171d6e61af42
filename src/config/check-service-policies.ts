import type { Finding } from './problem.js';
import { entriesOf, fieldOf } from './raw-value.js';
import { POLICY_KEYS } from './schema-service-policies.js';

/** Keys that stand in a service and in its `load_balancer` too. Works on values as read, whatever their types. */
export function checkPolicyPlaces(value: unknown): Finding[] {
  return entriesOf(fieldOf(value, 'services')).flatMap(([name, service]) => {
    const balancer = fieldOf(service, 'load_balancer');
    return POLICY_KEYS.flatMap((key): Finding[] => {
      if (fieldOf(service, key) === undefined || fieldOf(balancer, key) === undefined) return [];
      const message = `stands twice: as \`${key}\` of the service and as \`load_balancer.${key}\`; keep one of them`;
      return [{ path: ['services', name, key], at: 'key', message }];
    });
  });
}
