import { describe, expect, it } from '@jest/globals';
import { CallerResolver, type DirectPeer } from './caller.js';

const CLIENT = '203.0.113.7';
const PROXY: DirectPeer = { address: '10.0.0.1', encrypted: undefined, host: 'backend', forwarded: false };
const listed = new CallerResolver({ addresses: ['10.0.0.0/8'] });

describe('Behind a listed proxy', () => {
  it('the client is who the proxy says', () => {
    const headers = {
      'x-forwarded-for': [CLIENT],
      'x-forwarded-proto': ['https'],
      'x-forwarded-host': ['a.example'],
    };
    const caller = { remoteAddress: CLIENT, secure: true, host: 'a.example', forwarded: true };
    expect(listed.resolve(PROXY, headers)).toEqual(caller);
  });

  it('a client that claims to be somebody else is not believed: the nearest address that is no listed proxy counts', () => {
    const headers = { 'x-forwarded-for': [`198.51.100.1, ${CLIENT}, 10.0.0.9`] };
    expect(listed.resolve(PROXY, headers)).toMatchObject({ remoteAddress: CLIENT });
  });

  it('what the client wrote further out need not even be readable', () => {
    const forwarded = new CallerResolver({ addresses: ['10.0.0.0/8'], header: 'forwarded' });
    expect(forwarded.resolve(PROXY, { forwarded: [`for=unknown, for=${CLIENT};proto=https`] })).toMatchObject({
      remoteAddress: CLIENT,
      secure: true,
    });
  });

  it('scheme and host are those of the hop that saw the client', () => {
    const forwarded = new CallerResolver({ addresses: ['10.0.0.0/8'], header: 'forwarded' });
    const field = `for=1.1.1.1;proto=http;host=evil, for=${CLIENT};proto=https;host=a.example, for=10.0.0.2;proto=http;host=b`;
    expect(forwarded.resolve(PROXY, { forwarded: [field] })).toEqual({
      remoteAddress: CLIENT,
      secure: true,
      host: 'a.example',
      forwarded: true,
    });
  });

  it('all of whose hops are proxies, the outermost is all that is known', () => {
    expect(listed.resolve(PROXY, { 'x-forwarded-for': ['10.0.0.3, 10.0.0.2'] })).toMatchObject({
      remoteAddress: '10.0.0.3',
    });
  });

  it("that does not tell, the address is unknown and no client's", () => {
    expect(listed.resolve(PROXY, { 'x-forwarded-for': [`${CLIENT}, unknown`] })).toMatchObject({
      remoteAddress: undefined,
      forwarded: true,
    });
  });

  it('that says nothing, it is the proxy itself that calls', () => {
    const caller = { remoteAddress: '10.0.0.1', secure: undefined, host: 'backend', forwarded: false };
    expect(listed.resolve(PROXY, {})).toEqual(caller);
  });

  it('only the fields are read that it is said to set', () => {
    const headers = { forwarded: ['for=198.51.100.1'], 'x-forwarded-for': [CLIENT] };
    expect(listed.resolve(PROXY, headers)).toMatchObject({ remoteAddress: CLIENT });
  });

  it('malformed fields and hosts are no account', () => {
    expect(listed.resolve(PROXY, { 'x-forwarded-for': ['nobody'] })).toBeUndefined();
    expect(listed.resolve(PROXY, { 'x-forwarded-for': [CLIENT], 'x-forwarded-host': ['a b'] })).toBeUndefined();
  });

  it('on a unix socket, "unix" lists it', () => {
    const unix = new CallerResolver({ addresses: ['unix'] });
    const peer = { ...PROXY, address: undefined };
    expect(unix.resolve(peer, { 'x-forwarded-for': [CLIENT] })).toMatchObject({ remoteAddress: CLIENT });
    expect(listed.resolve(peer, { 'x-forwarded-for': [CLIENT] })).toMatchObject({ remoteAddress: undefined });
  });
});

describe('From anybody else', () => {
  it.each<[string, CallerResolver]>([
    ['no proxy is listed', new CallerResolver()],
    ['another one is', new CallerResolver({ addresses: ['192.0.2.1'] })],
  ])('the fields are not believed: %s', (_what, resolver) => {
    const headers = { 'x-forwarded-for': [CLIENT], 'x-forwarded-host': ['evil'], forwarded: ['for=1.2.3.4'] };
    const caller = { remoteAddress: '10.0.0.1', secure: undefined, host: 'backend', forwarded: false };
    expect(resolver.resolve(PROXY, headers)).toEqual(caller);
  });

  it('an IPv4 address on a socket of both families is one', () => {
    const peer = { address: '::ffff:10.0.0.1', encrypted: true, host: 'a.example', forwarded: false };
    expect(new CallerResolver().resolve(peer, {})).toMatchObject({ remoteAddress: '10.0.0.1', secure: true });
    expect(listed.resolve(peer, { 'x-forwarded-for': [CLIENT] })).toMatchObject({ remoteAddress: CLIENT });
  });

  it('what a PROXY header said holds, until a listed proxy in front of that one says more', () => {
    const peer = { address: CLIENT, encrypted: false, host: 'a.example', forwarded: true };
    const caller = { remoteAddress: CLIENT, secure: false, host: 'a.example', forwarded: true };
    expect(listed.resolve(peer, { 'x-forwarded-for': ['1.1.1.1'] })).toEqual(caller);
    const further = { 'x-forwarded-for': ['1.1.1.1'], 'x-forwarded-proto': ['https'] };
    expect(listed.resolve({ ...peer, address: '10.0.0.1' }, further)).toMatchObject({
      remoteAddress: '1.1.1.1',
      secure: true,
    });
  });
});

it('a SyntaxError for fields that nobody sets', () => {
  expect(() => new CallerResolver({ addresses: [], header: 'x-real-ip' as 'forwarded' })).toThrow(SyntaxError);
});
