import type { KnownDifference } from '../known-difference.js';
import { refusesExtension } from './chunk-extension.js';
import type { JudgedRequests } from './llhttp-server.js';
import type { ReadRequests } from './read-requests.js';

/** Where we and llhttp differ in requests that we accept. */
export const requestDifferences: readonly KnownDifference<ReadRequests, JudgedRequests>[] = [
  {
    what: 'a connection option with a tab beside it',
    reason:
      'RFC 9110 section 5.6.3: a tab is white space as a space is; llhttp does not see the option. No backend reads this Connection: it ends here.',
    agreesFrom: '9.4.0',
    bytes: 'GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\t\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    explains: (bytes, _, { fault }) => fault === 'HPE_CLOSED_CONNECTION' && /^connection:.*\t/im.test(bytes),
  },
  {
    what: 'Proxy-Connection',
    reason:
      'RFC 9112 section C.2.2: it means nothing and ends here. llhttp takes it for a Connection, and closes where it says so.',
    bytes: 'GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    explains: (bytes, _, { fault }) => fault === 'HPE_CLOSED_CONNECTION' && /^proxy-connection:.*close/im.test(bytes),
  },
  {
    what: 'a chunk extension beside the grammar',
    reason:
      'It ends with its line for both, which is what matters. Ours goes on without any extension, and spaces around its parts are right (RFC 9112 section 7.1.1).',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 ;<\r\na\r\n0\r\n\r\n',
    explains: (bytes, _, { reason }) => refusesExtension(bytes, reason),
  },
  {
    what: 'a request behind an Upgrade that is not taken',
    reason:
      'Whoever does not take an offer goes on with HTTP/1.1 (RFC 9110 section 7.8), as curl --http2 expects; Node drops what follows it in the chunk.',
    bytes: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
    explains: (_, ours, { fault, requests }) =>
      fault === null && requests.length < ours.requests.length && offers(requests),
  },
];

function offers(requests: JudgedRequests['requests']): boolean {
  return requests.at(-1)?.fields.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'upgrade') ?? false;
}
