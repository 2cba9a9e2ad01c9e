import { describe, expect, it } from '@jest/globals';
import type { HeaderLines } from './headers.js';
import { asksForWebSocket, parseTarget, type UpgradeRequest, validateRequest } from './request.js';

/** The handshake of §1.2. */
const HEADERS: HeaderLines = {
  host: ['server.example.com'],
  upgrade: ['websocket'],
  connection: ['Upgrade'],
  'sec-websocket-key': ['dGhlIHNhbXBsZSBub25jZQ=='],
  origin: ['http://example.com'],
  'sec-websocket-protocol': ['chat, superchat'],
  'sec-websocket-version': ['13'],
};

const REQUEST: UpgradeRequest = {
  method: 'GET',
  httpVersionMajor: 1,
  httpVersionMinor: 1,
  target: '/chat?room=1',
  headers: HEADERS,
};

const withHeaders = (headers: HeaderLines): UpgradeRequest => ({ ...REQUEST, headers: { ...HEADERS, ...headers } });

/** 'ok', or the status of the refusal. */
function statusOf(request: UpgradeRequest): number | 'ok' {
  const result = validateRequest(request);
  return result.ok ? 'ok' : result.refusal.status;
}

function refusalHeadersOf(request: UpgradeRequest): Readonly<Record<string, string>> | undefined {
  const result = validateRequest(request);
  return result.ok ? undefined : result.refusal.headers;
}

