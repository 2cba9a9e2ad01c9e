import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { ManualClock, RawClient, upgradeRequest } from '@nestwire/test-support';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import type { NestwireOptions } from '../nestwire.options.js';
import type { NestwireServer } from './nestwire-server.js';

let handled: unknown[] = [];
let finish: () => void = () => undefined;
let gate: Promise<void>;
let disconnected = 0;

@WebSocketGateway()
class SlowGateway {
  @WebSocketServer() server!: NestwireServer;

  handleDisconnect(): void {
    disconnected++;
  }

  @SubscribeMessage(1)
  async slow(@MessageBody() data: unknown): Promise<unknown> {
    handled.push(data);
    await gate;
    return data;
  }

  @Concurrency(4)
  @SubscribeMessage(2)
  async beside(@MessageBody() data: unknown): Promise<unknown> {
    handled.push(data);
    await gate;
    return data;
  }
}

let app: GatewayApp;
let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
  handled = [];
  disconnected = 0;
  gate = new Promise((resolve) => (finish = resolve));
});
afterEach(async () => {
  finish();
  await app.stop();
});

async function start(options: NestwireOptions = {}): Promise<NestwireServer> {
  app = await GatewayApp.start({ providers: [SlowGateway] }, { clock, ...options });
  return app.app.get(SlowGateway).server;
}

/** What Nest does for a signal; its type has no word of it. */
function end(signal: string | undefined): Promise<void> {
  return (app.app as { close(signal?: string): Promise<void> }).close(signal);
}

async function connect(count: number): Promise<Peer[]> {
  const { server } = app.app.get(SlowGateway);
  const peers: Peer[] = [];
  for (let i = 0; i < count; i++) peers.push(await app.connect());
  await until(() => server.clients.size === count);
  return peers;
}

describe('The end of the application', () => {
  it.each([
    ['no signal', undefined, 1001],
    ['SIGINT', 'SIGINT', 1001],
    ['SIGTERM', 'SIGTERM', 1012],
  ])('by %s closes with the code that says so', async (_, signal, code) => {
    await start();
    const [peer] = await connect(1);
    const closing = end(signal);
    const ending = await peer?.closed;
    expect(ending?.code).toBe(code);
    if (code === 1001) expect(ending?.reason).toBe('');
    else expect(JSON.parse(ending?.reason ?? '')).toEqual({ retryAfter: expect.any(Number) });
    await closing;
    expect(disconnected).toBe(1);
  });

  it('spreads the return of its clients over retryAfterMs', async () => {
    await start({ shutdown: { retryAfterMs: 1000 } });
    const peers = await connect(20);
    void end('SIGTERM');
    const waits: number[] = [];
    for (const peer of peers) waits.push((JSON.parse((await peer.closed).reason) as { retryAfter: number }).retryAfter);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1000);
    expect(new Set(waits).size).toBeGreaterThan(15);
  });

  it('has a code of one’s own', async () => {
    await start({ shutdown: { code: 4001 } });
    const [peer] = await connect(1);
    void end('SIGTERM');
    expect(await peer?.closed).toEqual({ code: 4001, reason: '' });
  });

  it.each([1, 2])('waits for handlers at work, and for what waits for them: code %d', async (code) => {
    await start();
    const [peer] = await connect(1);
    peer?.send({ userId: 1, code, data: 'a', id: 1 }, { userId: 1, code: 1, data: 'b', id: 2 });
    await until(() => handled.length === 1);
    const closing = app.app.close();
    // Too late: nothing is read any more.
    peer?.send({ userId: 1, code, data: 'c', id: 3 });
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    expect(await peer?.closed).toMatchObject({ code: 1001 });
    expect(peer?.received).toMatchObject([
      { id: 1, data: 'a' },
      { id: 2, data: 'b' },
    ]);
    expect(handled).toEqual(['a', 'b']);
    await closing;
  });

  it('does not wait for ever: past durationMs and finishMs they are closed all the same', async () => {
    const server = await start({ shutdown: { durationMs: 1000, finishMs: 2000 }, handlerTimeoutMs: 3500 });
    const [peer] = await connect(1);
    peer?.send({ userId: 1, code: 1, data: 'a', id: 1 });
    await until(() => handled.length === 1);
    const closing = app.app.close();
    await until(() => server.isClosing);
    clock.advance(2900);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(peer?.socket.readyState).toBe(1);
    clock.advance(200);
    expect(await peer?.closed).toMatchObject({ code: 1001 });
    expect(peer?.received).toEqual([]);
    clock.advance(1000);
    await closing;
  });

  it('refuses who comes then with 503 and Retry-After, and says so of itself', async () => {
    const server = await start();
    const [peer] = await connect(1);
    peer?.send({ userId: 1, code: 1 });
    await until(() => handled.length === 1);
    expect(server.isClosing).toBe(false);
    const closing = end('SIGTERM');
    await until(() => server.isClosing);
    const late = await RawClient.connect(app.port);
    late.write(upgradeRequest('/'));
    const { status, headers } = await late.response();
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    late.destroy();
    finish();
    await closing;
  });

  it('refuses who comes behind all others, until nobody listens', async () => {
    await start();
    await connect(1);
    const http = app.app.getHttpAdapter() as { close(): unknown };
    const { close } = http;
    let status = 0;
    // The last that Nest closes.
    http.close = async () => {
      http.close = close;
      const late = await RawClient.connect(app.port);
      late.write(upgradeRequest('/'));
      ({ status } = await late.response());
      late.destroy();
      return close.call(http);
    };
    await end('SIGTERM');
    expect(status).toBe(503);
  });

  it('closes very many by and by', async () => {
    const server = await start({ shutdown: { durationMs: 1000 }, handshakesPerSecond: Infinity });
    const peers = await connect(200);
    let closed = 0;
    for (const peer of peers) void peer.closed.then(({ code }) => (closed += code === 1001 ? 1 : 1000));
    const closing = app.app.close();
    await until(() => closed === 50);
    expect(server.clients.size).toBe(150);
    clock.advance(100);
    await until(() => closed === 100);
    clock.advance(100);
    clock.advance(100);
    await closing;
    await until(() => closed === 200);
  });

  it('may be asked for twice, and may be hurried up', async () => {
    const server = await start();
    const [peer] = await connect(1);
    peer?.send({ userId: 1, code: 1 });
    await until(() => handled.length === 1);
    const closing = [server.close(4001, 'now'), server.close()];
    expect(await peer?.closed).toEqual({ code: 4001, reason: 'now' });
    finish();
    await Promise.all(closing);
    await app.app.close();
    await server.close();
  });

  it.each([{ code: 1006 }, { durationMs: -1 }, { finishMs: Infinity }, { retryAfterMs: NaN }])(
    'can’t be %j, which is said at the start',
    async (shutdown) => {
      await expect(start({ shutdown })).rejects.toThrow(RangeError);
      await start();
    },
  );
});
