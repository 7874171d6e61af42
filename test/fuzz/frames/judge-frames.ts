import { type Judged, judgeWithWs } from '../../unit/protocol/websocket/ws-receiver.js';

// Inflates to what it is given: compression is not judged here, but the bit is.
const decompress = (payload: Buffer, _fin: boolean, done: (error: null, payload: Buffer) => void): void => {
  setImmediate(done, null, payload);
};

/** Has `ws` read frames, without a look at UTF-8: that is the endpoints'. */
export function judgeFrames(bytes: Buffer, masked: boolean, deflate: boolean): Promise<Judged> {
  const extensions = deflate ? { 'permessage-deflate': { decompress } } : {};
  return judgeWithWs(bytes, masked, extensions, { skipUTF8Validation: true });
}
