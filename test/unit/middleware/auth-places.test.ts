import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redactQuery } from '../../../src/exchange/redact.js';
import { goodToken, SECRET } from '../../support/tokens.js';
import { type AuthStage, authStage, bearing, handshakeOf, verdict, verdictOn } from './auth-stage.js';
import { fakeExchange } from './fake-exchange.js';

const ann = goodToken();
const bob = goodToken({ sub: 'bob' });
const secretly = (more: object = {}): AuthStage => authStage({ jwt_secret: SECRET, ...more });
const NONE = 'unauthenticated gate: no credential';
const everywhere = secretly({ token_cookie: 'session', token_query: 'access_token', token_subprotocol: true });
const offering = (...offers: string[]) => ({ headers: [['Sec-WebSocket-Protocol', offers.join(', ')] as const] });
const asking = (query: string) => ({ target: `/x${query}` });

describe('a token in a field', () => {
  it('stands there with Bearer in any case, or alone', async () => {
    for (const value of [`Bearer ${ann}`, `bearer ${ann}`, `BEARER   ${ann}`, ann]) {
      assert.equal(await verdict(secretly(), { headers: [['Authorization', value]] }), 'ann');
    }
    assert.match(await verdict(secretly(), { headers: [['Authorization', 'Bearer']] }), /no JSON Web Token/);
  });

  it('of another scheme is none', async () => {
    const basic = { headers: [['Authorization', 'Basic YTpi'] as const] };
    assert.equal(await verdict(secretly(), basic), NONE);
    assert.equal(await verdict(secretly({ require_auth: false }), basic), 'nobody');
  });

  it('stands in token_header where that names another, and in no other', async () => {
    const own = secretly({ token_header: 'X-Token' });
    assert.equal(await verdict(own, { headers: [['X-Token', ann]] }), 'ann');
    assert.equal(await verdict(own, bearing(ann)), NONE);
  });
});

describe('a token in a cookie', () => {
  it('is read, and goes on to the backend', async () => {
    const { exchange } = fakeExchange({ headers: [['Cookie', `a=b; session=${ann}`]] });
    assert.equal(await verdictOn(everywhere, exchange), 'ann');
    assert.equal(exchange.backendRequest.headers.get('cookie'), `a=b; session=${ann}`);
  });

  it('twice is a fault; under another name it is none', async () => {
    const twice = { headers: [['Cookie', `session=${ann}; session=${bob}`] as const] };
    assert.equal(await verdict(everywhere, twice), 'unauthenticated gate: there are 2 cookies session');
    assert.equal(await verdict(everywhere, { headers: [['Cookie', `xsession=${ann}; session=`]] }), NONE);
  });
});

describe('a token in a query', () => {
  it('is read, and taken out of what goes to the backend, which else stays as it was', async () => {
    for (const [query, left] of [
      [`?access_token=${ann}`, ''],
      [`?a=1&access_token=${ann}&b=%20+&&c`, '?a=1&b=%20+&&c'],
      [`?%61ccess_token=${ann}&access_tokens=1&Access_Token=2`, '?access_tokens=1&Access_Token=2'],
    ] as const) {
      const { exchange } = fakeExchange(asking(query));
      assert.equal(await verdictOn(everywhere, exchange), 'ann');
      assert.equal(exchange.backendRequest.target, `/x${left}`);
    }
  });

  it('is taken out of a target that was rewritten, too, and where another token counts', async () => {
    const { exchange } = fakeExchange({ ...asking(`?access_token=${bob}`), ...bearing(ann) });
    exchange.backendRequest.target = `/rewritten?access_token=${bob}&x=1`;
    assert.equal(await verdictOn(everywhere, exchange), 'ann');
    assert.equal(exchange.backendRequest.target, '/rewritten?x=1');
  });

  it('twice is a fault', async () => {
    const twice = asking(`?access_token=${ann}&access_token=${ann}`);
    assert.equal(await verdict(everywhere, twice), 'unauthenticated gate: there are 2 parameters access_token');
  });

  it('is shown by no log line, whatever is in it', () => {
    assert.equal(redactQuery('/x?api_key=a;b=c;d&page=4'), '/x?api_key=[redacted]&page=4');
    assert.equal(redactQuery('/x?a=1;token=x;b=2&c=3;4#t'), '/x?a=1;token=[redacted]&c=3;4#t');
  });

  it('has a name that no log line shows', () => {
    assert.equal(
      redactQuery('/x?session_token=1&MyToken=2&to%6ben=3&page=4'),
      '/x?session_token=[redacted]&MyToken=[redacted]&to%6ben=[redacted]&page=4',
    );
  });
});

