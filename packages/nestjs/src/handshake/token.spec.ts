import { describe, expect, it } from '@jest/globals';
import type { HandshakeRequest } from '@nestwire/engine';
import { Handshake } from './handshake.js';
import type { TokenPlaces } from './token.js';

interface Sent {
  readonly headers?: Record<string, string[]>;
  readonly query?: string;
  readonly subprotocols?: string[];
}

function handshakeOf({ headers = {}, query = '', subprotocols = [] }: Sent): Handshake {
  const facts = { path: '/', query, host: 'h', searchParams: new URLSearchParams(query) };
  const request = { facts, target: `/?${query}`, headers, subprotocols } as unknown as HandshakeRequest;
  return new Handshake(request, {});
}

const authorization = (...lines: string[]): Sent => ({ headers: { authorization: lines } });

describe('A token', () => {
  it.each<[string, Sent, TokenPlaces | undefined, string | undefined]>([
    ['in Authorization, which is where it is looked for by default', authorization('Bearer a.b'), undefined, 'a.b'],
    ['under a scheme in any case', authorization('bEARER   a'), {}, 'a'],
    ['under another scheme', authorization('Token a'), { header: 'token' }, 'a'],
    ['under a scheme that was not asked for', authorization('Basic a'), undefined, undefined],
    ['of no characters', authorization('Bearer '), undefined, undefined],
    ['without a scheme', authorization('abc'), undefined, undefined],
    ['in two lines', authorization('Bearer a', 'Bearer b'), undefined, undefined],
    ['in Authorization, where only a cookie is asked for', authorization('Bearer a'), { cookie: 't' }, undefined],
    ['in a cookie', { headers: { cookie: ['s=1; t=a%2Eb'] } }, { cookie: 't' }, 'a.b'],
    ['in an empty cookie', { headers: { cookie: ['t='] } }, { cookie: 't' }, undefined],
    ['in a cookie of an inherited name', { headers: { cookie: ['s=1'] } }, { cookie: 'constructor' }, undefined],
    ['in the query', { query: 'x=1&t=a%2Eb' }, { query: 't' }, 'a.b'],
    ['in the query twice', { query: 't=a&t=b' }, { query: 't' }, undefined],
    ['in a subprotocol', { subprotocols: ['nestwire.v1.json', 'bearer.a.b'] }, { subprotocol: 'bearer.' }, 'a.b'],
    ['in two subprotocols', { subprotocols: ['bearer.a', 'bearer.b'] }, { subprotocol: 'bearer.' }, undefined],
    ['in a subprotocol of the mere beginning', { subprotocols: ['bearer.'] }, { subprotocol: 'bearer.' }, undefined],
    ['nowhere', {}, { header: true, cookie: 't', query: 't', subprotocol: 't.' }, undefined],
  ])('%s', (_where, sent, places, token) => {
    expect(handshakeOf(sent).token(places)).toBe(token);
  });

  it('is the first of header, cookie, query and subprotocol', () => {
    const sent = { headers: { authorization: ['Bearer 1'], cookie: ['t=2'] }, query: 't=3', subprotocols: ['t.4'] };
    const everywhere = { header: true, cookie: 't', query: 't', subprotocol: 't.' };
    const found = ['header', 'cookie', 'query', 'subprotocol'].map((_, i, names) => {
      const places = Object.fromEntries(Object.entries(everywhere).filter(([name]) => names.indexOf(name) >= i));
      return handshakeOf(sent).token(places);
    });
    expect(found).toEqual(['1', '2', '3', '4']);
  });

  it('is not in what a handshake says of itself', () => {
    const secret = { headers: { authorization: ['Bearer secret'], cookie: ['t=secret'] }, query: 't=secret' };
    expect(JSON.stringify(handshakeOf({ ...secret, subprotocols: ['secret'] }))).not.toContain('secret');
  });
});

describe('A principal', () => {
  it.each<[unknown]>([
    [{}],
    [{ userId: -1 }],
    [{ userId: '' }],
    [{ userId: 1, expiresAt: 1_800_000_000 }],
    [{ userId: 1, expiresAt: NaN }],
  ])('is none, and a TypeError: %j', (principal) => {
    const handshake = handshakeOf({});
    expect(() => (handshake.principal = principal as never)).toThrow(TypeError);
    expect(handshake.principal).toBeUndefined();
  });

  it.each([
    { userId: 0 },
    { userId: 'ann', role: 'admin' },
    { userId: 1, expiresAt: new Date() },
    { userId: 1, expiresAt: Infinity },
  ])('is one: %j', (principal) => {
    const handshake = handshakeOf({});
    handshake.principal = principal;
    expect(handshake.principal).toBe(principal);
  });
});