describe('Opening handshake, server side (RFC 6455 §4.2.1)', () => {
  it('reads what the client says', () => {
    expect(validateRequest(REQUEST)).toEqual({
      ok: true,
      handshake: {
        key: 'dGhlIHNhbXBsZSBub25jZQ==',
        host: 'server.example.com',
        target: { path: '/chat', query: 'room=1' },
        subprotocols: ['chat', 'superchat'],
        extensions: [],
      },
    });
  });

  it('reads the extensions that are offered, and refuses what is none (§9.1)', () => {
    const offering = (...lines: string[]) =>
      validateRequest({ ...REQUEST, headers: { ...REQUEST.headers, 'sec-websocket-extensions': lines } });
    expect(offering('foo; a=1', 'bar')).toMatchObject({
      ok: true,
      handshake: { extensions: [{ name: 'foo', parameters: [{ name: 'a', value: '1' }] }, { name: 'bar' }] },
    });
    expect(offering('foo bar')).toMatchObject({ ok: false, refusal: { status: 400 } });
  });

  describe('method and HTTP version: "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1"', () => {
    it.each(['POST', 'PUT', 'HEAD', 'OPTIONS', 'CONNECT', 'get', ''])('405 for the method "%s"', (method) => {
      expect(statusOf({ ...REQUEST, method })).toBe(405);
      // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response."
      expect(refusalHeadersOf({ ...REQUEST, method })).toEqual({ Allow: 'GET' });
    });

    it.each([
      [0, 9, 505],
      [1, 0, 505],
      [1, 1, 'ok'],
      [1, 2, 'ok'],
      [2, 0, 'ok'],
    ])('HTTP/%i.%i: %p', (httpVersionMajor, httpVersionMinor, status) => {
      expect(statusOf({ ...REQUEST, httpVersionMajor, httpVersionMinor })).toBe(status);
    });
  });

  describe('Upgrade', () => {
    it.each([
      [['websocket'], 'ok'],
      [['WebSocket'], 'ok'],
      [['WEBSOCKET'], 'ok'],
      [['h2c, websocket'], 'ok'],
      [['h2c', 'websocket'], 'ok'],
      [['h2c'], 426],
      [['websockets'], 426],
      [['websocket/13'], 426],
      [[''], 426],
      [undefined, 426],
    ])('%j: %p', (upgrade, status) => {
      expect(statusOf(withHeaders({ upgrade }))).toBe(status);
      expect(asksForWebSocket({ upgrade })).toBe(status === 'ok');
    });

    it('says in the 426 to what (RFC 9110 §15.5.22)', () => {
      expect(refusalHeadersOf(withHeaders({ upgrade: undefined }))).toEqual({
        Upgrade: 'websocket',
        Connection: 'Upgrade, close',
      });
    });
  });

  describe('Connection', () => {
    it.each([
      [['Upgrade'], 'ok'],
      [['upgrade'], 'ok'],
      [['keep-alive, Upgrade'], 'ok'],
      [['keep-alive', 'Upgrade'], 'ok'],
      [['keep-alive,UPGRADE'], 'ok'],
      [['keep-alive'], 400],
      [['close'], 400],
      [['Upgraded'], 400],
      [[''], 400],
      [undefined, 400],
    ])('%j: %p', (connection, status) => {
      expect(statusOf(withHeaders({ connection }))).toBe(status);
    });
  });

  describe('Host', () => {
    it.each([
      [['server.example.com'], 'ok'],
      [['server.example.com:8080'], 'ok'],
      [['server.example.com:'], 'ok'],
      [['localhost'], 'ok'],
      [['127.0.0.1:9001'], 'ok'],
      [['[::1]'], 'ok'],
      [['[::1]:9001'], 'ok'],
      [['[2001:db8::1]:443'], 'ok'],
      [['[::ffff:127.0.0.1]'], 'ok'],
      [['xn--bcher-kva.example'], 'ok'],
      [undefined, 400],
      [[], 400],
      [[''], 400],
      [['a.example', 'b.example'], 400],
      [['a.example', 'a.example'], 400],
      [['a.example, b.example'], 400],
      [['a.example b.example'], 400],
      [['http://a.example'], 400],
      [['a.example/path'], 400],
      [['user@a.example'], 400],
      [['a.example?x'], 400],
      [['a.example#x'], 400],
      [['a.example:http'], 400],
      [['a.example:123456'], 400],
      [['::1'], 400],
      [['[::1'], 400],
      [['[::1]x'], 400],
      [[':8080'], 400],
      [['bücher.example'], 400],
      [['a.example\r\n'], 400],
    ])('%j: %p', (host, status) => {
      expect(statusOf(withHeaders({ host }))).toBe(status);
    });
  });

  describe('Request-target', () => {
    it.each([
      ['/', '/', ''],
      ['/chat', '/chat', ''],
      ['/chat?', '/chat', ''],
      ['/chat?a=1&b=2', '/chat', 'a=1&b=2'],
      ['/chat?a?b', '/chat', 'a?b'],
      ['/a/../b//c', '/a/../b//c', ''],
      ['//chat', '//chat', ''],
      ['/ch%61t%23?q=%20', '/ch%61t%23', 'q=%20'],
      ['http://server.example.com/chat', '/chat', ''],
      ['http://server.example.com:8080/chat?a=1', '/chat', 'a=1'],
      ['https://server.example.com/chat', '/chat', ''],
      ['HTTP://server.example.com/chat', '/chat', ''],
      ['http://server.example.com', '/', ''],
      ['http://server.example.com?a=1', '/', 'a=1'],
      ['http://[::1]:8080/chat', '/chat', ''],
      ['/http://a.example/', '/http://a.example/', ''],
    ])('%s is the path %s and the query "%s"', (target, path, query) => {
      expect(parseTarget(target)).toMatchObject({ path, query });
      const result = validateRequest({ ...REQUEST, target });
      expect(result.ok && result.handshake.target).toMatchObject({ path, query });
    });

    it.each([
      ['http://other.example:8080/chat', 'other.example:8080'],
      ['https://[::1]?a', '[::1]'],
      ['/chat', 'server.example.com'],
    ])('%s asks for %s (RFC 9112 §3.2.2)', (target, host) => {
      const result = validateRequest({ ...REQUEST, target });
      expect(result.ok && result.handshake.host).toBe(host);
    });

    it.each(['http://user@server.example.com/', 'http://a:b:c/', 'http://[::1/'])(
      '400 for the authority of %s',
      (target) => {
        expect(statusOf({ ...REQUEST, target })).toBe(400);
      },
    );

    it.each([
      ['a fragment (§3)', '/chat#room'],
      ['a fragment behind a query', '/chat?a=1#room'],
      ['an empty fragment', '/chat#'],
      ['a fragment of an absolute URI', 'http://server.example.com/chat#room'],
      ['a fragment behind an authority', 'http://server.example.com#room'],
      ['nothing', ''],
      ['no path', 'chat'],
      ['asterisk-form', '*'],
      ['authority-form', 'server.example.com:80'],
      ['another scheme', 'ftp://server.example.com/chat'],
      ['ws itself: "an HTTP/HTTPS URI"', 'ws://server.example.com/chat'],
      ['an absolute URI without an authority', 'http:///chat'],
      ['a space', '/a b'],
      ['a control character', '/a\u0000b'],
      ['a line feed', '/chat\n'],
      ['DEL', '/a\u007fb'],
      ['no ASCII', '/ä'],
    ])('400 for %s', (_what, target) => {
      expect(parseTarget(target)).toBeUndefined();
      expect(statusOf({ ...REQUEST, target })).toBe(400);
    });
  });

  describe('a body, which would be taken for frames', () => {
    it.each([
      [{ 'content-length': ['0'] }, 'ok'],
      [{ 'content-length': ['00'] }, 'ok'],
      [{ 'content-length': ['1'] }, 400],
      [{ 'content-length': ['10'] }, 400],
      [{ 'content-length': ['x'] }, 400],
      [{ 'transfer-encoding': ['chunked'] }, 400],
      [{ 'transfer-encoding': ['identity'] }, 400],
    ])('%j: %p', (headers, status) => {
      expect(statusOf(withHeaders(headers))).toBe(status);
    });
  });

  describe('Sec-WebSocket-Version (§4.2.2, §4.4)', () => {
    it.each([
      [['13'], 'ok'],
      [undefined, 426],
      [[''], 426],
      [['8'], 426],
      [['12'], 426],
      [['14'], 426],
      [['013'], 426],
      [['13, 8'], 426],
      [['x'], 426],
      [['13', '13'], 400],
      [['13', '8'], 400],
    ])('%j: %p', (versions, status) => {
      expect(statusOf(withHeaders({ 'sec-websocket-version': versions }))).toBe(status);
    });

    it('says in the 426 which it speaks', () => {
      expect(refusalHeadersOf(withHeaders({ 'sec-websocket-version': ['8'] }))).toEqual({
        Upgrade: 'websocket',
        Connection: 'Upgrade, close',
        'Sec-WebSocket-Version': '13',
      });
    });
  });

  describe('Sec-WebSocket-Key (§11.3.1)', () => {
    it.each([
      ['none', undefined],
      ['an empty one', ['']],
      ['15 bytes', ['AQIDBAUGBwgJCgsMDQ4P']],
      ['no base64', ['????????????????????????']],
      ['two', ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ==']],
      ['a list', ['dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==']],
    ])('400 for %s', (_what, key) => {
      expect(statusOf(withHeaders({ 'sec-websocket-key': key }))).toBe(400);
    });
  });

  describe('Sec-WebSocket-Protocol (§4.1, §11.3.4)', () => {
    const subprotocolsOf = (lines: readonly string[] | undefined) => {
      const result = validateRequest(withHeaders({ 'sec-websocket-protocol': lines }));
      return result.ok ? result.handshake.subprotocols : result.refusal.status;
    };

    it.each([
      [undefined, []],
      [[''], []],
      [['chat'], ['chat']],
      [['chat, superchat'], ['chat', 'superchat']],
      [
        ['superchat', 'chat'],
        ['superchat', 'chat'],
      ],
      [
        ['c , a', 'b'],
        ['c', 'a', 'b'],
      ],
      [['chat,,superchat,'], ['chat', 'superchat']],
      [['chat, Chat'], ['chat', 'Chat']],
    ])('%j is read as %j, in the order of preference', (lines, subprotocols) => {
      expect(subprotocolsOf(lines)).toEqual(subprotocols);
    });

    it.each([[['chat, chat']], [['chat', 'chat']], [['cha t']], [['chat;v=1']], [['"chat"']], [['chät']]])(
      '400 for %j: "non-empty strings … all be unique"',
      (lines) => {
        expect(subprotocolsOf(lines)).toBe(400);
      },
    );
  });
});
