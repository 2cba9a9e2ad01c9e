import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type ExecutionContext,
  GoneException,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { catchError, concat, EMPTY, lastValueFrom, map, Observable, of, retry, tap, throwError } from 'rxjs';
import { GatewayApp } from '../spec/gateway-app.js';
import { NEST_CALLS, NEST_FINDS_ARGUMENTS } from '../spec/nests-way.js';
import { NestwireMessage } from './message/nestwire-message.js';
import type { NestwireServer } from './server/nestwire-server.js';

let seen: unknown[] = [];
const store = new AsyncLocalStorage<unknown>();

function interceptor(intercept: (next: CallHandler, context: ExecutionContext) => unknown): NestInterceptor {
  return {
    intercept: (context, next) => {
      seen.push('intercept');
      return intercept(next, context) as Observable<unknown>;
    },
  };
}

function noting(name: string): NestInterceptor {
  return interceptor((next) => {
    seen.push(`${name} before`);
    return next.handle().pipe(
      tap({ next: () => seen.push(`${name} behind`), complete: () => seen.push(`${name} complete`) }),
      map((value: unknown) => (typeof value === 'string' ? `${value}<${name}` : value)),
    );
  });
}

@Injectable()
class FactsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen.push([
      context.getClass().name,
      context.getHandler().name,
      context.getType(),
      context.switchToWs().getPattern(),
      NestwireMessage.of(context)?.code,
    ]);
    context.getArgs<unknown[]>()[1] = 'of the interceptor';
    return next.handle();
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

class Refusing implements PipeTransform {
  transform(value: unknown): unknown {
    if (value === 'refuse') throw new GoneException('by the pipe');
    return value;
  }
}

const recovering = interceptor((next) =>
  next.handle().pipe(catchError((error: unknown) => of(`caught ${(error as Error).message}`))),
);

@UseInterceptors(noting('class'))
@WebSocketGateway()
class InterceptedGateway {
  @WebSocketServer() server!: NestwireServer;
  private attempts = 0;

  @UseInterceptors(noting('first'), noting('second'))
  @SubscribeMessage(1)
  ordered(@MessageBody() data: unknown): unknown {
    seen.push('method');
    return data;
  }

  @UseGuards({ canActivate: () => Promise.resolve(true) })
  @SubscribeMessage(2)
  async later(@MessageBody() data: unknown): Promise<unknown> {
    await Promise.resolve();
    if (data === 'gone') throw new GoneException();
    return data;
  }

