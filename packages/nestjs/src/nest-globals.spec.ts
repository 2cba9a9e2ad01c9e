import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  type CanActivate,
  Catch,
  ConflictException,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Logger,
  type ModuleMetadata,
  type NestInterceptor,
  NotFoundException,
  type PipeTransform,
  Scope,
  ServiceUnavailableException,
  type INestApplication,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { jest } from '@jest/globals';
import { ManualClock } from '@nestwire/test-support';
import { tap, type Observable } from 'rxjs';
import { GatewayApp, type Peer } from '../spec/gateway-app.js';
import { NestwireMessage } from './message/nestwire-message.js';
import type { NestwireOptions } from './nestwire.options.js';

let events: string[] = [];

class Guard implements CanActivate {
  constructor(private readonly name: string) {}

  canActivate(context: ExecutionContext): boolean {
    events.push(`${this.name} guard ${context.getType()}`);
    return context.switchToWs().getData<unknown>() !== `denied by ${this.name}`;
  }
}

class Pipe implements PipeTransform {
  constructor(private readonly name: string) {}

  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    events.push(`${this.name} pipe ${type}`);
    return value;
  }
}

class Interceptor implements NestInterceptor {
  constructor(private readonly name: string) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    events.push(`${this.name} before`);
    return next.handle().pipe(tap(() => events.push(`${this.name} after`)));
  }
}

class NamedError extends Error {}
class OtherError extends Error {}
class ThirdError extends Error {}

/** Answers with its own name. */
class Filter implements ExceptionFilter {
  constructor(private readonly name: string) {}

  catch(_exception: unknown, host: ArgumentsHost): void {
    events.push(`${this.name} filter ${host.getType()}`);
    NestwireMessage.of(host)?.error({ status: 418, message: this.name });
  }
}

@Catch(NamedError)
class NamedFilter extends Filter {}

@Catch(OtherError)
class OtherFilter extends Filter {}

@Catch(ThirdError)
class ThirdFilter extends Filter {}

@Catch()
class CatchAllFilter extends Filter {}

@Injectable()
class AppGuard extends Guard {
  constructor() {
    super('app');
  }
}

@Injectable()
class AppPipe extends Pipe {
  constructor() {
    super('app');
  }
}

@Injectable()
class AppInterceptor extends Interceptor {
  constructor() {
    super('app');
  }
}

const ERRORS: Record<string, () => Error> = {
  named: () => new NamedError(),
  other: () => new OtherError(),
  third: () => new ThirdError(),
  http: () => new HttpException('http', 410),
};

@UseGuards(new Guard('class'))
@UsePipes(new Pipe('class'))
@UseInterceptors(new Interceptor('class'))
@UseFilters(new OtherFilter('class'))
@WebSocketGateway()
class FullGateway {
  @UseGuards(new Guard('method'))
  @UsePipes(new Pipe('method'))
  @UseInterceptors(new Interceptor('method'))
  @SubscribeMessage(1)
  handle(@MessageBody(new Pipe('parameter')) data: unknown): unknown {
    events.push('handler');
    return data;
  }

  @UseFilters(new NamedFilter('method'))
  @SubscribeMessage(2)
  fail(@MessageBody() which: string): never {
    throw ERRORS[which]?.() as Error;
  }

  @SubscribeMessage(3)
  never(): Promise<never> {
    return new Promise(() => undefined);
  }
}

@WebSocketGateway({ path: '/plain' })
class PlainGateway {
  @SubscribeMessage(1)
  handle(@MessageBody() data: unknown): unknown {
    return data;
  }
}

/** Inherits its class's enhancers, as all metadata. */
@WebSocketGateway({ path: '/derived' })
class DerivedGateway extends FullGateway {}

@Controller()
class HttpController {
  @Get('http')
  get(): string {
    return 'http';
  }
}

const GLOBALS = (app: INestApplication): void => {
  app.useGlobalGuards(new Guard('global'));
  app.useGlobalPipes(new Pipe('global'));
  app.useGlobalInterceptors(new Interceptor('global'));
};

const APP_PROVIDERS = [
  { provide: APP_GUARD, useClass: AppGuard },
  { provide: APP_PIPE, useClass: AppPipe },
  { provide: APP_INTERCEPTOR, useClass: AppInterceptor },
];

