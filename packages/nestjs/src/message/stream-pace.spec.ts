import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CallHandler,
  type ExecutionContext,
  Logger,
  type NestInterceptor,
  ParseIntPipe,
  UseInterceptors,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { ManualClock } from '@nestwire/test-support';
import { Observable } from 'rxjs';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { clog, FILLER_CODE, settled } from '../../spec/slow-peer.js';
import { until } from '../../spec/until.js';
import { NestwireClient } from '../client/nestwire-client.js';
import type { NestwireOptions } from '../nestwire.options.js';
import { observeStream } from './observe-iterable.js';
import { NestwireServer } from '../server/nestwire-server.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const HIGH = 64 * KIB;

let pulled = 0;
let stopped = 0;
let mostAtPull = 0;
let pulledUnasked = false;
let open: () => void = () => undefined;

class Through implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@WebSocketGateway()
class Gateway {
  @WebSocketServer() server!: NestwireServer;

  /** Without end, as long as somebody asks. */
  @SubscribeMessage(1)
  async *flood(@MessageBody() bytes: number, @ConnectedSocket() client: NestwireClient): AsyncGenerator<object> {
    const filler = 'x'.repeat(bytes);
    try {
      for (;;) {
        if (!client.isWritable) pulledUnasked = true;
        mostAtPull = Math.max(mostAtPull, client.bufferedAmount);
        await Promise.resolve();
        yield { n: pulled++, filler };
      }
    } finally {
      stopped++;
    }
  }

  @UseInterceptors(Through)
  @SubscribeMessage(2)
  flooded(@MessageBody() bytes: number, @ConnectedSocket() client: NestwireClient): AsyncGenerator<object> {
    return this.flood(bytes, client);
  }

  /** Nest finds the arguments here, and so the message is not among them. */
  @SubscribeMessage(7)
  piped(@MessageBody(ParseIntPipe) bytes: number, @ConnectedSocket() client: NestwireClient): AsyncGenerator<object> {
    return this.flood(bytes, client);
  }

  /** The first value comes when the test says so. */
  @SubscribeMessage(3)
  async *late(): AsyncGenerator<string> {
    await new Promise<void>((resolve) => (open = resolve));
    yield 'late';
    pulled++;
  }

  /** A source that does not ask. */
  @SubscribeMessage(4)
  push(@MessageBody() bytes: number): Observable<object> {
    const filler = 'x'.repeat(bytes);
    return new Observable((subscriber) => {
      void (async () => {
        for (let n = 0; !subscriber.closed; n++, pulled++, await nextTurn()) subscriber.next({ n, filler });
      })();
      return () => void stopped++;
    });
  }

  @SubscribeMessage(5)
  ping(): string {
    return 'pong';
  }

  /** Of another kind than generators: with a `next` alone, which is how most would write it. */
  @SubscribeMessage(6)
  count(@MessageBody() last: number): AsyncIterable<number> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve(pulled < last ? { value: ++pulled } : { done: true as const, value: undefined }),
      }),
    };
  }
}

let app: GatewayApp;

async function start(options: NestwireOptions = {}): Promise<void> {
  app = await GatewayApp.start({ providers: [Gateway] }, options);
}

/** A peer that has stopped to read, the server's end of it, and what it has asked for. */
async function slowPeer(...messages: object[]): Promise<{ peer: Peer; client: NestwireClient }> {
  const peer = await app.connect();
  const { server } = app.app.get(Gateway);
  await until(() => server.clients.size === 1);
  const [client] = server.clients as ReadonlySet<NestwireClient>;
  peer.socket.pause();
  peer.send(...messages);
  return { peer, client: client as NestwireClient };
}

beforeEach(() => {
  [pulled, stopped, mostAtPull, pulledUnasked] = [0, 0, 0, false];
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  await app.stop();
  jest.restoreAllMocks();
});

