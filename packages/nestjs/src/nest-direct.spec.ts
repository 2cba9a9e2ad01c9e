import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  GoneException,
  HttpException,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  type Provider,
  Scope,
  SetMetadata,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { concat, from, type Observable, of, throwError } from 'rxjs';
import { GatewayApp } from '../spec/gateway-app.js';
import { NEST_CALLS, NEST_FINDS_ARGUMENTS } from '../spec/nests-way.js';
import type { NestwireClient } from './client/nestwire-client.js';
import { NestwireMessage } from './message/nestwire-message.js';
import { Reply } from './message/reply.js';
import type { NestwireServer } from './server/nestwire-server.js';

const NEEDS = 'needs';
const DENIED = { status: 403, message: 'Forbidden resource' };

let asked: unknown[] = [];
const store = new AsyncLocalStorage<unknown>();

function guard(canActivate: CanActivate['canActivate']): CanActivate {
  return { canActivate };
}

function noting(name: string, verdict: ReturnType<CanActivate['canActivate']> = true): CanActivate {
  return guard(() => {
    asked.push(name);
    return verdict;
  });
}

@Injectable()
class FactsGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const ws = context.switchToWs();
    const args = context.getArgs<unknown[]>();
    asked.push([
      context.getClass().name,
      context.getHandler().name,
      context.getType(),
      this.reflector.getAllAndOverride<string | undefined>(NEEDS, [context.getHandler(), context.getClass()]),
      args[1] === ws.getData(),
      args[0] === ws.getClient(),
      context.getArgByIndex<unknown>(3) === ws.getPattern(),
      ws.getData<unknown>(),
      NestwireMessage.of(context)?.code,
    ]);
    return true;
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

@Injectable({ scope: Scope.REQUEST })
class RequestInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Catch(GoneException)
class GoneFilter implements ExceptionFilter {
  catch(_: unknown, host: ArgumentsHost): void {
    NestwireMessage.of(host)?.error({ status: 418, message: `gone: ${String(host.getArgs<unknown[]>().length)}` });
  }
}

@Catch(RangeError)
class LaterFilter implements ExceptionFilter {
  async catch(_: unknown, host: ArgumentsHost): Promise<void> {
    await Promise.resolve();
    NestwireMessage.of(host)?.error({ status: 416, message: 'later' });
  }
}

class Inscrutable extends HttpException {
  constructor() {
    super('inscrutable', 400);
  }

  override getStatus(): number {
    throw new Error('not telling');
  }
}

@UseGuards(noting('class'))
@UseFilters(GoneFilter, LaterFilter)
@WebSocketGateway()
class PlainGateway {
  @WebSocketServer() server!: NestwireServer;
  private readonly answer = 'this';

  @SubscribeMessage(1)
  unguarded(@MessageBody() data: unknown): unknown {
    return [this.answer, data];
  }

