const meanings: Readonly<Record<number, string>> = {
  1000: 'all is done',
  1001: 'going away',
  1002: 'the protocol was broken',
  1003: 'this kind of message is not taken',
  1005: 'no code was given',
  1006: 'the connection ended without a Close',
  1007: 'a text was not UTF-8',
  1008: 'against the policy of the server',
  1009: 'a message was too big',
  1010: 'the server lacks an extension',
  1011: 'something behind the server failed',
  1012: 'the server restarts: come back in a moment',
  1013: 'the server is overloaded: come back later',
  1014: 'a server behind this one failed',
};

/** What a close code says (RFC 6455 section 7.4.1, and the registry). */
export function closeMeaning(code: number): string {
  return meanings[code] ?? (code >= 4000 ? 'a code of the application' : 'a registered code of a library');
}