describe('A stream that can be asked', () => {
  it.each([
    [1, 'as it is'],
    [2, 'behind an interceptor'],
    [7, 'behind a pipe'],
  ])('is asked for no more than the client reads: code %d, %s', async (code) => {
    await start();
    const { peer, client } = await slowPeer({ userId: 1, code, id: 's', data: MIB });
    await until(() => pulled > 0 && !client.isWritable);
    await settled(() => pulled);
    // What the kernel holds for both ends, and the high water mark: no more, however long the client takes.
    const atRest = pulled;
    expect(atRest).toBeLessThan(64);
    expect(client.bufferedAmount).toBeLessThan(2 * MIB + 64 * KIB);

    peer.socket.resume();
    const values = (await peer.take(64)) as { data: { n: number; filler: string } }[];
    expect(values.map(({ data }) => data.n)).toEqual([...values.keys()]);
    expect(values.every(({ data }) => data.filler.length === MIB)).toBe(true);
    expect(pulledUnasked).toBe(false);
    expect(mostAtPull).toBeLessThanOrEqual(MIB);

    peer.send({ userId: 1, code, id: 's', cancel: true });
    await until(() => stopped === 1);
  });

  it('is one with a next() alone, too, and it ends', async () => {
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 6, id: 1, data: 1000 });
    const answers = (await peer.take(1001)) as { data?: number; done?: true }[];
    expect(answers.slice(0, -1).map(({ data }) => data)).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
    expect(answers.at(-1)).toEqual({ userId: 1, code: 6, id: 1, done: true });
  });

  it('has its value held, where others have filled the connection meanwhile: no policy drops it', async () => {
    await start({ outboundHighWaterBytes: HIGH, slowConsumer: 'drop-newest' });
    const { peer, client } = await slowPeer({ userId: 1, code: 3, id: 's' });
    await until(() => client.inbox.queue.isIdle);
    await clog(client);
    expect(client.send(10, 'dropped')).toBe('dropped');
    open();
    for (let i = 0; i < 20; i++) await nextTurn();
    peer.socket.resume();
    const isEnd = ({ done }: { done?: boolean }): boolean => done === true;
    await until(() => (peer.received as { done?: boolean }[]).some(isEnd));
    const others = (peer.received as { code: number }[]).filter(({ code }) => code !== FILLER_CODE);
    expect(others).toEqual([
      { userId: 1, code: 3, id: 's', data: 'late' },
      { userId: 1, code: 3, id: 's', done: true },
    ]);
  });

  it('does not begin while the client does not keep up', async () => {
    await start({ outboundHighWaterBytes: HIGH });
    const { peer, client } = await slowPeer();
    await clog(client);
    peer.send(...Array.from({ length: 20 }, (_, id) => ({ userId: 1, code: 1, id, data: KIB })));
    const bufferedAmount = client.bufferedAmount;
    for (let i = 0; i < 50; i++) await nextTurn();
    expect(pulled).toBe(0);
    expect(client.bufferedAmount).toBe(bufferedAmount);
    peer.socket.resume();
    await until(() => pulled > 100);
  });

  it('does not keep others from their turn, though it never waits and its reader is ever so quick', async () => {
    await start();
    async function* endless(): AsyncGenerator<number> {
      for (let n = 0; n < 100_000; n++) yield await Promise.resolve(n);
    }
    let last = 0;
    const quick = { isWritable: true, whenWritable: () => Promise.resolve(true) };
    const values = observeStream(endless(), quick).subscribe((n) => void (last = n as number));
    await nextTurn();
    values.unsubscribe();
    expect(last).toBeGreaterThan(0);
    expect(last).toBeLessThan(1000);
  });

  it('does not keep other clients waiting', async () => {
    await start();
    const [flooded, other] = [await app.connect(), await app.connect()];
    flooded.send({ userId: 1, code: 1, id: 's', data: 1 });
    await flooded.take(1000);
    other.send({ userId: 1, code: 5, id: 1 });
    expect(await other.take(1)).toMatchObject([{ data: 'pong' }]);
    flooded.socket.terminate();
    await until(() => stopped === 1);
  });
});

describe('Streams of one connection', () => {
  it.each([
    [1, 'as they are'],
    [2, 'behind an interceptor'],
    [7, 'behind a pipe'],
    [4, 'Observables'],
  ])('are no more than maxStreams: code %d, %s', async (code) => {
    await start({ maxStreams: 2, outboundHighWaterBytes: HIGH, slowConsumer: 'drop-newest' });
    const { peer, client } = await slowPeer();
    const { server } = app.app.get(Gateway);
    const ask = (...ids: number[]): Peer => peer.send(...ids.map((id) => ({ userId: 1, code, id, data: KIB })));
    ask(1, 2, 3, 4);
    await until(() => server.counts.limits.get('streams') === 2 && client.inbox.queue.isIdle);
    peer.send({ userId: 1, code, id: 1, cancel: true });
    await until(() => stopped > 0);
    ask(5, 6);
    await until(() => server.counts.limits.get('streams') === 3);
    peer.socket.resume();
    const refused = (): object[] => (peer.received as { error?: object }[]).filter(({ error }) => error !== undefined);
    await until(() => refused().length === 3);
    const error = { status: 429, message: 'Too many streams' };
    expect(refused()).toEqual([3, 4, 6].map((id) => ({ userId: 1, code, id, error })));
    await until(() => (peer.received as { id: number }[]).some(({ id }) => id === 5));
    expect((peer.received as { id: number; data?: object }[]).filter(({ id, data }) => id === 4 && data)).toEqual([]);
  });
});

