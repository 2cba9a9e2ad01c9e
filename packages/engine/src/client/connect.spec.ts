import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Answer,
  ConnectionLog,
  EngineBench,
  RawClient,
  RawServer,
  switchingProtocols,
} from '@nestwire/test-support';
import { WebSocketServer } from 'ws';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect-options.js';
import { HandshakeError } from './handshake-error.js';

describe('connect() (RFC 6455 §4.1)', () => {
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

  it('asks for what a handshake must ask for, each time with another key', async () => {
    const heads: string[] = [];
    const url = await answering((head) => {
      heads.push(head);
      return switchingProtocols(head, 'Sec-WebSocket-Protocol: b');
    });
    for (let i = 0; i < 2; i++) {
      const connection = await connect(
        `${url}/room?x=1`,
        options({ subprotocols: ['a', 'b'], headers: { Cookie: 'c=1' } }),
      );
      expect(connection.subprotocol).toBe('b');
      expect(connection.request).toMatchObject({ path: '/room', query: 'x=1' });
      connection.terminate();
    }
    const [first = '', second = ''] = heads;
    expect(first).toMatch(/^GET \/room\?x=1 HTTP\/1\.1\r\n/);
    for (const line of [
      'Host: 127.0.0.1:',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Cookie: c=1',
    ]) {
      expect(first).toContain(`\r\n${line}`);
    }
    expect(first).toContain('\r\nSec-WebSocket-Protocol: a, b\r\n');
    expect(first).not.toContain('Sec-WebSocket-Extensions');
    const key = /Sec-WebSocket-Key: (\S+)/;
    expect(Buffer.from(key.exec(first)?.[1] ?? '', 'base64')).toHaveLength(16);
    expect(key.exec(first)?.[1]).not.toBe(key.exec(second)?.[1]);
  });

  it('hears what came with the answer', async () => {
    const url = await answering((head) => `${switchingProtocols(head)}\x81\x02hi`);
    const connection = await connect(url, options());
    expect(log.messages).toEqual(['hi']);
    connection.terminate();
  });

  it.each([
    ['no 101', 'status', () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
    ['a redirect', 'status', () => 'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'],
    ['no Upgrade', 'upgrade', (head: string) => switchingProtocols(head).replace('Upgrade: websocket\r\n', '')],
    ['another Upgrade', 'upgrade', (head: string) => switchingProtocols(head).replace('websocket', 'h2c')],
    ['no Connection', 'connection', (head: string) => switchingProtocols(head).replace('Connection: Upgrade\r\n', '')],
    ['no accept', 'accept', (head: string) => switchingProtocols(head).replace(/Sec-WebSocket-Accept.*\r\n/, '')],
    ['another accept', 'accept', (head: string) => switchingProtocols(head.replace(/Key: ../, 'Key: xx'))],
    [
      'an extension',
      'extensions',
      (head: string) => switchingProtocols(head, 'Sec-WebSocket-Extensions: permessage-deflate'),
    ],
    ['a subprotocol', 'subprotocol', (head: string) => switchingProtocols(head, 'Sec-WebSocket-Protocol: chat')],
    ['no HTTP', 'network', () => 'SSH-2.0-OpenSSH\r\n'],
  ])('fails on %s: %s', async (_, reason, answer) => {
    const url = await answering(answer);
    expect((await failure(url)).reason).toBe(reason);
  });

  it.each([40_000, 1_000_000_000])('tells what a refusal said, of its %s bytes the first 16 KiB', async (announced) => {
    const body = 'x'.repeat(40_000);
    const url = await answering(
      () => `HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: ${String(announced)}\r\n\r\n${body}`,
    );
    const error = await failure(url);
    expect(error).toMatchObject({ reason: 'status', status: 503, headers: { 'retry-after': '7' } });
    expect(error.body).toHaveLength(16 * 1024);
  });

  it('fails where nobody listens, and where the connection ends before the answer', async () => {
    const url = await answering((_, socket) => {
      socket.destroy();
      return undefined;
    });
    expect((await failure(url)).reason).toBe('network');
    expect((await failure('ws://127.0.0.1:1')).reason).toBe('network');
  });

  it('waits 10 s for an answer, or as long as it is told', async () => {
    for (const [more, ms] of [
      [{}, 10_000],
      [{ handshakeTimeoutMs: 500 }, 500],
    ] as const) {
      let asked: () => void = () => {};
      const request = new Promise<void>((resolve) => (asked = resolve));
      const url = await answering(() => {
        asked();
        return undefined;
      });
      const failed = failure(url, more);
      await request;
      bench.clock.advance(ms - 1);
      expect(bench.clock.scheduled).toBe(1);
      bench.clock.advance(1);
      expect((await failed).reason).toBe('timeout');
    }
  });

  it('ends when it is aborted, before and while', async () => {
    expect((await failure('ws://127.0.0.1:1', { signal: AbortSignal.abort('why') })).cause).toBe('why');
    const controller = new AbortController();
    const url = await answering(() => {
      controller.abort('enough');
      return undefined;
    });
    expect(await failure(url, { signal: controller.signal })).toMatchObject({ reason: 'aborted', cause: 'enough' });
    expect(bench.clock.scheduled).toBe(0);
  });

  it('ends what its listener could not be made for', async () => {
    const { server, port } = await bench.serve();
    const opening = connect(`ws://127.0.0.1:${String(port)}`, {
      ...options(),
      onConnection: () => {
        throw new Error('mine');
      },
    });
    await expect(opening).rejects.toThrow('mine');
    while (server.connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it('knows the status of a refusal also when the rest of it does not come', async () => {
    const answered = new Promise((resolve) => {
      const onAnswer = (): void => {
        unsubscribe('http.client.response.finish', onAnswer);
        resolve(undefined);
      };
      subscribe('http.client.response.finish', onAnswer);
    });
    const url = await answering(() => 'HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nnot');
    const failing = failure(url);
    await answered;
    bench.clock.advance(10_000);
    expect(await failing).toMatchObject({ reason: 'status', status: 503, closeCode: 1006 });
    expect(bench.clock.scheduled).toBe(0);
  });

  describe('once open', () => {
    async function peer(perMessageDeflate = false): Promise<{ url: string; server: WebSocketServer }> {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate });
      await once(server, 'listening');
      bench.defer(() => {
        for (const client of server.clients) client.terminate();
        server.close();
      });
      server.on('connection', (socket) => {
        socket.on('error', () => undefined);
        socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
      });
      return { url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`, server };
    }

    it.each([false, true])('speaks with ws; permessage-deflate: %s', async (perMessageDeflate) => {
      const { url } = await peer(perMessageDeflate);
      const connection = await connect(url, options({ perMessageDeflate }));
      expect(connection.extensions === '').toBe(!perMessageDeflate);
      const messages = ['', 'text', 'ü€😀'.repeat(5000), Buffer.alloc(70_000, 1)];
      for (const message of messages) connection.send(message);
      await log.atLeast(messages.length);
      const asBuffers = (all: readonly (string | Uint8Array)[]): Buffer[] =>
        all.map((message) => Buffer.from(message as string));
      expect(asBuffers(log.messages).map(({ length }) => length)).toEqual(
        asBuffers(messages).map(({ length }) => length),
      );
      expect(Buffer.concat(asBuffers(log.messages)).equals(Buffer.concat(asBuffers(messages)))).toBe(true);
      connection.close(4000, 'done');
      expect(await log.closed()).toMatchObject({ closeCode: 4000, wasClean: true, cause: 'local' });
    });

    it('gives the server the time to end TCP first (§7.1.1), and drops it after 5 s', async () => {
      const url = await answering((head, socket) => {
        socket.on('data', () => socket.write(Buffer.from('880203e8', 'hex')));
        return switchingProtocols(head);
      });
      const connection = await connect(url, options());
      connection.close();
      while (!connection.wasClean) await new Promise((resolve) => setImmediate(resolve));
      expect(connection.readyState).toBe(2);
      bench.clock.advance(5100);
      expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true });
    });

    it('fails on a masked frame, and may send 1010 but not 1011', async () => {
      const url = await answering((head) => `${switchingProtocols(head)}\x81\x80\x00\x00\x00\x00`);
      const connection = await connect(url, options());
      expect(() => connection.close(1011)).toThrow(RangeError);
      connection.terminate();
      expect((await log.closed()).violation).toBe('masked-frame');
    });
  });

  it('is masked with a key that no two frames share (§5.3)', async () => {
    const frames: Buffer[] = [];
    const url = await answering((head, socket) => {
      socket.on('data', (chunk) => frames.push(chunk));
      return switchingProtocols(head);
    });
    const connection = await connect(url, options());
    for (let i = 0; i < 3000; i++) connection.send('x');
    while (Buffer.concat(frames).length < 3000 * 7) await new Promise((resolve) => setImmediate(resolve));
    const bytes = Buffer.concat(frames);
    const keys = new Set(Array.from({ length: 3000 }, (_, i) => bytes.readUInt32BE(i * 7 + 2)));
    expect(keys.size).toBeGreaterThan(2990);
    connection.terminate();
  });
});

describe('The time for a handshake, on a server of our own', () => {
  it('ends in 408', async () => {
    const bench = new EngineBench();
    const { port } = await bench.serve({ handshakeTimeoutMs: 100 });
    const client = await RawClient.connect(port);
    client.write('GET / HTTP/1.1\r\nHost: x\r\n');
    expect((await client.response()).status).toBe(408);
    client.destroy();
    await bench.dispose();
  });
});
