/** Behaviours that are not played where a side speaks TLS: their subject is TCP itself, or they cost too much there. */
export const tlsExclusions: ReadonlyMap<string, string> = new Map([
  [
    'past max_connections a new connection is closed at once, with one warning a second',
    'a connection that is closed at accept never gets through its handshake: the test could not connect',
  ],
  ['max_connections follows', 'likewise'],
  [
    'not more than 64 requests are begun in one turn, and others get theirs in between',
    'counted per chunk, and TLS cuts what one read brings into records: one read of 64 KiB is the bound then',
  ],
  [
    'a lingering close gives up after 2 s',
    'the 2 s begin when the queue is empty, which is seen one sweep later: the response is encrypted on its way',
  ],
  [
    'a client that reads nothing has no more requests begun than it takes responses',
    '33 MB through one slow test peer',
  ],
  ['so are the 404 of tens of thousands of requests', '11 MB through one slow test peer'],
]);