describe('Global enhancers', () => {
  const apps: GatewayApp[] = [];

  beforeEach(() => {
    events = [];
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.stop()));
  });

  async function start(
    configure?: (app: INestApplication) => void,
    metadata: ModuleMetadata = {},
    options?: NestwireOptions,
  ): Promise<GatewayApp> {
    const { providers = [], ...rest } = metadata;
    const app = await GatewayApp.start(
      { providers: [FullGateway, PlainGateway, DerivedGateway, ...providers], ...rest },
      options,
      configure,
    );
    apps.push(app);
    return app;
  }

  it('run once each, in the order global, class, method, parameter; the adapter was there before them', async () => {
    const app = await start(GLOBALS, { providers: APP_PROVIDERS });
    const peer = await app.connect();
    peer.send({ userId: 1, code: 1, data: 'x', id: 1 });
    expect(await peer.take(1)).toEqual([{ userId: 1, code: 1, id: 1, data: 'x' }]);
    expect(events).toEqual([
      ...['app', 'global', 'class', 'method'].map((name) => `${name} guard ws`),
      ...['app', 'global', 'class', 'method'].map((name) => `${name} before`),
      ...['app', 'global', 'class', 'method', 'parameter'].map((name) => `${name} pipe body`),
      'handler',
      ...['method', 'class', 'global', 'app'].map((name) => `${name} after`),
    ]);
  });

  it.each(['app', 'global', 'class', 'method'])(
    'denied by the %s guard is a 403, and nothing behind it runs',
    async (name) => {
      const app = await start(GLOBALS, { providers: APP_PROVIDERS });
      const peer = await app.connect();
      peer.send({ userId: 1, code: 1, data: `denied by ${name}`, id: 1 });
      expect(await peer.take(1)).toMatchObject([{ id: 1, error: { status: 403 } }]);
      expect(events.at(-1)).toBe(`${name} guard ws`);
    },
  );

  it('run once for a gateway that inherits another, and for one without any of its own', async () => {
    const app = await start(GLOBALS);
    const derived = await app.connect('/derived');
    derived.send({ userId: 1, code: 1, data: 'x' });
    await derived.take(1);
    expect(events.filter((event) => event.endsWith('guard ws'))).toEqual(
      ['global', 'class', 'method'].map((name) => `${name} guard ws`),
    );
    events = [];
    const plain = await app.connect('/plain');
    plain.send({ userId: 1, code: 1, data: 'x' });
    await plain.take(1);
    expect(events).toEqual(['global guard ws', 'global before', 'global pipe body', 'global after']);
  });

  it('of one application are not those of another with the same gateways', async () => {
    const guarded = await start((app) => app.useGlobalGuards(new Guard('first')));
    const bare = await start();
    const other = await start((app) => app.useGlobalGuards(new Guard('second')));
    for (const app of [guarded, bare, other]) {
      const peer = await app.connect('/plain');
      peer.send({ userId: 1, code: 1, data: 'x' });
      await peer.take(1);
    }
    expect(events).toEqual(['first guard ws', 'second guard ws']);
  });

  it('still run once for HTTP', async () => {
    const app = await start(GLOBALS, { controllers: [HttpController] });
    expect(await (await fetch(`http://127.0.0.1:${String(app.port)}/http`)).text()).toBe('http');
    expect(events).toEqual(['global guard http', 'global before', 'global after']);
  });

  it('of request scope are named in a warning at the start: Nest runs none of them for such gateways', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await start(undefined, { providers: [{ provide: APP_GUARD, useClass: AppGuard, scope: Scope.REQUEST }] });
    expect(warn.mock.calls.flat()).toContainEqual(expect.stringContaining('APP_GUARD of request scope'));
    jest.restoreAllMocks();
  });
});