describe('A stream that waits for its client', () => {
  /** One that is held up. */
  async function waiting(options: NestwireOptions = {}): Promise<{ peer: Peer; client: NestwireClient }> {
    await start({ outboundHighWaterBytes: HIGH, ...options });
    const slow = await slowPeer({ userId: 1, code: 1, id: 's', data: 16 * KIB });
    await until(() => pulled > 0 && !slow.client.isWritable);
    await settled(() => pulled);
    return slow;
  }

  it('is told to stop by a cancel', async () => {
    const { peer } = await waiting();
    const atRest = pulled;
    peer.send({ userId: 1, code: 1, id: 's', cancel: true });
    await until(() => stopped === 1);
    expect(pulled).toBe(atRest);
    peer.socket.terminate();
  });

  it('is told to stop when the client goes', async () => {
    const { peer, client } = await waiting();
    peer.socket.terminate();
    await until(() => stopped === 1);
    await until(() => client.inbox.queue.isIdle && client.readyState === 3);
  });

  it('is told to stop when the connection is closed here', async () => {
    const { client } = await waiting({ closeTimeoutMs: 50 });
    client.close(4000, 'enough');
    await until(() => stopped === 1);
  });

  it('is told to stop at once when the client is closed for its slowness, though it takes its time to go', async () => {
    const { peer, client } = await waiting({ closeTimeoutMs: 60_000 });
    while (client.isOpen) client.send(10, 'x'.repeat(16 * KIB));
    for (let i = 0; i < 5; i++) await nextTurn();
    expect([stopped, client.readyState]).toEqual([1, 2]);
    peer.socket.terminate();
  });

  it('does not hold up the end of the application', async () => {
    await waiting({ closeTimeoutMs: 50, shutdown: { durationMs: 0 } });
    await app.app.close();
    expect(stopped).toBe(1);
  });

  it('does not keep a client that gives no sign of life', async () => {
    const clock = new ManualClock();
    const { client } = await waiting({ clock, silenceTimeoutMs: Infinity });
    // The ping, after 25 s at most, waits behind it all; its pong is waited for 10 s.
    for (let seconds = 0; seconds < 36; seconds++) {
      clock.advance(1000);
      await nextTurn();
    }
    expect(client.cause).toBe('ping-timeout');
    await until(() => stopped === 1);
  });

  it('does not keep one that says nothing: silence is the client’s own', async () => {
    const clock = new ManualClock();
    const { client } = await waiting({ clock, pingIntervalMs: Infinity, closeTimeoutMs: 1000 });
    clock.advance(30_100);
    expect(client.cause).toBe('silence-timeout');
    clock.advance(1100);
    await until(() => stopped === 1);
  });
});

describe('An Observable, which can not be told to wait', () => {
  it('runs into the policy: the client is closed, and it is unsubscribed from', async () => {
    await start({ outboundHighWaterBytes: HIGH });
    const { peer } = await slowPeer({ userId: 1, code: 4, id: 's', data: 16 * KIB });
    await until(() => stopped === 1);
    peer.socket.resume();
    expect(await peer.closed).toMatchObject({ code: 4490 });
  });

  it("loses values where the path says 'drop-newest'; what comes is in order", async () => {
    await start({ outboundHighWaterBytes: HIGH, slowConsumer: 'drop-newest' });
    const { peer, client } = await slowPeer({ userId: 1, code: 4, id: 's', data: 16 * KIB });
    await until(() => pulled > 0 && !client.isWritable);
    const atMark = pulled;
    await until(() => pulled > atMark + 50);
    expect(client.bufferedAmount).toBeLessThan(HIGH + 32 * KIB);
    peer.socket.resume();
    const numbers = (): number[] => (peer.received as { data: { n: number } }[]).map(({ data }) => data.n);
    await until(() => (numbers().at(-1) ?? 0) > atMark + 50);
    expect(numbers()).toEqual([...numbers()].sort((a, b) => a - b));
    expect(numbers().length).toBeLessThan((numbers().at(-1) ?? 0) - 40);
  });
});
