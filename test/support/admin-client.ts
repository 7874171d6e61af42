import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';

export interface AdminResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Asks an admin API, over a connection of its own. */
export async function askAdmin(
  address: string | null,
  method: string,
  path: string,
  { headers = {}, body }: Asked = {},
): Promise<AdminResponse> {
  assert.ok(address !== null, 'the admin API is on');
  const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? [];
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const options = {
    host: host.replace(/^\[|\]$/g, ''),
    port,
    method,
    path,
    headers: { ...type, ...headers },
    agent: false,
  };
  const request = http.request(options);
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** The same, and what is in the JSON that is answered. */
export async function askAdminJson(...asked: Parameters<typeof askAdmin>) {
  const { status, headers, text } = await askAdmin(...asked);
  assert.match(headers['content-type'] ?? '', /^application\/(problem\+)?json$/);
  return { status, ...JSON.parse(text) };
}

export const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
