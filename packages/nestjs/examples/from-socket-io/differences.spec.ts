import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Test } from '@nestjs/testing';
import { type Handshake, NestwireAdapter, type Principal } from '@nestwire/nestjs';
import { ManualClock } from '@nestwire/test-support';
import { io, type Socket as IoSocket } from 'socket.io-client';
import { type ClientOptions, WebSocket } from 'ws';
import { admitting, IoGateway, left, NestwireGateway, working } from '../../spec/differing-gateways.js';
import { Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';

/*
 * What is otherwise after a move from Socket.IO, beside what everybody has to change. Each is shown there first and then here, so that
 * what docs/migrating-from-socket-io.md says of both is true, and stays true.
 */

const [JOIN, FAIL, WORK, ECHO] = [1, 2, 3, 4];
const clock = new ManualClock();

async function boot(
  gateway: new () => object,
  adapter: (app: INestApplication) => IoAdapter | NestwireAdapter,
): Promise<[INestApplication, string]> {
  const module = await Test.createTestingModule({ providers: [gateway] }).compile();
  const app = module.createNestApplication({ logger: false });
  app.useWebSocketAdapter(adapter(app));
  await app.listen(0, '127.0.0.1');
  return [app, `127.0.0.1:${String((app.getHttpServer() as { address(): AddressInfo }).address().port)}`];
}

let app: INestApplication;
let host: string;

beforeEach(() => {
  left.length = 0;
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});
afterEach(async () => {
  admitting.open();
  working.open();
  await app.close();
  jest.restoreAllMocks();
});

describe('With Socket.IO', () => {
  let socket: IoSocket;

  beforeEach(async () => {
    [app, host] = await boot(IoGateway, (nest) => new IoAdapter(nest));
  });
  afterEach(() => {
    socket.close();
  });

  function dial(options: object = {}): IoSocket {
    socket = io(`http://${host}`, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });
    return socket;
  }

  async function connect(options: object = {}): Promise<IoSocket> {
    await new Promise<void>((resolve) => dial(options).once('connect', resolve));
    return socket;
  }

  const ask = (event: string, data?: unknown): Promise<unknown> => socket.emitWithAck(event, data) as Promise<unknown>;

  it('after an exception, the acknowledgement never comes', async () => {
    await connect();
    const acknowledged = jest.fn();
    const exception = new Promise((resolve) => socket.once('exception', resolve));
    socket.emit('fail', 'x', acknowledged);
    expect(await exception).toMatchObject({ status: 'error', message: 'broken' });
    await ask('echo', 'what was sent behind it is answered');
    expect(acknowledged).not.toHaveBeenCalled();
  });

  it('a message is handled beside those before it', async () => {
    working.shut();
    await connect();
    const slow = ask('work');
    expect(await ask('echo', '1234')).toBe(4);
    working.open();
    expect(await slow).toBe('done');
  });

  it('a message is handled while handleConnection is still at work', async () => {
    admitting.shut();
    await connect();
    expect(await ask('echo', '1234')).toBe(4);
  });

  it('an unknown event vanishes', async () => {
    await connect();
    const heard: unknown[] = [];
    socket.onAny((...message) => heard.push(message));
    socket.emit('nothing', 'x', (answer: unknown) => heard.push(answer));
    await ask('echo', 'x');
    expect(heard).toEqual([]);
  });

  it('handleDisconnect finds no rooms, and a connection is in a room of its own name', async () => {
    await connect();
    expect(await ask('join', 'a')).toEqual([socket.id, 'a']);
    socket.close();
    await until(() => left.length === 1);
    expect(left).toEqual([[]]);
  });

  it('cors keeps no page out that asks for a WebSocket', async () => {
    await connect({ extraHeaders: { origin: 'https://elsewhere.example' } });
    expect(await ask('echo', '1234')).toBe(4);
  });

  it('a message of 100 kB is taken', async () => {
    await connect();
    expect(await ask('echo', 'x'.repeat(100_000))).toBe(100_000);
  });

  it('300 messages at once are handled', async () => {
    await connect();
    const answers = await Promise.all(Array.from({ length: 300 }, () => ask('echo', 'x')));
    expect(answers).toEqual(Array.from({ length: 300 }, () => 1));
  });

  it('a user’s ninth connection is one more', async () => {
    const sockets: IoSocket[] = [];
    for (let i = 0; i < 9; i++) sockets.push(await connect({ auth: { userId: 7 } }));
    expect(await ask('echo', '1234')).toBe(4);
    expect(sockets.map(({ connected }) => connected)).toEqual(Array.from({ length: 9 }, () => true));
    for (const one of sockets) one.close();
  });

  it('who only listens stays, because the server asks, and the client answers', async () => {
    await connect();
    let asked = 0;
    socket.io.on('ping', () => asked++);
    // It does not ask again before it is answered.
    await until(() => asked === 3);
    expect(socket.connected).toBe(true);
  });

  it('app.close() is a transport that has closed', async () => {
    await connect();
    const reason = new Promise((resolve) => socket.once('disconnect', resolve));
    await app.close();
    expect(await reason).toBe('transport close');
  });
});

