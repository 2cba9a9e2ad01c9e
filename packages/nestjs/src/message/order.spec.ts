import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { frameFor, ManualClock, RawClient, upgradeRequest } from '@nestwire/test-support';
import { Role } from '@nestwire/engine';
import type { Observable } from 'rxjs';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import type { NestwireClient } from '../client/nestwire-client.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import { HandlerTimeout } from '../decorators/handler-timeout.decorator.js';
import { Unordered } from '../decorators/unordered.decorator.js';
import type { NestwireOptions } from '../nestwire.options.js';
import type { NestwireServer } from '../server/nestwire-server.js';

class Through implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

/** Handlers that the test lets go, by name. */
const pending = new Map<string, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>();
let began: string[] = [];
let atWork = 0;
let mostAtWork = 0;

function work(name: string): Promise<unknown> {
  began.push(name);
  const promise = new Promise<unknown>((resolve, reject) => pending.set(name, { resolve, reject }));
  return promise;
}

function whenBegun(...names: string[]): Promise<void> {
  return until(() => names.every((name) => began.includes(name)));
}

function finish(name: string, value: unknown = name): void {
  pending.get(name)?.resolve(value);
}

async function randomly(delayMs: number): Promise<number> {
  mostAtWork = Math.max(mostAtWork, ++atWork);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  atWork--;
  return delayMs;
}

@WebSocketGateway()
class OrderGateway {
  @WebSocketServer() server!: NestwireServer;
  connecting: () => unknown = () => undefined;

  handleConnection(): unknown {
    return this.connecting();
  }

