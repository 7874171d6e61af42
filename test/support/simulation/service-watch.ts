import { Service } from '../../../src/service/service.js';
import type { ServiceJudge } from './service-judge.js';

/** Shows a judge every choice of a backend, until what it returns is called. */
export function watchServices(judge: ServiceJudge): () => void {
  const { acquire, stopWaiting, useBackends, wait } = Service.prototype;
  Service.prototype.useBackends = function (backends) {
    for (const backend of backends) judge.modelOf(backend);
    useBackends.call(this, backends);
  };
  Service.prototype.acquire = function (wish) {
    return judge.chosen(this, wish, () => acquire.call(this, wish));
  };
  Service.prototype.wait = function (waiter) {
    judge.waitBegun(this, waiter);
    wait.call(this, waiter);
  };
  Service.prototype.stopWaiting = function (waiter) {
    judge.waitEnded(waiter);
    stopWaiting.call(this, waiter);
  };
  return () => Object.assign(Service.prototype, { acquire, stopWaiting, useBackends, wait });
}