describe('Global filters', () => {
  let app: GatewayApp;

  beforeEach(() => {
    events = [];
  });

  afterEach(() => app.stop());

  async function connect(
    configure: (app: INestApplication) => void,
    providers: NonNullable<ModuleMetadata['providers']> = [],
    options?: NestwireOptions,
  ): Promise<Peer> {
    app = await GatewayApp.start({ providers: [FullGateway, ...providers] }, options, configure);
    return app.connect();
  }

  it('are asked once, behind those of the method and the class, the last one first', async () => {
    const peer = await connect(
      (nest) => nest.useGlobalFilters(new CatchAllFilter('first global'), new ThirdFilter('last global')),
      [{ provide: APP_FILTER, useValue: new CatchAllFilter('app') }],
    );
    for (const data of ['named', 'other', 'third', 'http']) peer.send({ userId: 1, code: 2, data, id: data });
    const errors = (await peer.take(4)) as { id: string; error: { message: string } }[];
    expect(errors.map(({ id, error }) => [id, error.message])).toEqual([
      ['named', 'method'],
      ['other', 'class'],
      ['third', 'last global'],
      ['http', 'first global'],
    ]);
    expect(events.filter((event) => event.endsWith('filter ws'))).toHaveLength(4);
  });

  it('of APP_FILTER reach gateways as well', async () => {
    const peer = await connect(() => undefined, [{ provide: APP_FILTER, useValue: new CatchAllFilter('app') }]);
    peer.send({ userId: 1, code: 2, data: 'http', id: 1 });
    expect(await peer.takeAll()).toMatchObject([{ id: 1, error: { status: 418, message: 'app' } }]);
  });

  describe('get what is wrong before a handler is known', () => {
    let seen: { exception: unknown; host: Record<string, unknown> }[] = [];

    class Recording implements ExceptionFilter {
      catch(exception: unknown, host: ArgumentsHost): void {
        const ws = host.switchToWs();
        const [client, data, message] = host.getArgs<unknown[]>();
        seen.push({
          exception,
          host: {
            type: host.getType(),
            data: ws.getData(),
            pattern: ws.getPattern(),
            isClient: ws.getClient() === client && client === host.getArgByIndex(0) && data === ws.getData(),
            isMessage: message instanceof NestwireMessage,
          },
        });
      }
    }

    beforeEach(() => {
      seen = [];
    });

    it.each([
      ['no JSON', '{', BadRequestException, 400, 0],
      ['no code', '{"userId":1}', BadRequestException, 400, 0],
      ['no user', '{"code":1}', BadRequestException, 400, 1],
      ['an unknown code', '{"userId":1,"code":77,"data":"d"}', NotFoundException, 404, 77],
    ])('%s', async (_, message, type, status, code) => {
      const peer = await connect((nest) => nest.useGlobalFilters(new Recording()));
      peer.send(message);
      expect(await peer.take(1)).toMatchObject([{ code, error: { status } }]);
      expect(seen).toHaveLength(1);
      expect(seen[0]?.exception).toBeInstanceOf(type);
      const data = code === 77 ? 'd' : undefined;
      expect(seen[0]?.host).toEqual({ type: 'ws', data, pattern: code, isClient: true, isMessage: true });
    });

    it('an id in flight, behind the filters of the gateway', async () => {
      const peer = await connect((nest) => nest.useGlobalFilters(new Recording()));
      peer.send({ userId: 1, code: 2, data: 'http', id: 1 }, { userId: 1, code: 2, data: 'http', id: 1 });
      expect(await peer.take(2)).toMatchObject([{ error: { status: 410 } }, { error: { status: 409 } }]);
      expect(seen.map(({ exception }) => exception instanceof ConflictException)).toEqual([false, true]);
    });

    it('a handler past its deadline', async () => {
      const clock = new ManualClock();
      const peer = await connect((nest) => nest.useGlobalFilters(new Recording()), [], {
        clock,
        shutdown: { durationMs: 0, finishMs: 0 },
      });
      peer.send({ userId: 1, code: 3, id: 1 });
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await pong;
      clock.advance(29_000);
      peer.send({ userId: 1, code: 3, id: 'a sign of life' });
      const again = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await again;
      clock.advance(1_100);
      expect(await peer.take(1)).toMatchObject([{ id: 1, error: { status: 503 } }]);
      expect(seen[0]?.exception).toBeInstanceOf(ServiceUnavailableException);
    });

    it.each<[string, (exception: unknown, host: ArgumentsHost) => unknown, object]>([
      [
        'answer in their own words',
        (_, host) => NestwireMessage.of(host)?.error({ status: 418, message: 'own' }),
        { status: 418, message: 'own' },
      ],
      [
        'throw another exception',
        () => {
          throw new HttpException('teapot', 418);
        },
        { status: 418, message: 'teapot' },
      ],
      ['reject', () => Promise.reject(new HttpException('later', 418)), { status: 418, message: 'later' }],
      [
        'answer later',
        async (_, host) => {
          await new Promise((resolve) => setImmediate(resolve));
          NestwireMessage.of(host)?.error({ status: 418, message: 'later' });
        },
        { status: 418, message: 'later' },
      ],
      ['say nothing', () => undefined, { status: 404, message: 'No handler for this code' }],
    ])('and %s', async (_, handle, error) => {
      @Catch(NotFoundException, WsException)
      class Some implements ExceptionFilter {
        catch(exception: unknown, host: ArgumentsHost): unknown {
          return handle(exception, host);
        }
      }
      const peer = await connect((nest) => nest.useGlobalFilters(new Some()));
      peer.send({ userId: 1, code: 77, id: 1 }, '{');
      expect(await peer.take(2)).toMatchObject([
        { userId: 1, code: 77, id: 1, error },
        { code: 0, error: { status: 400 } },
      ]);
    });
  });
});