  @SubscribeMessage(1)
  alone(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @Concurrency(8)
  @SubscribeMessage(2)
  sideBySide(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @Unordered()
  @SubscribeMessage(3)
  unordered(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @Concurrency(8)
  @SubscribeMessage(4)
  async *stream(@MessageBody() values: string[]): AsyncGenerator<string> {
    began.push(`stream ${String(values[0])}`);
    for (const value of values) yield await Promise.resolve(value);
  }

  @UseInterceptors(Through)
  @Concurrency(8)
  @SubscribeMessage(5)
  intercepted(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @UseInterceptors(Through)
  @Concurrency(8)
  @SubscribeMessage(6)
  async *interceptedStream(@MessageBody() values: string[]): AsyncGenerator<string> {
    for (const value of values) yield await Promise.resolve(value);
  }

  @HandlerTimeout(1000)
  @SubscribeMessage(7)
  short(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @UseInterceptors(Through)
  @SubscribeMessage(8)
  aloneIntercepted(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @HandlerTimeout(Infinity)
  @SubscribeMessage(9)
  patient(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @SubscribeMessage(10)
  random(@MessageBody() delayMs: number): Promise<number> {
    return randomly(delayMs);
  }

  @Concurrency(8)
  @SubscribeMessage(11)
  randomSideBySide(@MessageBody() delayMs: number): Promise<number> {
    return randomly(delayMs);
  }

  @Unordered()
  @SubscribeMessage(12)
  randomUnordered(@MessageBody() delayMs: number): Promise<number> {
    return randomly(delayMs);
  }

  @Unordered()
  @Concurrency(2)
  @SubscribeMessage(13)
  fewUnordered(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }
}

/** The same for all codes of a gateway. */
@Concurrency(3)
@WebSocketGateway({ path: '/three' })
class ThreeGateway {
  @SubscribeMessage(1)
  handle(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @Concurrency(1)
  @SubscribeMessage(2)
  alone(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }
}

describe('Order', () => {
  let app: GatewayApp;

  beforeEach(() => {
    pending.clear();
    began = [];
    atWork = 0;
    mostAtWork = 0;
  });

  afterEach(async () => {
    for (const name of pending.keys()) finish(name);
    await app.stop();
  });

  async function connect(options: NestwireOptions = {}, path = '/'): Promise<Peer> {
    app = await GatewayApp.start({ providers: [OrderGateway, ThreeGateway] }, options);
    return app.connect(path);
  }

  function counts(): NestwireServer['counts'] {
    return app.app.get(OrderGateway).server.counts;
  }

  async function ping(peer: Peer): Promise<void> {
    const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
    peer.socket.ping();
    await pong;
  }

  describe('of 1,000 messages to handlers with random delays', () => {
    async function send(code: number): Promise<{ ids: number[]; delays: number[]; replies: object[] }> {
      const peer = await connect({ messagesPerSecond: Infinity });
      const delays = Array.from({ length: 1000 }, () => Math.floor(Math.random() * 3));
      peer.send(...delays.map((data, id) => ({ userId: 1, code, data, id })));
      const replies = (await peer.take(1000)) as { id: number; data: number }[];
      for (const { id, data } of replies) expect(data).toBe(delays[id]);
      return { ids: replies.map(({ id }) => id), delays, replies };
    }

    const arrival = Array.from({ length: 1000 }, (_, i) => i);

    it('is that of arrival, one at a time', async () => {
      const { ids } = await send(10);
      expect(ids).toEqual(arrival);
      expect(mostAtWork).toBe(1);
    });

    it('is that of arrival with @Concurrency(8), eight at a time', async () => {
      const { ids } = await send(11);
      expect(ids).toEqual(arrival);
      expect(mostAtWork).toBe(8);
    });

    it('is none with @Unordered(), eight at a time, and every one is answered', async () => {
      const { ids } = await send(12);
      expect(ids).not.toEqual(arrival);
      expect([...ids].sort((a, b) => a - b)).toEqual(arrival);
      expect(mostAtWork).toBe(8);
    });
  });

  describe('@Concurrency()', () => {
    it('holds an answer back until the earlier ones are there, and sends them in order', async () => {
      const peer = await connect();
      peer.send(...['a', 'b', 'c'].map((data) => ({ userId: 1, code: 2, data, id: data })));
      await whenBegun('a', 'b', 'c');
      finish('c');
      finish('b');
      await ping(peer);
      expect(peer.received).toEqual([]);
      finish('a');
      expect(await peer.take(3)).toMatchObject([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    });

    it('works alike behind an interceptor', async () => {
      const peer = await connect();
      peer.send(...['a', 'b'].map((data) => ({ userId: 1, code: 5, data, id: data })));
      await whenBegun('a', 'b');
      finish('b');
      await ping(peer);
      expect(peer.received).toEqual([]);
      finish('a');
      expect(await peer.take(2)).toMatchObject([{ id: 'a' }, { id: 'b' }]);
    });

    it('holds errors back as well, also that for an unknown code', async () => {
      const peer = await connect();
      peer.send(
        { userId: 1, code: 2, data: 'a', id: 'a' },
        { userId: 1, code: 2, data: 'b', id: 'b' },
        { userId: 1, code: 404, id: 'c' },
      );
      await whenBegun('a', 'b');
      pending.get('b')?.reject(new HttpException('no', 418));
      await ping(peer);
      expect(peer.received).toEqual([]);
      finish('a');
      expect(await peer.take(3)).toMatchObject([
        { id: 'a', data: 'a' },
        { id: 'b', error: { status: 418 } },
        { id: 'c', error: { status: 404 } },
      ]);
    });

    it.each([4, 6])('lets the stream of code %d begin when the earlier messages are answered', async (code) => {
      const peer = await connect();
      peer.send({ userId: 1, code: 2, data: 'a', id: 'a' }, { userId: 1, code, data: ['x', 'y'], id: 's' });
      await whenBegun('a');
      await ping(peer);
      expect(peer.received).toEqual([]);
      finish('a');
      expect(await peer.take(4)).toMatchObject([
        { id: 'a', data: 'a' },
        { id: 's', data: 'x' },
        { id: 's', data: 'y' },
        { id: 's', done: true },
      ]);
    });

    it('can be cancelled before its stream has begun', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 2, data: 'a', id: 'a' }, { userId: 1, code: 4, data: ['x', 'y'], id: 's' });
      await whenBegun('a');
      peer.send({ userId: 1, code: 4, id: 's', cancel: true });
      await ping(peer);
      finish('a');
      expect(await peer.takeAll()).toMatchObject([{ id: 'a' }]);
      expect(began).not.toContain('stream x');
    });

    it('leaves a code without it alone at work', async () => {
      const peer = await connect();
      peer.send(
        { userId: 1, code: 2, data: 'a' },
        { userId: 1, code: 1, data: 'alone' },
        { userId: 1, code: 2, data: 'b' },
      );
      await whenBegun('a');
      await ping(peer);
      expect(began).toEqual(['a']);
      finish('a');
      await whenBegun('alone');
      await ping(peer);
      expect(began).toEqual(['a', 'alone']);
      finish('alone');
      await whenBegun('b');
    });

    it('holds for all codes of a gateway, and a method says otherwise', async () => {
      const peer = await connect({}, '/three');
      for (const name of ['a', 'b', 'c', 'd']) peer.send({ userId: 1, code: 1, data: name });
      peer.send({ userId: 1, code: 2, data: 'alone' });
      await whenBegun('a', 'b', 'c');
      await ping(peer);
      expect(began).toEqual(['a', 'b', 'c']);
      for (const name of ['a', 'b', 'c']) finish(name);
      await whenBegun('d');
      expect(began).not.toContain('alone');
      finish('d');
      await whenBegun('alone');
    });

    it('counts what is held towards what waits: reading pauses, and goes on when it has gone out', async () => {
      const peer = await connect({ maxWaitingMessages: 8 });
      peer.send({ userId: 1, code: 2, data: 'first', id: 'first' });
      await whenBegun('first');
      const names = Array.from({ length: 7 }, (_, i) => `held ${String(i)}`);
      peer.send(...names.map((data) => ({ userId: 1, code: 2, data, id: data })));
      await whenBegun(...names);
      for (const name of names) finish(name);
      await ping(peer);
      const [client] = app.app.get(OrderGateway).server.clients as ReadonlySet<NestwireClient>;
      expect(client?.isPaused).toBe(false);
      peer.send({ userId: 1, code: 2, data: 'eighth', id: 'eighth' });
      await whenBegun('eighth');
      finish('eighth');
      await until(() => client?.isPaused === true);
      expect(counts().paused).toBe(1);
      finish('first');
      expect(await peer.take(9)).toHaveLength(9);
      expect(client?.isPaused).toBe(false);
    });

    it.each([0, 1.5, -1, NaN])('can not be %d', async (limit) => {
      await connect();
      expect(() => Concurrency(limit)).toThrow(RangeError);
    });
  });

  describe('@Unordered()', () => {
    it('lets a message overtake those that work or wait', async () => {
      const peer = await connect();
      peer.send(
        { userId: 1, code: 1, data: 'long', id: 1 },
        { userId: 1, code: 1, data: 'waits', id: 2 },
        { userId: 1, code: 3, data: 'fast', id: 3 },
      );
      await whenBegun('fast');
      finish('fast');
      expect(await peer.take(1)).toMatchObject([{ id: 3 }]);
      expect(began).toEqual(['long', 'fast']);
    });

    it('takes its limit from @Concurrency()', async () => {
      const peer = await connect();
      for (const name of ['a', 'b', 'c']) peer.send({ userId: 1, code: 13, data: name });
      await whenBegun('a', 'b');
      await ping(peer);
      expect(began).toEqual(['a', 'b']);
      finish('b');
      await whenBegun('c');
    });
  });

  describe('What waits', () => {
    it.each([
      ['in messages', { maxWaitingMessages: 4 }, 'x'],
      ['in bytes', { maxWaitingBytes: 4000 }, 'x'.repeat(1000)],
    ])('has a limit %s: reading pauses, and goes on', async (_, options, text) => {
      const peer = await connect(options);
      peer.send({ userId: 1, code: 1, data: 'first', id: 'first' });
      await whenBegun('first');
      const [client] = app.app.get(OrderGateway).server.clients as ReadonlySet<NestwireClient>;
      for (let i = 0; i < 3; i++) peer.send({ userId: 1, code: 404, id: i, data: text });
      await ping(peer);
      expect(client?.isPaused).toBe(false);
      for (let i = 3; i < 50; i++) peer.send({ userId: 1, code: 404, id: i, data: text });
      await until(() => client?.isPaused === true);
      finish('first');
      expect(await peer.take(51)).toHaveLength(51);
      expect(client?.isPaused).toBe(false);
      expect(counts().errors.get(404)).toBe(50);
    });
  });

  describe('A handler past its deadline', () => {
    async function connectByHand(): Promise<{ peer: Peer; clock: ManualClock }> {
      const clock = new ManualClock();
      return { peer: await connect({ clock, silenceTimeoutMs: Infinity }), clock };
    }

    it.each([
      ['', 1, 30_000],
      [' behind an interceptor', 8, 30_000],
      [' of its own', 7, 1000],
    ])('%s: 503, and the next begins; what it gives later is dropped and counted', async (_, code, timeoutMs) => {
      const { peer, clock } = await connectByHand();
      peer.send({ userId: 1, code, data: 'slow', id: 1 }, { userId: 1, code: 1, data: 'next', id: 2 });
      await whenBegun('slow');
      clock.advance(timeoutMs - 100);
      await ping(peer);
      expect(peer.received).toEqual([]);
      clock.advance(200);
      expect(await peer.take(1)).toEqual([
        { userId: 1, code, id: 1, error: { status: 503, message: 'The handler took too long' } },
      ]);
      await whenBegun('next');
      expect(counts().late).toBe(0);
      finish('slow', 'too late');
      finish('next');
      expect(await peer.take(1)).toMatchObject([{ id: 2, data: 'next' }]);
      expect(await peer.takeAll()).toEqual([]);
      expect(counts().late).toBe(1);
      expect(counts().errors.get(503)).toBe(1);
    });

    it('that fails in the end has no second error', async () => {
      const { peer, clock } = await connectByHand();
      peer.send({ userId: 1, code: 1, data: 'slow', id: 1 });
      await whenBegun('slow');
      clock.advance(30_100);
      pending.get('slow')?.reject(new HttpException('late', 400));
      expect(await peer.takeAll()).toMatchObject([{ id: 1, error: { status: 503 } }]);
      expect(counts().late).toBe(1);
    });

    it('that gives a stream in the end has it stopped before it begins', async () => {
      const { peer, clock } = await connectByHand();
      let returned = 0;
      peer.send({ userId: 1, code: 1, data: 'slow', id: 1 });
      await whenBegun('slow');
      clock.advance(30_100);
      finish('slow', {
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.reject(new Error('nobody asked')),
          return: () => Promise.resolve({ done: true, value: returned++ }),
        }),
      });
      expect(await peer.takeAll()).toMatchObject([{ id: 1, error: { status: 503 } }]);
      expect(returned).toBe(1);
    });

    it('has its id free again', async () => {
      const { peer, clock } = await connectByHand();
      peer.send({ userId: 1, code: 1, data: 'slow', id: 1 });
      await whenBegun('slow');
      clock.advance(30_100);
      await peer.take(1);
      peer.send({ userId: 1, code: 1, data: 'again', id: 1 });
      await whenBegun('again');
      finish('slow');
      finish('again');
      expect(await peer.takeAll()).toMatchObject([{ id: 1, data: 'again' }]);
    });

    it('is told of in order, side by side with others', async () => {
      const { peer, clock } = await connectByHand();
      peer.send({ userId: 1, code: 2, data: 'slow', id: 1 }, { userId: 1, code: 2, data: 'fast', id: 2 });
      await whenBegun('slow', 'fast');
      finish('fast');
      await ping(peer);
      clock.advance(30_100);
      expect(await peer.take(2)).toMatchObject([
        { id: 1, error: { status: 503 } },
        { id: 2, data: 'fast' },
      ]);
    });

    it('is never so where there is none', async () => {
      const { peer, clock } = await connectByHand();
      peer.send({ userId: 1, code: 9, data: 'patient', id: 1 });
      await whenBegun('patient');
      clock.advance(10_000_000);
      finish('patient');
      expect(await peer.take(1)).toMatchObject([{ id: 1, data: 'patient' }]);
    });

    it('that its client has left is what handleDisconnect waits for, and app.close() with it', async () => {
      const { peer, clock } = await connectByHand();
      peer.send({ userId: 1, code: 1, data: 'slow' });
      await whenBegun('slow');
      peer.socket.close();
      await peer.closed;
      let stopped = false;
      const stopping = app.app.close().then(() => (stopped = true));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(stopped).toBe(false);
      clock.advance(30_100);
      await stopping;
    });

    it.each([0, -1, NaN])('can not be set to %d', async (timeoutMs) => {
      await connect();
      expect(() => HandlerTimeout(timeoutMs)).toThrow(RangeError);
    });
  });

  it('no message is handled before handleConnection has finished, also one in the TCP segment of the handshake', async () => {
    app = await GatewayApp.start({ providers: [OrderGateway] });
    let admit = (): void => undefined;
    app.app.get(OrderGateway).connecting = () => new Promise<void>((resolve) => (admit = resolve));
    const client = await RawClient.connect(app.port);
    const message = JSON.stringify({ userId: 1, code: 2, data: 'early', id: 1 });
    client.write(
      Buffer.concat([
        Buffer.from(upgradeRequest('/')),
        frameFor(Role.Server, { opcode: 1, payload: message }),
        frameFor(Role.Server, { opcode: 9, payload: 'fence' }),
      ]),
    );
    expect((await client.response()).status).toBe(101);
    // The pong goes past the queue: the message has been read.
    expect((await client.frame()).opcode).toBe(10);
    expect(began).toEqual([]);
    admit();
    await whenBegun('early');
    finish('early');
    expect(JSON.parse((await client.frame()).payload.toString())).toMatchObject({ id: 1, data: 'early' });
    client.destroy();
  });
});
