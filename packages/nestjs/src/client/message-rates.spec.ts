import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Catch, type ArgumentsHost, type ExceptionFilter, type HttpException } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ManualClock } from '@nestwire/test-support';
import { interval } from 'rxjs';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import { Cost } from '../decorators/cost.decorator.js';
import { RateLimit } from '../decorators/rate-limit.decorator.js';
import type { NestwireOptions } from '../nestwire.options.js';
import { NestwireServers } from '../module/nestwire-servers.js';
import { NestwireModule } from '../module/nestwire.module.js';
import { RateMeter } from './message-rates.js';
import type { NestwireClient } from './nestwire-client.js';

describe('RateMeter', () => {
  it('lets a burst in, and then one at a time', () => {
    const meter = new RateMeter({ perSecond: 10, burst: 3 });
    expect([0, 0, 0, 0].map((now) => meter.take(1, now))).toEqual([0, 0, 0, 100]);
    expect([99, 100, 100, 200].map((now) => meter.take(1, now))).toEqual([1, 0, 100, 0]);
  });

  it('saves up no more than a burst', () => {
    const meter = new RateMeter({ perSecond: 10, burst: 2 });
    expect([9e9, 9e9, 9e9].map((now) => meter.take(1, now))).toEqual([0, 0, 100]);
  });

  it('weighs what costs more, or less', () => {
    const meter = new RateMeter({ perSecond: 1, burst: 5 });
    expect(meter.take(4, 0)).toBe(0);
    expect(meter.take(2, 0)).toBe(1000);
    expect([meter.take(0.5, 0), meter.take(0.5, 0), meter.take(0.5, 0)]).toEqual([0, 0, 500]);
    expect(meter.take(0, 0)).toBe(0);
  });

  it('charges nothing for what it refuses', () => {
    const meter = new RateMeter({ perSecond: 1, burst: 1 });
    meter.take(1, 0);
    for (let i = 0; i < 1000; i++) meter.take(1, 500);
    expect(meter.take(1, 1000)).toBe(0);
  });

  it('adds up rates that are no round numbers, for years', () => {
    const meter = new RateMeter({ perSecond: 3, burst: 3 });
    const now = 1e11;
    expect([1, 2, 3, 4].map(() => meter.take(1, now))).toEqual([0, 0, 0, 334]);
  });
});

@WebSocketGateway()
class PlainGateway {
  handled = 0;

  @SubscribeMessage(1)
  one(@MessageBody() data: unknown): unknown {
    this.handled++;
    return data;
  }

  @Cost(4)
  @SubscribeMessage(4)
  dear(): string {
    return 'dear';
  }

  @Cost(0)
  @SubscribeMessage(5)
  free(): string {
    return 'free';
  }

  @RateLimit({ perSecond: 0.5 })
  @SubscribeMessage(6)
  rare(): string {
    return 'rare';
  }

  @SubscribeMessage(7)
  stream(@ConnectedSocket() _client: NestwireClient): unknown {
    return interval(60_000);
  }
}

@RateLimit({ perSecond: 1, burst: 2 })
@WebSocketGateway({ path: '/limited', messagesPerSecond: Infinity })
class LimitedGateway {
  @SubscribeMessage(1)
  a(): string {
    return 'a';
  }

  @SubscribeMessage(2)
  b(): string {
    return 'b';
  }
}

let app: GatewayApp | undefined;
let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
});
afterEach(() => app?.stop());

function running(): GatewayApp {
  return app as GatewayApp;
}

async function connect(options: NestwireOptions, path = '/', filter?: ExceptionFilter): Promise<Peer> {
  app = await GatewayApp.start(
    { imports: [NestwireModule.forRoot()], providers: [PlainGateway, LimitedGateway] },
    { clock, silenceTimeoutMs: Infinity, messagesPerSecond: 1, messageBurst: 5, ...options },
    (nest) => (filter === undefined ? nest : nest.useGlobalFilters(filter)),
  );
  return app.connect(path);
}

const error = (retryAfter: number): object => ({ status: 429, message: 'Too many messages', details: { retryAfter } });

function statuses(messages: unknown[]): unknown[] {
  return messages.map((message) => (message as { error?: { status: number } }).error?.status ?? 'ok');
}