describe('a token in a WebSocket offer', () => {
  it('is read, and taken out of the offer', async () => {
    const exchange = handshakeOf(offering('chat.v2', `bearer.${ann}`, 'chat.v1'));
    assert.equal(await verdictOn(everywhere, exchange), 'ann');
    assert.deepEqual(exchange.upgradeOffer?.subprotocols, ['chat.v2', 'chat.v1']);
    assert.deepEqual(exchange.backendRequest.headers.getAll('Sec-WebSocket-Protocol'), ['chat.v2, chat.v1']);
  });

  it('alone is refused, whatever it is', async () => {
    for (const token of [ann, 'x']) {
      const said = await verdictOn(everywhere, handshakeOf(offering(`bearer.${token}`)));
      assert.equal(said, 'subprotocol-missing a token is all that is offered');
    }
  });

  it('twice is a fault; of another word it is a subprotocol', async () => {
    const twice = handshakeOf(offering('chat', `bearer.${ann}`, `bearer.${bob}`));
    assert.equal(await verdictOn(everywhere, twice), 'unauthenticated gate: there are 2 offered tokens');
    const own = secretly({ token_subprotocol: 'base64url.bearer.authorization.k8s.io' });
    const named = handshakeOf(offering(`base64url.bearer.authorization.k8s.io.${ann}`, 'v4.channel.k8s.io'));
    assert.equal(await verdictOn(own, named), 'ann');
    const other = handshakeOf(offering('chat', `bearer.${ann}`));
    assert.equal(await verdictOn(own, other), NONE);
    assert.deepEqual(other.upgradeOffer?.subprotocols, ['chat', `bearer.${ann}`]);
  });

  it('is found where a websocket middleware has narrowed the offer before', async () => {
    const exchange = handshakeOf(offering('chat', `bearer.${ann}`));
    if (exchange.upgradeOffer !== null) exchange.upgradeOffer = { ...exchange.upgradeOffer, subprotocols: ['chat'] };
    assert.equal(await verdictOn(everywhere, exchange), 'ann');
    assert.deepEqual(exchange.upgradeOffer?.subprotocols, ['chat']);
  });

  it('is nothing to a plain request, nor where token_subprotocol is not written', async () => {
    assert.equal(await verdictOn(everywhere, fakeExchange(offering('chat', `bearer.${ann}`)).exchange), NONE);
    assert.equal(await verdictOn(secretly(), handshakeOf(offering('chat', `bearer.${ann}`))), NONE);
  });
});

describe('where tokens stand in several places', () => {
  it('the field goes before the offer, then the query, then the cookie', async () => {
    const of = (sub: string) => goodToken({ sub });
    const all = {
      target: `/?access_token=${of('query')}`,
      headers: [
        ['Authorization', of('field')],
        ['Sec-WebSocket-Protocol', `chat, bearer.${of('offer')}`],
        ['Cookie', `session=${of('cookie')}`],
      ] as [string, string][],
    };
    assert.equal(await verdictOn(everywhere, handshakeOf(all)), 'field');
    all.headers.shift();
    assert.equal(await verdictOn(everywhere, handshakeOf(all)), 'offer');
    all.headers.shift();
    assert.equal(await verdictOn(everywhere, handshakeOf(all)), 'query');
    assert.equal(await verdictOn(everywhere, handshakeOf({ ...all, target: '/' })), 'cookie');
  });
});

describe('judging without sending', () => {
  const judged = (stage: AuthStage, request: object): string => {
    try {
      stage.middleware.judge?.(fakeExchange(request).exchange);
      return 'passes';
    } catch (error) {
      return String((error as { code: unknown }).code);
    }
  };

  it('says what can be said at once, and leaves a signature open', () => {
    assert.equal(judged(everywhere, {}), 'unauthenticated');
    assert.equal(judged(everywhere, bearing('x')), 'unauthenticated');
    assert.equal(judged(everywhere, bearing(goodToken({}, 'another'))), 'passes');
    const keys = authStage({ keys: [{ name: 'ci', key: 'a-key-of-16-chars' }], require_roles: ['admin'] });
    assert.equal(judged(keys, { headers: [['X-API-Key', 'another']] }), 'unauthenticated');
    assert.equal(judged(keys, { headers: [['X-API-Key', 'a-key-of-16-chars']] }), 'forbidden');
    const users = authStage({ users: [{ username: 'ann', password: 'secret' }] });
    const basic = (text: string) => ({ headers: [['Authorization', `Basic ${Buffer.from(text).toString('base64')}`]] });
    assert.equal(judged(users, basic('ann:other')), 'unauthenticated');
    assert.equal(judged(users, basic('ann:secret')), 'passes');
  });
});
