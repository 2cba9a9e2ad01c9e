import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  Injectable,
  Logger,
  type NestInterceptor,
  ParseIntPipe,
  type PipeTransform,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { interval, map, Observable, of } from 'rxjs';
import { GatewayApp, type Peer } from '../spec/gateway-app.js';
import { until } from '../spec/until.js';
import type { NestwireClient } from './client/nestwire-client.js';
import { Concurrency } from './decorators/concurrency.decorator.js';
import { UserId } from './decorators/user-id.decorator.js';
import { NestwireMessage } from './message/nestwire-message.js';
import { Reply } from './message/reply.js';
import { NestwireServer } from './server/nestwire-server.js';

interface Profile {
  name?: string;
}

let seen: unknown[] = [];
let gate: Promise<unknown> = Promise.resolve();

/** What a guard, an interceptor or a filter may read of a message. */
function factsOf(host: ArgumentsHost): object {
  const ws = host.switchToWs();
  const client: NestwireClient<Profile> = ws.getClient();
  return {
    type: host.getType(),
    data: ws.getData<unknown>(),
    pattern: ws.getPattern(),
    name: client.data.name,
    code: NestwireMessage.of(host)?.code,
  };
}

@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    seen.push(['guard', factsOf(context), context.getClass().name, context.getHandler().name]);
    return this.reflector.get<string>('role', context.getHandler()) !== 'nobody';
  }
}

class Watch implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen.push(['interceptor', factsOf(context)]);
    return next.handle();
  }
}

@Catch(HttpException)
class WatchFilter implements ExceptionFilter {
  catch(_exception: HttpException, host: ArgumentsHost): void {
    seen.push(['filter', factsOf(host)]);
  }
}

class Ticks implements NestInterceptor {
  intercept(): Observable<unknown> {
    return new Observable((subscriber) => {
      const ticking = interval(1).subscribe(subscriber);
      return () => {
        seen.push('interceptor stopped');
        ticking.unsubscribe();
      };
    });
  }
}

/** It has no business with anything but parameters of the user's own. */
class Strict implements PipeTransform {
  transform(value: unknown): unknown {
    if (value instanceof NestwireMessage) throw new Error('not for me');
    seen.push(['pipe', typeof value]);
    return value;
  }
}

class Upper implements PipeTransform<string, string> {
  transform(value: string): string {
    return value.toUpperCase();
  }
}

@UseGuards(RolesGuard)
@UseInterceptors(Watch)
@UseFilters(WatchFilter)
@WebSocketGateway()
class WatchedGateway {
  handleConnection(client: NestwireClient<Profile>): void {
    client.data.name = 'ann';
  }

  @SubscribeMessage(1)
  pass(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SetMetadata('role', 'nobody')
  @SubscribeMessage(2)
  denied(): void {
    // Never called.
  }

  @SubscribeMessage(3)
  fail(): never {
    throw new HttpException('no', 409);
  }
}

@WebSocketGateway()
class ParameterGateway implements OnGatewayInit<NestwireServer> {
  @WebSocketServer() server!: NestwireServer;
  @WebSocketServer() same!: NestwireServer;
  initialised: NestwireServer[] = [];

  afterInit(server: NestwireServer): void {
    this.initialised.push(server);
  }

  @SubscribeMessage(10)
  several(
    @UserId() userId: unknown,
    @MessageBody('count', ParseIntPipe) count: number,
    @ConnectedSocket() client: NestwireClient<Profile>,
    @MessageBody('name', new Upper()) name: string,
    @MessageBody() data: unknown,
  ): object {
    client.data.name = name;
    return { userId, count, name, data, server: this.server === this.same };
  }

  @UsePipes(new Strict())
  @SubscribeMessage(11)
  strict(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@WebSocketGateway()
class AckGateway {
  @SubscribeMessage(20)
  now(@MessageBody() data: unknown, @Ack() ack: (data?: unknown) => void): string {
    ack(data);
    ack('again');
    return 'not sent';
  }

  @SubscribeMessage(21)
  async later(@MessageBody() data: unknown, @Ack() ack: (data?: unknown) => void): Promise<void> {
    await gate;
    ack(new Reply(2100, data));
  }

  @SubscribeMessage(22)
  afterwards(@Ack() ack: (data?: unknown) => void): void {
    void gate.then(() => ack('afterwards'));
  }

  @SubscribeMessage(23)
  fails(@Ack() _ack: (data?: unknown) => void): never {
    throw new HttpException('instead', 409);
  }

  @SubscribeMessage(24)
  failsAfterwards(@Ack() ack: (data?: unknown) => void): never {
    ack('answered');
    throw new Error('a matter for the log');
  }

  @UseInterceptors(Watch)
  @SubscribeMessage(25)
  intercepted(@Ack() ack: (data?: unknown) => void): string {
    ack('intercepted');
    return 'not sent';
  }

  @Concurrency(4)
  @SubscribeMessage(26)
  async ordered(@MessageBody() data: unknown, @Ack() ack: (data?: unknown) => void): Promise<void> {
    if (data === 'slow') await gate;
    ack(data);
  }
}

const BYTES = Buffer.from([0, 1, 255]);

@WebSocketGateway()
class AnswersGateway {
  @SubscribeMessage(30)
  buffer(): Buffer {
    return BYTES;
  }

  @SubscribeMessage(31)
  bytes(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(BYTES));
  }

  @SubscribeMessage(32)
  byteStream(): Observable<Uint8Array> {
    return of(BYTES, BYTES);
  }

  @UseInterceptors(Watch)
  @SubscribeMessage(33)
  intercepted(): Buffer {
    return BYTES;
  }

  @SubscribeMessage(40)
  async *generator(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) {
        yield i;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      seen.push('generator stopped');
    }
  }

