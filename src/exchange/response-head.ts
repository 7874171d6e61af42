import type { HeaderList } from '../protocol/http1/header-list.js';

/** The head of a response on its way to the client: middlewares may change it. */
export interface MutableResponseHead {
  status: number;
  reason: string;
  readonly headers: HeaderList;
}