  @UseInterceptors(FactsInterceptor)
  @SubscribeMessage(3)
  facts(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseInterceptors(interceptor(() => of('kept')))
  @SubscribeMessage(4)
  kept(): unknown {
    seen.push('never');
    return 1;
  }

  @UseInterceptors(interceptor((next) => Promise.resolve(next.handle())))
  @SubscribeMessage(5)
  promised(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseInterceptors(interceptor(() => EMPTY))
  @SubscribeMessage(6)
  silent(): unknown {
    return 1;
  }

  @UseInterceptors(recovering)
  @SubscribeMessage(7)
  recovered(@MessageBody(new Refusing()) data: unknown): unknown {
    if (data === 'throw') throw new Error('the method');
    return data;
  }

  @UseInterceptors(
    interceptor(() => {
      throw new GoneException();
    }),
  )
  @SubscribeMessage(8)
  thrown(): unknown {
    return 1;
  }

  @UseInterceptors(interceptor(() => Promise.reject(new GoneException())))
  @SubscribeMessage(9)
  rejected(): unknown {
    return 1;
  }

  @UseInterceptors(interceptor(() => undefined))
  @SubscribeMessage(10)
  noStream(): unknown {
    return 1;
  }

  @UseInterceptors(interceptor(() => ['an', 'array']))
  @SubscribeMessage(11)
  array(): unknown {
    return 1;
  }

  @UseInterceptors(interceptor((next, context) => store.run(context.switchToWs().getData(), () => next.handle())))
  @SubscribeMessage(12)
  async stored(): Promise<unknown> {
    const before = store.getStore();
    await Promise.resolve();
    return [before, store.getStore()];
  }

  @UseInterceptors(
    interceptor(
      (next) =>
        new Observable((subscriber) => {
          const inner = next.handle().subscribe((value) => {
            inner.unsubscribe();
            subscriber.next(value);
            subscriber.complete();
          });
        }),
    ),
  )
  @SubscribeMessage(13)
  byHand(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseInterceptors(interceptor((next) => next.handle().pipe(retry(2))))
  @SubscribeMessage(14)
  retried(): unknown {
    if (++this.attempts % 3 !== 0) throw new Error('again');
    return this.attempts;
  }

  @UseInterceptors(interceptor(async (next) => of(await lastValueFrom(next.handle()))))
  @SubscribeMessage(15)
  awaited(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(16)
  nothing(): void {
    seen.push('nothing');
  }

  @SubscribeMessage(17)
  unencodable(): unknown {
    return 1n;
  }

  @SubscribeMessage(20)
  observable(@MessageBody() data: unknown): Observable<unknown> {
    return data === 'fail'
      ? concat(
          of(1),
          throwError(() => new GoneException()),
        )
      : of(1, 2);
  }

  @SubscribeMessage(21)
  async *iterable(@MessageBody() data: unknown): AsyncGenerator<unknown> {
    yield 1;
    await Promise.resolve();
    if (data === 'fail') throw new GoneException();
    yield 2;
  }

  @UseInterceptors(interceptor(async (next) => of(await lastValueFrom(next.handle()))))
  @SubscribeMessage(22)
  awaitedStream(): Observable<unknown> {
    return of(1, 2);
  }
}

@WebSocketGateway({ path: '/others' })
class OtherGateway {
  @WebSocketServer() server!: NestwireServer;

  @UseInterceptors(TransientInterceptor)
  @SubscribeMessage(1)
  transient(@MessageBody() data: unknown): unknown {
    return data;
  }
}

/** The first interceptor is called with the message, not by a subscription. */
@WebSocketGateway({ path: '/first' })
class FirstGateway {
  @UseInterceptors(interceptor((next) => Promise.resolve(next.handle())))
  @SubscribeMessage(1)
  promised(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseInterceptors(interceptor(() => Promise.reject(new GoneException())))
  @SubscribeMessage(2)
  rejected(): unknown {
    return 1;
  }

  @UseInterceptors(
    interceptor(() => {
      throw new GoneException();
    }),
  )
  @SubscribeMessage(3)
  thrown(): unknown {
    return 1;
  }

  @UseInterceptors(interceptor(() => undefined))
  @SubscribeMessage(4)
  noStream(): unknown {
    return 1;
  }

  @UseInterceptors(interceptor(() => Promise.resolve('ab')))
  @SubscribeMessage(5)
  characters(): unknown {
    return 1;
  }
}

const MESSAGES = [
  ...[1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17].flatMap((code) => [
    { userId: 1, code, data: 'x' },
    { userId: 1, code, data: 'y', id: `id-${String(code)}` },
  ]),
  { userId: 1, code: 2, data: 'gone', id: 'gone' },
  ...['throw', 'refuse', 'x'].map((data) => ({ userId: 1, code: 7, data })),
];

/** What gives several values, and how many messages come of each. */
const STREAMS = [
  { message: { userId: 1, code: 11 }, answers: 2 },
  ...[20, 21].flatMap((code) => [
    { message: { userId: 1, code, data: 'well' }, answers: 2 },
    { message: { userId: 1, code, data: 'well', id: 1 }, answers: 3 },
    { message: { userId: 1, code, data: 'fail', id: 2 }, answers: 2 },
  ]),
  { message: { userId: 1, code: 22, id: 3 }, answers: 2 },
];

const apps: GatewayApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(further: Provider[] = [], configure?: (app: INestApplication) => void): Promise<GatewayApp> {
  const app = await GatewayApp.start(
    { providers: [InterceptedGateway, FirstGateway, OtherGateway, ...further] },
    {},
    configure,
  );
  apps.push(app);
  return app;
}

async function converse(app: GatewayApp): Promise<{ answers: unknown[]; seen: unknown[] }> {
  seen = [];
  const peer = await app.connect();
  const answers = await peer.send(...MESSAGES).takeAll();
  for (const { message, answers: count } of STREAMS) answers.push(...(await peer.send(message).take(count)));
  const first = await app.connect('/first');
  answers.push(...(await first.send(...[1, 2, 3, 4].map((code) => ({ userId: 1, code, data: 'x' }))).takeAll()));
  answers.push(...(await first.send({ userId: 1, code: 5 }).take(2)));
  return { answers, seen };
}

function directCodes(app: GatewayApp, gateway: typeof InterceptedGateway | typeof OtherGateway): number[] {
  const routes = app.app.get<InterceptedGateway | OtherGateway>(gateway).server.running?.routes;
  return (routes?.codes ?? []).filter((code) => routes?.routeOf(code)?.direct !== undefined);
}

describe('Interceptors around a handler', () => {
  it('do what they do with Nest', async () => {
    const app = await start();
    const ours = await converse(app);
    expect(directCodes(app, InterceptedGateway)).toHaveLength(20);
    for (const way of [NEST_CALLS, NEST_FINDS_ARGUMENTS]) {
      const nests = await start([way]);
      expect(ours).toEqual(await converse(nests));
      expect(directCodes(nests, InterceptedGateway)).toEqual([]);
    }
    expect(ours.answers[0]).toEqual({ userId: 1, code: 1, data: 'x<second<first<class' });
    expect(ours.seen.filter((entry) => entry !== 'intercept').slice(0, 10)).toEqual([
      'class before',
      'first before',
      'second before',
      'method',
      'second behind',
      'first behind',
      'class behind',
      'second complete',
      'first complete',
      'class complete',
    ]);
    expect(ours.seen).toContainEqual(['InterceptedGateway', 'facts', 'ws', 3, 3]);
    expect(ours.seen).not.toContain('never');
    expect(ours.answers).toContainEqual({ userId: 1, code: 3, data: 'of the interceptor<class' });
    expect(ours.answers).toContainEqual({ userId: 1, code: 7, data: 'caught by the pipe<class' });
    expect(ours.answers).toContainEqual({ userId: 1, code: 12, data: ['x', 'x'] });
    expect(ours.answers).toContainEqual({ userId: 1, code: 14, data: 3 });
    expect(ours.answers).toContainEqual({ userId: 1, code: 21, id: 1, done: true });
    const gone = { status: 410, message: 'Gone' };
    expect(ours.answers.slice(-6)).toMatchObject([
      { code: 1, data: 'x' },
      { code: 2, error: gone },
      { code: 3, error: gone },
      { code: 4, error: { status: 500 } },
      { code: 5, data: 'a' },
      { code: 5, data: 'b' },
    ]);
  });

  it('are behind the application’s own', async () => {
    const app = await start([], (nest) => nest.useGlobalInterceptors(noting('global')));
    const peer = await app.connect();
    expect(directCodes(app, InterceptedGateway)).toContain(1);
    expect(await peer.send({ userId: 1, code: 1, data: 'x' }).takeAll()).toEqual([
      { userId: 1, code: 1, data: 'x<second<first<class<global' },
    ]);
  });

  it('are Nest’s to call where one is made anew for each of its users', async () => {
    const app = await start();
    const peer = await app.connect('/others');
    expect(await peer.send({ userId: 1, code: 1, data: 'x' }).takeAll()).toEqual([{ userId: 1, code: 1, data: 'x' }]);
    expect(directCodes(app, OtherGateway)).toEqual([]);
  });
});
