import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UseInterceptors,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { defer, EMPTY, map, type Observable, of, Subject } from 'rxjs';
import { GatewayApp, type Peer } from '../spec/gateway-app.js';
import { NestwireClient } from './client/nestwire-client.js';
import { Code } from './decorators/code.decorator.js';
import { UserId } from './decorators/user-id.decorator.js';
import { Reply } from './message/reply.js';
import { NestwireAdapter } from './nestwire.adapter.js';
import { NestwireServer } from './server/nestwire-server.js';

const INTERNAL = { status: 500, message: 'Internal server error' };

class Trim implements PipeTransform<string, string> {
  transform(value: string): string {
    return value.trim();
  }
}

@Injectable()
class Wrap implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => (value === undefined ? value : { wrapped: value })));
  }
}

@Injectable()
class ShortCircuit implements NestInterceptor {
  intercept(): Observable<unknown> {
    return of('cached');
  }
}

const ticks = new Subject<number>();
let returned = 0;

@WebSocketGateway()
class EchoGateway {
  @WebSocketServer() server!: NestwireServer;

  @SubscribeMessage(1001)
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(1002)
  facts(@UserId() userId: unknown, @Code() code: number, @ConnectedSocket() client: NestwireClient): object {
    return { userId, code, isClient: client instanceof NestwireClient, clients: this.server.clients.has(client) };
  }

  @SubscribeMessage(1003)
  bare(client: NestwireClient, data: unknown, ...rest: unknown[]): object {
    return {
      isClient: client instanceof NestwireClient,
      data,
      more: rest.filter((value) => value !== undefined).length,
    };
  }

  @SubscribeMessage(1004)
  field(@MessageBody('name', new Trim()) name: string): string {
    return name;
  }

  @SubscribeMessage(1010)
  async promise(@MessageBody() delayMs: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    return delayMs;
  }

  @SubscribeMessage(1011)
  nothing(): void {
    // Answers nothing.
  }

  @SubscribeMessage(1012)
  stream(@MessageBody() values: unknown[]): Observable<unknown> {
    return defer(() => of(...values));
  }

  @SubscribeMessage(1013)
  async *iterate(@MessageBody() values: unknown[]): AsyncGenerator<unknown> {
    for (const value of values) yield await Promise.resolve(value);
  }

  @SubscribeMessage(1014)
  other(): Reply {
    return new Reply(2014, 'under another code');
  }

  @SubscribeMessage(1015)
  endless(): Observable<number> {
    return ticks;
  }

  @SubscribeMessage(1016)
  endlessIterable(): AsyncIterable<number> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<IteratorResult<number>>(() => undefined),
        return: () => {
          returned++;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  }

  @SubscribeMessage(1017)
  cyclic(): object {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    return cycle;
  }

