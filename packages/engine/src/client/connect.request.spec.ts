import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Answer, ConnectionLog, EngineBench, RawServer, switchingProtocols } from '@nestwire/test-support';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect-options.js';
import { HandshakeError } from './handshake-error.js';

describe('What a URL and the options make of a request (RFC 6455 §3)', () => {
  let bench: EngineBench;
  let log: ConnectionLog;
  beforeEach(() => {
    bench = new EngineBench();
    log = new ConnectionLog();
  });
  afterEach(() => bench.dispose());

  async function answering(answer: Answer): Promise<string> {
    const server = await RawServer.start(answer);
    bench.defer(() => server.stop());
    return server.url;
  }

  const options = (more: Partial<ConnectOptions> = {}): ConnectOptions => ({
    onConnection: () => log,
    clock: bench.clock,
    ...more,
  });

  async function failure(url: string | URL, more: Partial<ConnectOptions> = {}): Promise<HandshakeError> {
    const error: unknown = await connect(url, options(more)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof HandshakeError)) throw new Error(`No HandshakeError but ${String(error)}`);
    return error;
  }

  it.each([
    'no url',
    'http://127.0.0.1/',
    'ws://127.0.0.1/#fragment',
    'ws://127.0.0.1/#',
    'ws://127.0.0.1:65536/',
    'ws://me:secret@bad host/?token=secret',
    'wss://me:secret@/',
    'ftp://me:secret@127.0.0.1/?token=secret',
    'ws://secret%ff@127.0.0.1/',
    'ws://a%3Ab:secret@127.0.0.1/',
  ])('has no use for %s, and does not repeat what may be secret', async (url) => {
    const opening = connect(url, options());
    await expect(opening).rejects.toThrow(SyntaxError);
    await expect(opening).rejects.not.toThrow(/secret/);
    await expect(opening).rejects.not.toHaveProperty('cause');
  });

  it('asks for path and query as they are, and the host as the URL has it', async () => {
    const heads: string[] = [];
    const url = await answering((head) => {
      heads.push(head);
      return switchingProtocols(head);
    });
    const asked = '/a%2Fb//c;d=1/%F0%9F%98%80/?x=%20+&&y=a?b/c&%zz';
    const connection = await connect(url + asked, options());
    expect(heads[0]?.split('\r\n', 1)[0]).toBe(`GET ${asked} HTTP/1.1`);
    expect(connection.request).toMatchObject({ path: asked.split('?')[0], query: asked.slice(asked.indexOf('?') + 1) });
    connection.terminate();
  });

  it.each([
    ['ws://us%C3%A9r:p%40ss%3A@', {}, `Basic ${Buffer.from('usér:p@ss:').toString('base64')}`],
    ['ws://me@', {}, `Basic ${Buffer.from('me:').toString('base64')}`],
    ['ws://:pass@', {}, `Basic ${Buffer.from(':pass').toString('base64')}`],
    ['ws://me:pass@', { authorization: 'Bearer x' }, 'Bearer x'],
    ['ws://', {}, undefined],
  ])('says who asks: %s %j', async (start, headers, expected) => {
    const heads: string[] = [];
    const url = await answering((head) => {
      heads.push(head);
      return switchingProtocols(head);
    });
    const connection = await connect(url.replace('ws://', start), options({ headers: headers }));
    expect(heads[0]?.match(/^authorization: .*$/gim) ?? []).toEqual(
      expected === undefined ? [] : [expect.stringMatching(new RegExp(`^authorization: ${expected}$`, 'i'))],
    );
    expect(heads[0]).toContain(`\r\nHost: ${new URL(url).host}\r\n`);
    connection.terminate();
  });

  it('tells why where a name has several addresses and none answers', async () => {
    const both: LookupFunction = (_name, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '::1', family: 6 },
      ]);
    const error = await failure('ws://ws.example:1', { lookup: both });
    expect(error).toMatchObject({ reason: 'network', closeCode: 1006, cause: { code: 'ECONNREFUSED' } });
    expect(error.message).toMatch(/ECONNREFUSED 127\.0\.0\.1:1.*ECONNREFUSED ::1:1/);
  });

  const families: [family: 4 | 6, address: string][] = [
    [4, '127.0.0.1'],
    [6, '::1'],
  ];
  it.each(families)(
    'looks the name up as it is told, in family %s, and comes from where it is told',
    async (family, address) => {
      const { server, opened } = bench.create({ hosts: () => true });
      const { port } = await server.listen(0, address);
      const lookedUp: unknown[] = [];
      const lookup: LookupFunction = (name, asked, callback) => {
        lookedUp.push([name, asked.family]);
        if (asked.all === true) callback(null, [{ address, family }]);
        else callback(null, address, family);
      };
      const localAddress = family === 4 ? '127.0.0.9' : '::1';
      const connection = await connect(`ws://ws.example:${String(port)}`, options({ family, lookup, localAddress }));
      expect(lookedUp).toEqual([['ws.example', family]]);
      expect((await opened).request.remoteAddress).toBe(localAddress);
      expect(connection.request).toMatchObject({ host: `ws.example:${String(port)}`, remoteAddress: address });
      connection.terminate();
    },
  );

  it.each([
    [{ subprotocols: ['a b'] }, SyntaxError],
    [{ subprotocols: ['a', 'a'] }, SyntaxError],
    [{ headers: { 'sec-websocket-key': 'mine' } }, SyntaxError],
    [{ headers: { Host: 'mine' } }, SyntaxError],
    [{ headers: { 'X-Line': 'a\r\nb' } }, SyntaxError],
    [{ headers: { 'X Space': 'a' } }, SyntaxError],
    [{ headers: { 'X-None': undefined as unknown as string } }, SyntaxError],
    [{ handshakeTimeoutMs: NaN }, RangeError],
    [{ handshakeTimeoutMs: -1 }, RangeError],
    [{ keepAliveMs: -1 }, RangeError],
    [{ maxMessageBytes: -1 }, RangeError],
    [{ perMessageDeflate: { windowBits: 7 } }, RangeError],
  ])('refuses the option %j', async (more, type) => {
    let connections = 0;
    const server = createServer(() => connections++).listen(0, '127.0.0.1');
    bench.defer(() => server.close());
    await once(server, 'listening');
    const url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    await expect(connect(url, options(more))).rejects.toThrow(type);
    expect([connections, bench.clock.scheduled]).toEqual([0, 0]);
  });
});