  @UseInterceptors(Watch)
  @SubscribeMessage(41)
  interceptedGenerator(): AsyncGenerator<number> {
    return this.generator();
  }

  @SubscribeMessage(42)
  observable(): Observable<number> {
    return new Observable((subscriber) => {
      const ticking = interval(1).subscribe(subscriber);
      return () => {
        seen.push('observable stopped');
        ticking.unsubscribe();
      };
    });
  }

  @UseInterceptors(Ticks)
  @SubscribeMessage(43)
  ofInterceptor(): string {
    return 'never';
  }

  @SubscribeMessage(44)
  brokenIterable(): AsyncIterable<number> {
    return {
      [Symbol.asyncIterator]: () => {
        throw new HttpException('no iterator', 409);
      },
    };
  }

  @SubscribeMessage(45)
  finite(): AsyncIterable<number> {
    let n = 0;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve(n++ < 2 ? { done: false, value: n } : { done: true as const, value: undefined }),
        return: () => {
          seen.push('told to stop');
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  }

  @SubscribeMessage(46)
  unencodableDetails(): never {
    throw new HttpException({ message: 'with details', details: 1n }, 409);
  }

  @UseInterceptors({ intercept: (_: ExecutionContext, next: CallHandler) => next.handle().pipe(map(() => BYTES)) })
  @SubscribeMessage(47)
  mapped(): string {
    return 'never';
  }
}

describe('Of Nest, a gateway has', () => {
  let app: GatewayApp;

  beforeEach(() => {
    seen = [];
    gate = Promise.resolve();
  });

  afterEach(async () => {
    await app.stop();
    jest.restoreAllMocks();
  });

  async function connect(): Promise<Peer> {
    app = await GatewayApp.start({ providers: [WatchedGateway, ParameterGateway, AckGateway, AnswersGateway] });
    return app.connect();
  }

  const whenSeen = (...what: string[]): Promise<void> => until(() => what.every((one) => seen.includes(one)));

  describe('an execution context', () => {
    const facts = (code: number): object => ({ type: 'ws', data: { x: 1 }, pattern: code, name: 'ann', code });

    it('with client, data and pattern, in guards and interceptors', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 1, data: { x: 1 } });
      expect(await peer.take(1)).toEqual([{ userId: 1, code: 1, data: { x: 1 } }]);
      expect(seen).toEqual([
        ['guard', facts(1), 'WatchedGateway', 'pass'],
        ['interceptor', facts(1)],
      ]);
    });

    it('whose handler has its metadata: a guard that reads it says no', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 2, data: { x: 1 } });
      expect(await peer.take(1)).toMatchObject([{ code: 2, error: { status: 403 } }]);
      expect(seen).toEqual([['guard', facts(2), 'WatchedGateway', 'denied']]);
    });

    it('and so has a filter', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 3, data: { x: 1 } });
      expect(await peer.take(1)).toMatchObject([{ code: 3, error: { status: 409 } }]);
      expect(seen.at(-1)).toEqual(['filter', facts(3)]);
    });
  });

  describe('parameters', () => {
    it('in any order, each through its pipes', async () => {
      const peer = await connect();
      peer.send({ userId: 7, code: 10, data: { count: '5', name: 'ann' } });
      expect(await peer.take(1)).toEqual([
        {
          userId: 7,
          code: 10,
          data: { userId: 7, count: 5, name: 'ANN', data: { count: '5', name: 'ann' }, server: true },
        },
      ]);
      peer.send({ userId: 7, code: 10, data: { count: 'x', name: 'ann' }, id: 1 });
      expect(await peer.take(1)).toMatchObject([{ id: 1, error: { status: 400 } }]);
    });

    it('that are its own alone: pipes see none of ours', async () => {
      const peer = await connect();
      peer.send({ userId: 7, code: 11, data: 'x', id: 1 });
      expect(await peer.take(1)).toMatchObject([{ id: 1, data: 'x' }]);
      expect(seen).toEqual([['pipe', 'string']]);
    });

    it('and its server, which afterInit gets once', async () => {
      await connect();
      const gateway = app.app.get(ParameterGateway);
      expect(gateway.initialised).toEqual([gateway.server]);
      expect(gateway.server).toBeInstanceOf(NestwireServer);
    });
  });

  describe('@Ack()', () => {
    it('that answers once, in place of what the method returns', async () => {
      const peer = await connect();
      peer.send(
        { userId: 1, code: 20, data: 'a', id: 1 },
        { userId: 1, code: 20, data: 'b' },
        { userId: 1, code: 25, id: 2 },
      );
      expect(await peer.takeAll()).toEqual([
        { userId: 1, code: 20, id: 1, data: 'a' },
        { userId: 1, code: 20, data: 'b' },
        { userId: 1, code: 25, id: 2, data: 'intercepted' },
      ]);
    });

    it('that may answer under another code, and after the method has ended', async () => {
      let open = (): void => undefined;
      gate = new Promise<void>((resolve) => (open = resolve));
      const peer = await connect();
      peer.send({ userId: 1, code: 22, id: 1 }, { userId: 1, code: 21, data: 'x', id: 2 });
      open();
      expect(await peer.take(2)).toEqual([
        { userId: 1, code: 22, id: 1, data: 'afterwards' },
        { userId: 1, code: 2100, id: 2, data: 'x' },
      ]);
    });

    it('beside which an exception is an error if it comes first, and a line in the log if not', async () => {
      const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      const peer = await connect();
      peer.send({ userId: 1, code: 23, id: 1 }, { userId: 1, code: 24, id: 2 });
      expect(await peer.takeAll()).toEqual([
        { userId: 1, code: 23, id: 1, error: { status: 409, message: 'instead' } },
        { userId: 1, code: 24, id: 2, data: 'answered' },
      ]);
      expect(error).toHaveBeenCalledTimes(1);
    });

    it('whose answers keep the order as well', async () => {
      let open = (): void => undefined;
      gate = new Promise<void>((resolve) => (open = resolve));
      const peer = await connect();
      peer.send({ userId: 1, code: 26, data: 'slow' }, { userId: 1, code: 26, data: 'fast' });
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await pong;
      expect(peer.received).toEqual([]);
      open();
      expect(await peer.take(2)).toMatchObject([{ data: 'slow' }, { data: 'fast' }]);
    });
  });

  describe('binary answers, which JSON can not carry:', () => {
    it.each([30, 31, 33, 47])('the bytes of code %d as they are, and with an id a reply that says so', async (code) => {
      const peer = await connect();
      peer.send({ userId: 1, code }, { userId: 1, code, id: 1 });
      expect(await peer.takeAll()).toEqual([BYTES, BYTES, { userId: 1, code, id: 1 }]);
    });

    it('a stream of them as well', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 32, id: 1 });
      const empty = { userId: 1, code: 32, id: 1 };
      expect(await peer.take(5)).toEqual([BYTES, empty, BYTES, empty, { ...empty, done: true }]);
    });
  });

  describe('streams that are stopped', () => {
    it.each([
      [40, 'generator stopped'],
      [41, 'generator stopped'],
      [42, 'observable stopped'],
    ])('by a cancel: code %d', async (code, what) => {
      const peer = await connect();
      peer.send({ userId: 1, code, id: 's' });
      await peer.take(2);
      peer.send({ userId: 1, code, id: 's', cancel: true });
      await whenSeen(what);
    });

    it.each<[string, 'close' | 'terminate']>([
      ['closes', 'close'],
      ['vanishes', 'terminate'],
    ])('when the client %s', async (_, end) => {
      const peer = await connect();
      peer.send(...[40, 41, 42, 43].map((code) => ({ userId: 1, code, id: code })));
      await peer.take(20);
      peer.socket[end]();
      await whenSeen('generator stopped', 'observable stopped', 'interceptor stopped');
      await until(() => seen.filter((one) => one === 'generator stopped').length === 2);
    });

    it('or end by themselves, and are not told to stop then', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 45, id: 1 });
      expect(await peer.take(3)).toMatchObject([{ data: 1 }, { data: 2 }, { done: true }]);
      await peer.takeAll();
      expect(seen).not.toContain('told to stop');
    });

    it('or never begin: that is an error', async () => {
      const peer = await connect();
      peer.send({ userId: 1, code: 44, id: 1 });
      expect(await peer.take(1)).toMatchObject([{ id: 1, error: { status: 409, message: 'no iterator' } }]);
    });
  });

  it('errors even where their details can not be encoded', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 46, id: 1 });
    expect(await peer.takeAll()).toEqual([
      { userId: 1, code: 46, id: 1, error: { status: 409, message: 'with details' } },
    ]);
  });
});