  @UseInterceptors(Wrap)
  @SubscribeMessage(1020)
  wrapped(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseInterceptors(Wrap)
  @SubscribeMessage(1021)
  wrappedStream(@MessageBody() values: unknown[]): Observable<unknown> {
    return of(...values);
  }

  @UseInterceptors(Wrap)
  @SubscribeMessage(1022)
  async *wrappedIterable(@MessageBody() values: unknown[]): AsyncGenerator<unknown> {
    for (const value of values) yield await Promise.resolve(value);
  }

  @UseInterceptors(Wrap)
  @SubscribeMessage(1023)
  async wrappedLater(@MessageBody() delayMs: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    return delayMs;
  }

  @UseInterceptors(ShortCircuit)
  @SubscribeMessage(1024)
  never(): string {
    return 'never';
  }

  @SubscribeMessage(1025)
  emptyStream(): Observable<never> {
    return EMPTY;
  }
}

@WebSocketGateway({ path: '/other' })
class OtherGateway {
  @SubscribeMessage(1001)
  echo(): string {
    return 'other';
  }
}

@Controller()
class HttpController {
  @Get('http')
  get(): string {
    return 'http';
  }
}

describe('NestwireAdapter', () => {
  let app: GatewayApp;

  afterEach(() => app.stop());

  async function connect(): Promise<Peer> {
    app = await GatewayApp.start({ providers: [EchoGateway, OtherGateway] });
    return app.connect();
  }

  describe('what a handler gets', () => {
    it('is the data of the envelope, and the reply goes back under its code', async () => {
      const peer = await connect();
      peer.send('{"userId":10001,"code":1001,"data":{}}');
      expect(await peer.takeAll()).toEqual([{ userId: 10001, code: 1001, data: {} }]);
    });

    it('is user, code and client by decorators', async () => {
      const peer = await connect();
      peer.send({ userId: 'ann', code: 1002 });
      const data = { userId: 'ann', code: 1002, isClient: true, clients: true };
      expect(await peer.takeAll()).toEqual([{ userId: 'ann', code: 1002, data }]);
    });

    it('is client and data where no parameter is decorated, and nothing of ours behind them', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1003, data: 'x' });
      expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1003, data: { isClient: true, data: 'x', more: 0 } }]);
    });

    it('is a field of the data, through its pipe', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1004, data: { name: ' ann ' } });
      expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1004, data: 'ann' }]);
    });
  });

  describe('what a handler gives', () => {
    it.each([
      ['a value', { code: 1001, data: 'v' }, [{ code: 1001, data: 'v' }]],
      ['null', { code: 1001, data: null }, [{ code: 1001, data: null }]],
      ['a value, asked with an id', { code: 1001, data: 'v', id: 'i' }, [{ code: 1001, id: 'i', data: 'v' }]],
      ['a promise', { code: 1010, data: 5, id: 7 }, [{ code: 1010, id: 7, data: 5 }]],
      ['nothing', { code: 1011 }, []],
      ['nothing, asked with an id', { code: 1011, id: 1 }, [{ code: 1011, id: 1 }]],
      ['another code', { code: 1014 }, [{ code: 2014, data: 'under another code' }]],
      ['what no codec can encode', { code: 1017 }, [{ code: 1017, error: INTERNAL }]],
      ['what no codec can encode, asked with an id', { code: 1017, id: 1 }, [{ code: 1017, id: 1, error: INTERNAL }]],
      ['a value through an interceptor', { code: 1020, data: 1, id: 1 }, [{ code: 1020, id: 1, data: { wrapped: 1 } }]],
      ['nothing through an interceptor', { code: 1020 }, []],
      ['nothing through an interceptor, with an id', { code: 1020, id: 1 }, [{ code: 1020, id: 1 }]],
      ['what an interceptor gives in its place', { code: 1024, id: 1 }, [{ code: 1024, id: 1, data: 'cached' }]],
    ])('%s', async (_, request, replies) => {
      const peer = await connect();
      peer.send({ userId: 1, ...request });
      expect(await peer.takeAll()).toEqual(replies.map((reply) => ({ userId: 1, ...reply })));
    });

    it.each([
      ['an Observable', 1012, (value: unknown) => value],
      ['an async iterable', 1013, (value: unknown) => value],
      ['an Observable through an interceptor', 1021, (wrapped: unknown) => ({ wrapped })],
      ['an async iterable through an interceptor', 1022, (wrapped: unknown) => ({ wrapped })],
    ])('%s: a reply a value, and done where there was an id', async (_, code, shape) => {
      const peer = await connect();
      peer.send({ userId: 1, code, data: ['a', 'b'], id: 's' });
      expect(await peer.take(3)).toEqual([
        { userId: 1, code, id: 's', data: shape('a') },
        { userId: 1, code, id: 's', data: shape('b') },
        { userId: 1, code, id: 's', done: true },
      ]);
      peer.send({ userId: 1, code, data: ['a'] });
      expect(await peer.take(1)).toEqual([{ userId: 1, code, data: shape('a') }]);
      expect(await peer.takeAll()).toEqual([]);
    });

    it('an Observable that is empty: done alone', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1025, id: 1 });
      expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1025, id: 1, done: true }]);
    });
  });

  describe('order', () => {
    it.each([1010, 1023])('answers code %d in the order of the messages, whatever the handlers take', async (code) => {
      const peer = await connect();
      const delays = Array.from({ length: 200 }, () => Math.floor(Math.random() * 4));
      peer.send(...delays.map((data) => ({ userId: 1, code, data, id: 0 })).map((m, i) => ({ ...m, id: i })));
      const replies = (await peer.take(200)) as { id: number }[];
      expect(replies.map(({ id }) => id)).toEqual(delays.map((_, i) => i));
    });

    it('does not wait for the end of a stream', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1015, id: 'e' }, { userId: 1, code: 1001, data: 'next' });
      expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1001, data: 'next' }]);
      ticks.next(1);
      expect(await peer.take(1)).toEqual([{ userId: 1, code: 1015, id: 'e', data: 1 }]);
    });
  });

  describe('streams end with their reason', () => {
    it('a cancel stops the stream with its id, and an unknown id nothing', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1015, id: 'e' });
      await peer.takeAll();
      expect(ticks.observed).toBe(true);
      peer.send({ userId: 1, code: 1015, id: 'unknown', cancel: true });
      await peer.takeAll();
      expect(ticks.observed).toBe(true);
      peer.send({ userId: 1, code: 1015, id: 'e', cancel: true });
      expect(await peer.takeAll()).toEqual([]);
      expect(ticks.observed).toBe(false);
      peer.send({ userId: 1, code: 1001, id: 'e', data: 'free again' });
      expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1001, id: 'e', data: 'free again' }]);
    });

    it('the end of the connection stops them all', async () => {
      const peer = await connect();
      const before = returned;
      peer.send({ userId: 1, code: 1015 }, { userId: 1, code: 1016 });
      await peer.takeAll();
      peer.socket.close();
      await peer.closed;
      await app.stop();
      expect(ticks.observed).toBe(false);
      expect(returned).toBe(before + 1);
    });
  });

  describe('messages for no handler', () => {
    it.each([
      ['no JSON', '{', { code: 0, error: { status: 400 } }],
      ['no object', '[1]', { code: 0, error: { status: 400 } }],
      ['no code', '{"userId":1,"id":"i"}', { userId: 1, code: 0, id: 'i', error: { status: 400 } }],
      ['the reserved code', '{"userId":1,"code":0}', { userId: 1, code: 0, error: { status: 400 } }],
      ['a code out of range', '{"userId":1,"code":2147483648}', { userId: 1, code: 0, error: { status: 400 } }],
      ['a code in quotes', '{"userId":1,"code":"1001"}', { userId: 1, code: 0, error: { status: 400 } }],
      ['a user below 0', '{"userId":-1,"code":1001}', { code: 1001, error: { status: 400 } }],
      ['no user', '{"code":1001,"id":1}', { code: 1001, id: 1, error: { status: 400 } }],
      ['an id that is no id', '{"userId":1,"code":1001,"id":1.5}', { userId: 1, code: 1001, error: { status: 400 } }],
      ["the server's id", '{"userId":1,"code":1001,"id":"s:1"}', { code: 1001, id: 's:1', error: { status: 400 } }],
      ['an unknown code', '{"userId":1,"code":77,"id":1}', { userId: 1, code: 77, id: 1, error: { status: 404 } }],
    ])('%s', async (_, message, reply) => {
      const peer = await connect();
      peer.send(message);
      const replies = await peer.takeAll();
      expect(replies).toHaveLength(1);
      expect(replies[0]).toMatchObject(reply);
      expect(replies[0]).not.toHaveProperty('data');
    });

    it('an id that is still in flight is refused, and the first is answered all the same', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1010, data: 5, id: 1 }, { userId: 1, code: 1001, id: 1 });
      expect(await peer.takeAll()).toMatchObject([
        { id: 1, code: 1010, data: 5 },
        { id: 1, code: 1001, error: { status: 409 } },
      ]);
    });

    it('five malformed ones in 10 s close the connection with 4400', async () => {
      const peer = await connect();
      peer.send('1', '2', '3', '4', '5', '6');
      expect((await peer.closed).code).toBe(4400);
      expect(peer.received).toHaveLength(4);
    });

    it('a binary one closes it with 1003', async () => {
      const peer = await connect();
      peer.send(Buffer.from('{"userId":1,"code":1001}'));
      expect((await peer.closed).code).toBe(1003);
    });

    it('one over the limit closes it with 1009', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1001, data: 'x'.repeat(64 * 1024) });
      expect((await peer.closed).code).toBe(1009);
    });
  });

  describe('paths and ports', () => {
    it('shares the port with HTTP', async () => {
      app = await GatewayApp.start({ providers: [EchoGateway], controllers: [HttpController] });
      expect(await (await fetch(`http://127.0.0.1:${String(app.port)}/http`)).text()).toBe('http');
      const peer = await app.connect();
      peer.send({ userId: 1, code: 1001, data: 1 });
      expect(await peer.takeAll()).toHaveLength(1);
    });

    it('tells gateways on different paths apart, and answers 404 where none is', async () => {
      await connect();
      const peer = await app.connect('/other?x=1');
      peer.send({ userId: 1, code: 1001 });
      expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1001, data: 'other' }]);
      const nowhere = app.dial('/nowhere');
      const status = new Promise((resolve) => {
        nowhere.socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
      });
      nowhere.open().catch(() => undefined);
      expect(await status).toBe(404);
    });

    it('speaks its JSON to a client that asks for it by name', async () => {
      await connect();
      const peer = await app.connect('/', ['unknown', 'nestwire.v1.json']);
      expect(peer.socket.protocol).toBe('nestwire.v1.json');
    });
  });

  it('compresses, where it is told to', async () => {
    app = await GatewayApp.start({ providers: [EchoGateway] }, { perMessageDeflate: { thresholdBytes: 0 } });
    const peer = await app.connect();
    expect(peer.socket.extensions).toContain('permessage-deflate');
    peer.send({ userId: 1, code: 1001, data: 'x'.repeat(5000) });
    expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1001, data: 'x'.repeat(5000) }]);
  });

  describe('what goes wrong at the start, not at the first message', () => {
    async function adapterFor(...gateways: (new () => object)[]): Promise<() => NestwireAdapter> {
      await connect();
      const module = await Test.createTestingModule({ providers: gateways }).compile();
      const nest = module.createNestApplication({ logger: false });
      return () => new NestwireAdapter(nest);
    }

    it('a code that is none', async () => {
      @WebSocketGateway()
      class Named {
        @SubscribeMessage('events')
        on(): void {
          // Never called.
        }
      }
      expect(await adapterFor(Named)).toThrow(/Named\.on/);
    });

    it('a code that two methods of a path claim', async () => {
      @WebSocketGateway({ path: '/' })
      class Second {
        @SubscribeMessage(1001)
        again(): void {
          // Never called.
        }
      }
      expect(await adapterFor(EchoGateway, Second)).toThrow(/EchoGateway\.echo.*Second\.again/);
    });

    it('one that two classes of the same name claim, or one class twice: the modules tell which', async () => {
      const namesake = (): new () => object => {
        @WebSocketGateway()
        class Namesake {
          @SubscribeMessage(1)
          on(): void {
            // Never called.
          }
        }
        return Namesake;
      };
      const [one, other] = [namesake(), namesake()];
      class FirstModule {}
      class SecondModule {}
      for (const gateways of [
        [one, other],
        [one, one],
      ] as const) {
        const imports = [
          { module: FirstModule, providers: [gateways[0]] },
          { module: SecondModule, providers: [gateways[1]] },
        ];
        const module = await Test.createTestingModule({ imports }).compile();
        const nest = module.createNestApplication({ logger: false });
        expect(() => new NestwireAdapter(nest)).toThrow(/Namesake\.on \(FirstModule\).*Namesake\.on \(SecondModule\)/);
      }
      await connect();
    });

    it('an option out of its range', async () => {
      await connect();
      expect(() => new NestwireAdapter(app.app, { maxMessageBytes: -1 })).toThrow(RangeError);
    });
  });
});
