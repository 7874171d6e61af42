import type { HeaderList } from '../protocol/http1/header-list.js';
import type { MakeTransforms } from './body-transform.js';

/** The head of a response on its way to the client: middlewares may change it. */
export interface MutableResponseHead {
  status: number;
  reason: string;
  readonly headers: HeaderList;
  /** What its body is to pass through; not there: it passes as it is. `transformBody` adds to it. */
  transforms?: MakeTransforms[];
}
