import { describe, expect, it } from '@jest/globals';
import { proxyFor } from './proxy-options.js';

const WS = new URL('ws://example.com/');
const WSS = new URL('wss://example.com/');

/** Where the environment leads, as `host:port`. */
function led(environment: NodeJS.ProcessEnv, target = WS): string | undefined {
  const proxy = proxyFor(target, undefined, environment);
  return proxy && `${proxy.host}:${String(proxy.port)}`;
}

describe('The environment', () => {
  it.each([
    [{}, undefined, undefined],
    [{ http_proxy: 'http://a:1' }, 'a:1', undefined],
    [{ HTTPS_PROXY: 'http://a:1' }, undefined, 'a:1'],
    [{ http_proxy: 'http://a:1', HTTP_PROXY: 'http://b:2' }, 'a:1', undefined],
    [{ ALL_PROXY: 'http://a:1', https_proxy: 'https://b' }, 'a:1', 'b:443'],
    [{ http_proxy: '', all_proxy: 'a:3128' }, 'a:3128', 'a:3128'],
    [{ all_proxy: 'http://a:1', no_proxy: 'example.com' }, undefined, undefined],
    [{ all_proxy: 'http://a:1', NO_PROXY: '.com' }, undefined, undefined],
    [{ all_proxy: 'http://[::1]:1', no_proxy: '', NO_PROXY: '*' }, '::1:1', '::1:1'],
    // Under CGI it is whatever the one who asks has sent as the header Proxy.
    [{ HTTP_PROXY: 'http://a:1', REQUEST_METHOD: 'GET' }, undefined, undefined],
    [{ http_proxy: 'http://a:1', REQUEST_METHOD: 'GET' }, 'a:1', undefined],
  ])('%j', (environment, ws, wss) => {
    expect(led(environment, WS)).toBe(ws);
    expect(led(environment, WSS)).toBe(wss);
  });

  it('is not asked where the caller has decided', () => {
    const environment = { all_proxy: 'http://a:1', no_proxy: '*' };
    expect(proxyFor(WS, false, { all_proxy: 'http://a:1' })).toBeUndefined();
    expect(proxyFor(WS, 'http://b:2', environment)).toMatchObject({ host: 'b', port: 2, tls: undefined });
    expect(proxyFor(WS, new URL('https://b'), environment)).toMatchObject({ host: 'b', port: 443, tls: {} });
  });
});

describe('Credentials', () => {
  it('are percent-encoded UTF-8 in the URL, and Basic in a header (RFC 7617)', () => {
    const { headers } = proxyFor(WS, 'http://us%C3%A9r:p%40ss@b') ?? {};
    expect(headers).toEqual({ 'Proxy-Authorization': `Basic ${Buffer.from('usér:p@ss').toString('base64')}` });
  });

  it('give way to the header that is asked for', () => {
    const asked = { url: 'http://u:p@b', headers: { 'Proxy-Authorization': 'Bearer x', 'X-Team': 'a' } };
    expect(proxyFor(WS, asked)?.headers).toEqual({ 'Proxy-Authorization': 'Bearer x', 'X-Team': 'a' });
  });
});

it.each([
  'socks5://user:secret@b',
  'not a url:secret',
  'http://user:secret%ff@b',
  'http://us%3Aer:secret@b',
  'ftp://secret@b',
])('%s is a SyntaxError that keeps the secret', (url) => {
  for (const proxy of [() => proxyFor(WS, url), () => proxyFor(WS, undefined, { all_proxy: url })]) {
    expect(proxy).toThrow(SyntaxError);
    expect(proxy).not.toThrow(/secret/);
  }
});

describe('What can not be asked for', () => {
  it.each([
    [{ 'X-Secret': 'a\r\nb-secret' }],
    [{ 'X Secret': 'b-secret' }],
    [{ Host: 'b-secret' }],
    [{ 'Content-Length': 'b-secret' }],
    [{ connection: 'b-secret' }],
  ])('headers for the proxy like %j', (headers) => {
    const proxy = () => proxyFor(WS, { url: 'http://b', headers: headers });
    expect(proxy).toThrow(SyntaxError);
    expect(proxy).not.toThrow(/b-secret/);
  });

  it.each([null, true, 3128])('%s instead of a proxy', (proxy) => {
    expect(() => proxyFor(WS, proxy as unknown as string, {})).toThrow(TypeError);
  });

  it('TLS options that TLS can’t use', () => {
    expect(() => proxyFor(WS, { url: 'https://b', tls: { ca: 'none', cert: 'none' } })).toThrow(TypeError);
  });
});
