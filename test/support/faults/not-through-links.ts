/** Behaviours that fault proxies between make another: by name, why. */
export const notThroughLinks: Readonly<Record<string, string>> = {
  'a chunked body reaches the backend in its chunks': 'a chunk line that comes in two reads is written anew',
  'not more than 64 requests are begun in one turn, and others get theirs in between':
    'it is about turns of the event loop, and links take some of their own',
  'every message that waits for its token is counted':
    'one that comes late, byte by byte, finds its token there and waits for none',
  'what the client sent ahead of the 101, and the backend behind it, are scanned too':
    'it is about what both sides sent coming in one read with their heads',
  'what can be told of a body is told at once, and only what may begin a match is held':
    'what goes on is framed as it came, byte by byte: the test looks for whole words in a chunk',
};