  @UseGuards(noting('first'), noting('second'))
  @SubscribeMessage(2)
  ordered(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseGuards(noting('first', false), noting('never'))
  @SubscribeMessage(3)
  denied(): unknown {
    asked.push('method');
    return 0;
  }

  @UseGuards(noting('promise', Promise.resolve(true)), noting('observable', of(false, true)), noting('last'))
  @SubscribeMessage(4)
  waits(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseGuards(noting('promise', Promise.resolve(true)), noting('no', false), noting('never'))
  @SubscribeMessage(5)
  deniedLater(): unknown {
    asked.push('method');
    return 0;
  }

  @UseGuards(noting('observable', from([true, false])), noting('never'))
  @SubscribeMessage(6)
  deniedByItsLast(): unknown {
    asked.push('method');
    return 0;
  }

  @UseGuards(
    guard(() => {
      throw new GoneException();
    }),
  )
  @SubscribeMessage(7)
  thrownAt(): unknown {
    return 0;
  }

  @UseGuards(guard(() => Promise.reject(new RangeError())))
  @SubscribeMessage(8)
  rejected(): unknown {
    return 0;
  }

  @SetMetadata(NEEDS, 'much')
  @UseGuards(FactsGuard)
  @SubscribeMessage(9)
  facts(@ConnectedSocket() client: NestwireClient, @MessageBody('a') a: unknown): unknown {
    return [client.isOpen, a];
  }

  @UseGuards(
    guard((context) => {
      context.getArgs<unknown[]>()[1] = { a: 'of the guard' };
      return true;
    }),
  )
  @SubscribeMessage(10)
  rewritten(@MessageBody('a') a: unknown): unknown {
    return a;
  }

  @SubscribeMessage(11)
  throws(@MessageBody() data: string): unknown {
    if (data === 'gone') throw new GoneException();
    if (data === 'later') throw new RangeError();
    if (data === 'http') throw new HttpException('teapot', 422);
    throw new Error('secret');
  }

  @SubscribeMessage(12)
  async later(@MessageBody() data: string): Promise<unknown> {
    await Promise.resolve();
    return data === 'fail' ? this.throws('gone') : data;
  }

  @SubscribeMessage(13)
  observable(@MessageBody() data: string): Observable<unknown> {
    return data === 'fail'
      ? concat(
          of(1),
          throwError(() => new GoneException()),
        )
      : of(1, 2);
  }

  @SubscribeMessage(14)
  async *iterable(@MessageBody() data: string): AsyncGenerator<unknown> {
    yield 1;
    await Promise.resolve();
    if (data === 'fail') throw new GoneException();
    yield 2;
  }

  @SubscribeMessage(15)
  laterStream(@MessageBody() data: string): Promise<unknown> {
    return Promise.resolve(this.observable(data));
  }

  @SubscribeMessage(16)
  nothing(): void {
    asked.push('nothing');
  }

  @SubscribeMessage(17)
  otherCode(): unknown {
    return new Reply(18, 'other');
  }

  @UseGuards(
    guard((context) => {
      const before = store.getStore() ?? null;
      store.enterWith(context.switchToWs().getData<unknown>());
      asked.push(before);
      return true;
    }),
  )
  @SubscribeMessage(19)
  scope(): unknown {
    return store.getStore();
  }

  @SubscribeMessage(20)
  unencodable(): unknown {
    return 1n;
  }

  @SubscribeMessage(21)
  inscrutable(): unknown {
    throw new Inscrutable();
  }
}

@WebSocketGateway({ path: '/others' })
class OtherGateway {
  @WebSocketServer() server!: NestwireServer;

  @UseGuards(TransientGuard)
  @SubscribeMessage(1)
  transient(): unknown {
    return 1;
  }

  @SubscribeMessage(5)
  plain(): unknown {
    return 1;
  }
}

const CODES = [1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 17, 20];
const MESSAGES = [
  ...CODES.flatMap((code) => [
    { userId: 1, code, data: { a: code } },
    { userId: 1, code, data: { a: code }, id: `id-${String(code)}` },
  ]),
  { userId: 1, code: 9, data: { a: 'x' } },
  ...['gone', 'later', 'http', 'else'].map((data) => ({ userId: 1, code: 11, data, id: data })),
  { userId: 1, code: 12, data: 'well' },
  { userId: 1, code: 12, data: 'fail', id: 2 },
  { userId: 1, code: 19, data: 'mine' },
  { userId: 1, code: 19, data: 'yours' },
  { userId: 'x'.repeat(65), code: 1 },
];

/** What gives streams, and how many messages come of each. */
const STREAMS = [13, 14, 15].flatMap((code) => [
  { message: { userId: 1, code, data: 'well' }, answers: 2 },
  { message: { userId: 1, code, data: 'well', id: 1 }, answers: 3 },
  { message: { userId: 1, code, data: 'fail', id: 2 }, answers: 2 },
]);

const apps: GatewayApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(further: Provider[] = [], configure?: (app: INestApplication) => void): Promise<GatewayApp> {
  const app = await GatewayApp.start({ providers: [PlainGateway, OtherGateway, ...further] }, {}, configure);
  apps.push(app);
  return app;
}

async function converse(app: GatewayApp): Promise<{ answers: unknown[]; asked: unknown[] }> {
  asked = [];
  const peer = await app.connect();
  const answers = await peer.send(...MESSAGES).takeAll();
  for (const stream of STREAMS) answers.push(...(await peer.send(stream.message).take(stream.answers)));
  return { answers, asked };
}

/** The codes of a connected client's path that are called directly. */
function directCodes(app: GatewayApp, gateway: Type<{ server: NestwireServer }>): number[] {
  const routes = app.app.get(gateway).server.running?.routes;
  return (routes?.codes ?? []).filter((code) => routes?.routeOf(code)?.direct !== undefined);
}

describe('A handler behind guards', () => {
  it('is called directly, and by Nest where a guard is made anew for each of its users', async () => {
    const app = await start();
    await Promise.all([app.connect(), app.connect('/others')]);
    expect(directCodes(app, PlainGateway)).toEqual([...Array(21).keys()].map((i) => i + 1).filter((i) => i !== 18));
    expect(directCodes(app, OtherGateway)).toEqual([5]);
  });

  it.each([
    ['guards', NEST_CALLS],
    ['pipes', NEST_FINDS_ARGUMENTS],
    ['interceptors', { provide: APP_INTERCEPTOR, useClass: RequestInterceptor }],
  ])('is called by Nest where the application has %s of request scope for all', async (_, provider) => {
    const app = await start([provider]);
    await app.connect();
    expect(directCodes(app, PlainGateway)).toEqual([]);
  });

  it('is answered, asked about and filtered as by Nest', async () => {
    const ours = await converse(await start());
    const nests = await converse(await start([NEST_CALLS]));
    expect(ours.answers).toEqual(nests.answers);
    expect(ours.asked).toEqual(nests.asked);
    expect(ours.answers).toContainEqual({ userId: 1, code: 3, id: 'id-3', error: DENIED });
    expect(ours.answers).toContainEqual({ userId: 1, code: 10, data: 'of the guard', id: 'id-10' });
    expect(ours.answers).toContainEqual({
      userId: 1,
      code: 11,
      id: 'gone',
      error: { status: 418, message: 'gone: 4' },
    });
    expect(ours.asked.slice(2, 5)).toEqual(['class', 'first', 'second']);
    expect(ours.asked).not.toContain('never');
    expect(ours.asked).not.toContain('method');
  });

  it('is behind the global guards, which are asked first', async () => {
    const app = await start([], (nest) => nest.useGlobalGuards(noting('global')));
    const peer = await app.connect();
    expect(directCodes(app, PlainGateway)).toContain(2);
    asked = [];
    await peer.send({ userId: 1, code: 2 }).takeAll();
    expect(asked).toEqual(['global', 'class', 'first', 'second']);
    const closed = await start([], (nest) => nest.useGlobalGuards(noting('global', false)));
    const other = (await closed.connect()).send({ userId: 1, code: 1, data: 'x' });
    expect(await other.takeAll()).toEqual([{ userId: 1, code: 1, error: DENIED }]);
  });

  it('keeps what a guard puts into an AsyncLocalStorage from the next message', async () => {
    const peer = await (await start()).connect();
    asked = [];
    peer.send({ userId: 1, code: 19, data: 'mine' }, { userId: 1, code: 19, data: 'yours' });
    expect(await peer.take(2)).toMatchObject([{ data: 'mine' }, { data: 'yours' }]);
    expect(asked).toEqual(['class', null, 'class', null]);
  });

  it('holds nothing up when what it throws can not be asked what it means', async () => {
    const peer = await (await start()).connect();
    peer.send({ userId: 1, code: 21, data: 1 }, { userId: 1, code: 1, data: 'next' });
    expect(await peer.take(1)).toEqual([{ userId: 1, code: 1, data: ['this', 'next'] }]);
  });
});
