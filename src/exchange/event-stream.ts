import type { HeaderList } from '../protocol/http1/header-list.js';

const EVENT_STREAM = /^text\/event-stream\s*(?:;|$)/i;

/** True for the fields of a response that is a stream of events. */
export function isEventStream(headers: HeaderList): boolean {
  const contentType = headers.getKnown('content-type');
  return contentType !== undefined && EVENT_STREAM.test(contentType);
}