describe('With Nestwire', () => {
  const peers: Peer[] = [];

  beforeEach(async () => {
    [app, host] = await boot(NestwireGateway, (nest) => {
      const authenticate = ({ searchParams }: Handshake): Principal | undefined => {
        const userId = searchParams.get('user');
        return userId === null ? undefined : { userId };
      };
      return new NestwireAdapter(nest, { clock, authenticate, authentication: 'open' });
    });
  });
  afterEach(() => {
    for (const { socket } of peers.splice(0)) socket.terminate();
  });

  function connect(target = '/', options: ClientOptions = {}): Promise<Peer> {
    const peer = new Peer(new WebSocket(`ws://${host}${target}`, options));
    peers.push(peer);
    return peer.open();
  }

  const message = (code: number, data?: unknown, id?: number): object => ({ userId: 1, code, data, id });

  it('after an exception, who asked is answered', async () => {
    const peer = await connect();
    peer.send(message(FAIL, 'x', 7));
    expect(await peer.take(1)).toEqual([{ userId: 1, code: FAIL, id: 7, error: { status: 400, message: 'broken' } }]);
  });

  it('a message is handled behind those before it', async () => {
    working.shut();
    const peer = await connect();
    peer.send(message(WORK), message(ECHO, '1234'));
    await pingPong(peer);
    expect(peer.received).toEqual([]);
    working.open();
    expect(await peer.take(2)).toMatchObject([{ data: 'done' }, { data: 4 }]);
  });

  it('a message waits while handleConnection is still at work', async () => {
    admitting.shut();
    const peer = await connect();
    peer.send(message(ECHO, '1234'));
    await pingPong(peer);
    expect(peer.received).toEqual([]);
    admitting.open();
    expect(await peer.take(1)).toMatchObject([{ data: 4 }]);
  });

  it('an unknown code is answered', async () => {
    const peer = await connect();
    peer.send(message(99));
    expect(await peer.take(1)).toMatchObject([{ code: 99, error: { status: 404 } }]);
  });

  it('handleDisconnect finds the rooms, and no connection has one of its own', async () => {
    const peer = await connect();
    peer.send(message(JOIN, 'a'));
    expect(await peer.take(1)).toMatchObject([{ data: ['a'] }]);
    peer.socket.close();
    await until(() => left.length === 1);
    expect(left).toEqual([['a']]);
  });

  it('origins keep a page out', async () => {
    const peer = new WebSocket(`ws://${host}/`, { origin: 'https://elsewhere.example' });
    const [, response] = (await once(peer, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
    peer.on('error', () => undefined).terminate();
    expect((await connect('/', { origin: 'https://app.example' })).socket.readyState).toBe(WebSocket.OPEN);
  });

  it('a message of 100 kB is too big: 64 KiB are the limit', async () => {
    const peer = await connect();
    peer.send(message(ECHO, 'x'.repeat(60_000)));
    expect(await peer.take(1)).toMatchObject([{ data: 60_000 }]);
    peer.send(message(ECHO, 'x'.repeat(100_000)));
    expect((await peer.closed).code).toBe(1009);
  });

  it('of 300 messages at once 200 are handled, and the fifth of the others closes', async () => {
    const peer = await connect();
    peer.send(...Array.from({ length: 300 }, () => message(ECHO, 'x')));
    expect((await peer.closed).code).toBe(4429);
    expect(peer.received.filter((answer) => (answer as { data?: unknown }).data === 1)).toHaveLength(200);
    expect(peer.received.at(-1)).toMatchObject({ error: { status: 429 } });
  });

  it('a user’s ninth connection closes the oldest', async () => {
    const oldest = await connect('/?user=7');
    for (let i = 0; i < 8; i++) await connect('/?user=7');
    expect((await oldest.closed).code).toBe(4409);
    expect(peers.slice(1).map(({ socket }) => socket.readyState)).toEqual(
      Array.from({ length: 8 }, () => WebSocket.OPEN),
    );
  });

  it('who only listens is closed with 4408 after 30 s', async () => {
    const peer = await connect();
    peer.send(message(ECHO, 'x'));
    await peer.take(1);
    clock.advance(30_000);
    expect((await peer.closed).code).toBe(4408);
  });

  it('app.close() is 1001', async () => {
    const peer = await connect();
    await app.close();
    expect((await peer.closed).code).toBe(1001);
  });

  it('a client of Socket.IO’s finds nothing', async () => {
    const socket = io(`http://${host}`, { forceNew: true, reconnection: false });
    await new Promise((resolve) => socket.once('connect_error', resolve));
    expect(socket.connected).toBe(false);
    socket.close();
  });

  async function pingPong(peer: Peer): Promise<void> {
    for (let i = 0; i < 2; i++) {
      const pong = once(peer.socket, 'pong');
      peer.socket.ping();
      await pong;
    }
  }
});