describe('Messages a second', () => {
  it('past the burst are a 429 each, in their turn, with the time to wait; later ones are handled again', async () => {
    const peer = await connect({});
    for (let id = 0; id < 7; id++) peer.send({ userId: 1, code: 1, data: id, id });
    expect((await peer.take(7)).slice(4)).toEqual([
      { userId: 1, code: 1, data: 4, id: 4 },
      { userId: 1, code: 1, id: 5, error: error(1000) },
      { userId: 1, code: 1, id: 6, error: error(1000) },
    ]);
    clock.advance(2000);
    peer.send({ userId: 1, code: 1 }, { userId: 1, code: 1, id: 8 }, { userId: 1, code: 1, id: 9 });
    expect(await peer.take(2)).toEqual([
      { userId: 1, code: 1, id: 8 },
      { userId: 1, code: 1, id: 9, error: error(1000) },
    ]);
    const { counts } = running().app.get(NestwireServers).of(PlainGateway);
    expect([counts.limits.get('message-rate'), counts.errors.get(429)]).toEqual([3, 3]);
  });

  it('close with 4429, the fifth time within 10 s', async () => {
    const peer = await connect({});
    const { handled } = running().app.get(PlainGateway);
    for (let i = 0; i < 10; i++) peer.send({ userId: 1, code: 1, id: i });
    expect(await peer.closed).toEqual({ code: 4429, reason: 'too many messages' });
    expect(statuses(peer.received)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 429, 429, 429, 429]);
    expect(running().app.get(PlainGateway).handled - handled).toBe(5);
  });

  it('do not add up over more than 10 s', async () => {
    const peer = await connect({ maxExcessMessages: 2 });
    for (let i = 0; i < 6; i++) peer.send({ userId: 1, code: 1, id: i });
    await peer.take(6);
    clock.advance(10_000);
    for (let i = 0; i < 6; i++) peer.send({ userId: 1, code: 1, id: i });
    expect(statuses(await peer.take(6)).at(-1)).toBe(429);
    peer.send({ userId: 1, code: 1 });
    expect(await peer.closed).toMatchObject({ code: 4429 });
  });

  it('are counted for each connection', async () => {
    const [one, two] = [await connect({ messageBurst: 4 }), await running().connect()];
    for (const peer of [one, two]) peer.send({ userId: 1, code: 4, id: 1 });
    expect(statuses([...(await one.take(1)), ...(await two.take(1))])).toEqual(['ok', 'ok']);
  });

  it('of unknown codes, and cancels, count as well', async () => {
    const peer = await connect({ maxExcessMessages: 1 });
    for (let i = 0; i < 3; i++) peer.send({ userId: 1, code: 404 });
    peer.send({ userId: 1, code: 1, id: 0, cancel: true }, { userId: 1, code: 1, id: 0, cancel: true });
    await peer.take(3);
    peer.send({ userId: 1, code: 1, id: 0, cancel: true });
    expect(await peer.closed).toMatchObject({ code: 4429 });
  });

  it('past the limit still cancel what they cancel', async () => {
    const peer = await connect({});
    peer.send({ userId: 1, code: 7, id: 's' });
    for (let i = 0; i < 5; i++) peer.send({ userId: 1, code: 1, id: i });
    peer.send({ userId: 1, code: 7, id: 's', cancel: true });
    await peer.take(5);
    clock.advance(5000);
    peer.send({ userId: 1, code: 1, id: 's' });
    expect(statuses(await peer.take(1))).toEqual(['ok']);
  });

  it('go through the filters, details and all', async () => {
    const seen: unknown[] = [];
    @Catch()
    class Filter implements ExceptionFilter {
      catch(exception: HttpException, host: ArgumentsHost): void {
        seen.push(exception.getStatus(), host.getType());
      }
    }
    const peer = await connect({ messageBurst: 4 }, '/', new Filter());
    peer.send({ userId: 1, code: 4 }, { userId: 1, code: 1, data: 1 });
    expect((await peer.take(2))[1]).toEqual({ userId: 1, code: 1, error: error(1000) });
    expect(seen).toEqual([429, 'ws']);
  });
});

describe('@Cost()', () => {
  it('counts a message for several, or for none', async () => {
    const peer = await connect({});
    peer.send({ userId: 1, code: 4, id: 1 }, { userId: 1, code: 4, id: 2 }, { userId: 1, code: 1, id: 3 });
    for (let i = 4; i < 10; i++) peer.send({ userId: 1, code: 5, id: i });
    const [first, second, third, ...free] = statuses(await peer.take(9));
    expect([first, second, third]).toEqual(['ok', 429, 'ok']);
    expect(free).toEqual(free.map(() => 'ok'));
  });

  it('can not cost more than may come at once', async () => {
    await expect(connect({ messageBurst: 3 })).rejects.toThrow(/PlainGateway\.dear.*4.*messageBurst/);
  });

  it.each([-1, NaN, Infinity])('%d is none', (cost) => {
    expect(() => Cost(cost)).toThrow(RangeError);
  });
});

describe('@RateLimit()', () => {
  it('limits one code, beside what holds for all', async () => {
    const peer = await connect({});
    peer.send({ userId: 1, code: 6, id: 1 }, { userId: 1, code: 6, id: 2 }, { userId: 1, code: 1, id: 3 });
    expect(statuses(await peer.take(3))).toEqual(['ok', 429, 'ok']);
    clock.advance(2000);
    peer.send({ userId: 1, code: 6, id: 4 });
    expect(statuses(await peer.take(1))).toEqual(['ok']);
  });

  it('at a gateway, limits all of its codes together; also where there is no other limit', async () => {
    const peer = await connect({}, '/limited');
    peer.send({ userId: 1, code: 1, id: 1 }, { userId: 1, code: 2, id: 2 }, { userId: 1, code: 1, id: 3 });
    expect(statuses(await peer.take(3))).toEqual(['ok', 'ok', 429]);
  });

  it.each([{ perSecond: 0 }, { perSecond: NaN }, { perSecond: 1, burst: 0.5 }])('%j is none', (rule) => {
    expect(() => RateLimit(rule)).toThrow(RangeError);
  });
});

describe('Connections of one user', () => {
  it('are so many: a further one closes the oldest with 4409', async () => {
    const authenticate = (): object => ({ userId: 7 });
    const first = await connect({ authenticate: authenticate as never, maxConnectionsPerUser: 2 });
    const second = await running().connect();
    const { clients, counts } = running().app.get(NestwireServers).of(PlainGateway);
    await until(() => clients.size === 2);
    const third = await running().connect();
    expect(await first.closed).toEqual({ code: 4409, reason: 'replaced by a newer connection' });
    await until(() => clients.size === 2);
    expect([second.socket.readyState, third.socket.readyState]).toEqual([1, 1]);
    expect(counts.limits.get('connections-per-user')).toBe(1);
  });
});
