import { connectionOptionsOf } from '../protocol/http1/connection-options.js';
import { plainContentLength } from '../protocol/http1/content-length.js';
import { HeaderList } from '../protocol/http1/header-list.js';
import { isHopByHop } from '../protocol/http1/hop-by-hop.js';

/** The fields of a backend's response that go on to the client: all but those that end at this hop. */
export function endToEndHeaders(headers: HeaderList): HeaderList {
  const named = connectionOptionsOf(headers).names;
  const list = new HeaderList();
  for (let index = 0; index < headers.size; index++) {
    const line = headers.lineAt(index);
    const name = line.lower;
    if (isHopByHop(name) || (named.length > 0 && named.includes(name) && name !== 'content-length')) continue;
    list.appendLine(name === 'content-length' ? plainContentLength(line) : line);
  }
  return list;
}
