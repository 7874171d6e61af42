import type { KnownDifference } from '../known-difference.js';
import { refusesExtension } from './chunk-extension.js';
import type { JudgedResponse } from './llhttp-client.js';
import type { ReadResponse } from './read-response.js';

/** Where we and llhttp differ in responses that we accept. */
export const responseDifferences: readonly KnownDifference<ReadResponse, JudgedResponse>[] = [
  {
    what: 'a chunk extension beside the grammar',
    reason:
      'It ends with its line for both, which is what matters. Ours goes on without any extension, and spaces around its parts are right (RFC 9112 section 7.1.1).',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 ;<\r\na\r\n0\r\n\r\n',
    explains: (bytes, _, { reason }) => refusesExtension(bytes, reason),
  },
  {
    what: 'a 1xx that says close, or is HTTP/1.0',
    reason:
      'It speaks of the connection behind the final response (RFC 9112 section 9.6), which llhttp does not read any more.',
    bytes: 'HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    explains: (_, ours, { fault }) =>
      fault === 'HPE_CLOSED_CONNECTION' &&
      ours.informational.some(
        ({ version, fields }) => version === '1.0' || fields.some((value) => /^(?:.*,)?[ \t]*close/i.test(value)),
      ),
  },
];
