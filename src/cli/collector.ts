import { setFlagsFromString } from 'node:v8';

/**
 * V8 takes what lives through two collections of the young, as requests in flight do under load, for a reason to make
 * the next ones old from the start. Dead old objects then keep what they point to, and the collector copies whole
 * exchanges that ended long ago: measured, an eighth of the processor. To be called before there is a request.
 */
export function keepRequestsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
