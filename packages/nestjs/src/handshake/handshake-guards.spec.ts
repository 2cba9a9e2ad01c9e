import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Inject,
  Injectable,
  Logger,
  Module,
  NotFoundException,
  Scope,
  ServiceUnavailableException,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import { REQUEST, Reflector } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { RawClient, upgradeRequest } from '@nestwire/test-support';
import { of } from 'rxjs';
import { GatewayApp } from '../../spec/gateway-app.js';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import { NestwireAdapter } from '../nestwire.adapter.js';
import type { NestwireOptions } from '../nestwire.options.js';
import { Handshake } from './handshake.js';
import type { Refusals } from './handshake-answer.js';
import { HandshakeRefusedException } from './handshake-refused.exception.js';
import { UseHandshakeGuards } from './use-handshake-guards.decorator.js';

/** What the next guard does; it notes that it was asked. */
let answers: (handshake: Handshake, context: ExecutionContext) => ReturnType<CanActivate['canActivate']>;
let asked: string[];

@Injectable()
class AskingGuard implements CanActivate {
  canActivate(context: ExecutionContext): ReturnType<CanActivate['canActivate']> {
    asked.push('asking');
    return answers(Handshake.of(context) as Handshake, context);
  }
}

@SetMetadata('audience', 'members')
@UseHandshakeGuards(AskingGuard)
@WebSocketGateway({ path: '/asking' })
class AskingGateway {
  @SubscribeMessage(1)
  hello(): string {
    return 'hello';
  }
}

const noting = (name: string, verdict = true): CanActivate => ({
  canActivate: () => {
    asked.push(name);
    return verdict;
  },
});

@UseHandshakeGuards(noting('a'), noting('b'))
@UseHandshakeGuards(noting('c'))
@WebSocketGateway({ path: '/shared' })
class FirstGateway {}

@WebSocketGateway({ path: '/shared' })
class OpenGateway {}

@UseHandshakeGuards(noting('second', false), noting('never'))
@WebSocketGateway({ path: '/shared' })
class SecondGateway {}

let app: GatewayApp;
let raw: RawClient[];
beforeEach(() => {
  asked = [];
  raw = [];
  answers = () => true;
});
afterEach(async () => {
  for (const client of raw) client.destroy();
  await app.stop();
});

async function start(options: NestwireOptions = {}): Promise<void> {
  app = await GatewayApp.start({ providers: [AskingGateway, FirstGateway, OpenGateway, SecondGateway] }, options);
}

/** The client of a handshake with these header lines; `Origin` of the server's own is `SELF`. */
async function ask(path = '/asking', ...lines: string[]): Promise<RawClient> {
  const client = await RawClient.connect(app.port);
  raw.push(client);
  const self = `localhost:${String(app.port)}`;
  client.write(
    upgradeRequest(path, ...lines)
      .replace('localhost', self)
      .replace('SELF', `http://${self}`),
  );
  return client;
}

async function closeCode(client: RawClient): Promise<[number, string]> {
  expect((await client.response()).status).toBe(101);
  const { opcode, payload } = await client.frame();
  expect(opcode).toBe(8);
  return [payload.readUInt16BE(0), payload.subarray(2).toString()];
}

const throwing = (exception: unknown) => () => {
  throw exception;
};

describe('A guard of handshakes', () => {
  it.each([
    ['true', () => true],
    ['a promise of it', () => Promise.resolve(true)],
    ['an Observable of it', () => of(true)],
  ])('lets in by %s', async (_what, verdict) => {
    await start();
    answers = verdict;
    const peer = await app.connect('/asking');
    peer.send({ userId: 1, code: 1 });
    expect(await peer.takeAll()).toEqual([{ userId: 1, code: 1, data: 'hello' }]);
    expect(asked).toEqual(['asking']);
  });

  it.each([
    ['false', () => false],
    ['a promise of it', () => Promise.resolve(false)],
    ['an Observable of it', () => of(false)],
  ])('refuses with 403 by %s, before anything is opened', async (_what, verdict) => {
    await start();
    answers = verdict;
    const client = await ask();
    expect(await client.response()).toMatchObject({ status: 403, body: 'Forbidden resource' });
    expect(await client.ended()).toBe('fin');
  });

  it('sees headers, cookies, URL, parameters, address and the gateway’s metadata', async () => {
    await start();
    let seen: unknown;
    answers = (handshake, context) => {
      const { headers, cookies, url, path, query, params, remoteAddress, secure, origin, protocols, method } =
        handshake;
      seen = {
        ...{
          host: headers['host'],
          twice: headers['x-twice'],
          cookies: { ...cookies },
          url,
          path,
          query,
          params: { ...params },
        },
        ...{ remoteAddress, secure, origin, protocols, method, q: handshake.searchParams.get('q') },
        type: context.getType(),
        isRequest: context.switchToHttp().getRequest() === handshake,
        isArgument: context.getArgByIndex(0) === handshake,
        audience: new Reflector().getAllAndOverride<string>('audience', [context.getHandler(), context.getClass()]),
      };
      expect(() => context.switchToWs()).toThrow(/Handshake\.of/);
      return true;
    };
    const lines = ['X-Twice: 1', 'X-Twice: 2', 'Cookie: a=%20b; c=d', 'Cookie: e=f', 'Sec-WebSocket-Protocol: x, y'];
    await (await ask('/asking?q=%31', ...lines, 'Origin: SELF')).response();
    const self = `localhost:${String(app.port)}`;
    expect(seen).toEqual({
      host: self,
      twice: '1, 2',
      cookies: { a: ' b', c: 'd', e: 'f' },
      url: '/asking?q=%31',
      path: '/asking',
      query: 'q=%31',
      q: '1',
      params: {},
      remoteAddress: '127.0.0.1',
      secure: undefined,
      origin: `http://${self}`,
      protocols: ['x', 'y'],
      method: 'GET',
      type: 'http',
      isRequest: true,
      isArgument: true,
      audience: 'members',
    });
  });

  it('is asked in order, of all gateways of the path, until one says no', async () => {
    await start();
    expect((await (await ask('/shared')).response()).status).toBe(403);
    expect(asked).toEqual(['a', 'b', 'c', 'second']);
  });

  it('is a guard: what is none is refused where it stands', () => {
    expect(() => UseHandshakeGuards({} as CanActivate)).toThrow(/canActivate/);
    expect(() => UseHandshakeGuards(Reflector as never)).toThrow(TypeError);
  });

  it('hears when the client has gone, and fails for nobody', async () => {
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await start();
    let gone: (reason: unknown) => void = () => undefined;
    const aborted = new Promise((resolve) => (gone = resolve));
    let waiting: () => void = () => undefined;
    const isWaiting = new Promise<void>((resolve) => (waiting = resolve));
    answers = ({ signal }) => {
      waiting();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          gone(signal.reason);
          reject(signal.reason as Error);
        });
      });
    };
    const client = await ask();
    await isWaiting;
    client.reset();
    expect(await aborted).toBeInstanceOf(Error);
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).not.toHaveBeenCalled();
    errors.mockRestore();
  });
});

describe('What a guard throws', () => {
  it.each([
    ['an HttpException', new ForbiddenException('not you'), 403, 'not you'],
    ['one of another status', new NotFoundException('no room'), 404, 'no room'],
    ['a WsException with a string', new WsException('odd'), 400, 'odd'],
    ['a WsException with an object', new WsException({ status: 429, message: 'slow' }), 429, 'slow'],
    ['anything else', new Error('secret'), 500, 'Internal server error'],
    ['no error at all', 'secret', 500, 'Internal server error'],
    ['a status of no refusal', new HttpException('moved', 302), 500, 'Internal server error'],
  ])('is an HTTP answer: %s', async (_what, exception, status, body) => {
    await start();
    answers = throwing(exception);
    expect(await (await ask()).response()).toMatchObject({ status, body });
  });

  it.each([
    ['401', new UnauthorizedException('who?'), 4401, 'who?'],
    ['403', new ForbiddenException('not you'), 4403, 'not you'],
    ['404', new NotFoundException('no room'), 4404, 'no room'],
    ['429', new HttpException('slow', 429), 4429, 'slow'],
    ['503', new ServiceUnavailableException('later'), 1013, 'later'],
    ['another 4xx', new HttpException('tea', 418), 1008, 'tea'],
    ['anything else', new Error('secret'), 1011, 'Internal server error'],
    ['a reason that is too long', new ForbiddenException('ü'.repeat(100)), 4403, 'ü'.repeat(61)],
  ])('is a close code to a browser, which sends Origin: %s', async (_what, exception, code, reason) => {
    await start();
    answers = throwing(exception);
    expect(await closeCode(await ask('/asking', 'Origin: SELF'))).toEqual([code, reason]);
  });

  it('says how to authenticate, and when to come again', async () => {
    await start();
    answers = throwing(new UnauthorizedException());
    expect((await (await ask()).response()).headers['www-authenticate']).toBe('Bearer');
    answers = throwing(new HttpException({ message: 'slow', retryAfterMs: 1500 }, 429));
    const { status, headers, body } = await (await ask()).response();
    expect([status, headers['retry-after'], body]).toEqual([429, '2', 'slow']);
    const reason = JSON.stringify({ retryAfter: 1500, message: 'slow' });
    expect(await closeCode(await ask('/asking', 'Origin: SELF'))).toEqual([4429, reason]);
    answers = throwing(
      new HandshakeRefusedException(401, 'x'.repeat(200), { headers: { 'WWW-Authenticate': 'DPoP' }, retryAfterMs: 0 }),
    );
    expect((await (await ask()).response()).headers).toMatchObject({ 'www-authenticate': 'DPoP', 'retry-after': '0' });
    expect(await closeCode(await ask('/asking', 'Origin: SELF'))).toEqual([4401, '{"retryAfter":0}']);
  });

  it('closes an opened connection with its own code, whoever asks: CloseConnectionException', async () => {
    await start();
    answers = throwing(new CloseConnectionException(4001, 'full'));
    expect(await closeCode(await ask())).toEqual([4001, 'full']);
  });

  it.each<[Refusals, number, number]>([
    ['http', 403, 403],
    ['close', 4403, 4403],
    ['auto', 403, 4403],
  ])('is told as `refusals` says: %s', async (refusals, toProgram, toBrowser) => {
    await start({ refusals });
    answers = () => false;
    for (const [lines, expected] of [
      [[], toProgram],
      [['Origin: SELF'], toBrowser],
    ] as const) {
      const client = await ask('/asking', ...lines);
      if (expected < 1000) expect((await client.response()).status).toBe(expected);
      else expect((await closeCode(client))[0]).toBe(expected);
    }
  });

  it('is logged where nobody expected it, and nothing of the request with it', async () => {
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await start();
    const unexpected = new Error('database is down');
    answers = throwing(unexpected);
    await (await ask('/asking?token=secret', 'Authorization: Bearer secret')).response();
    answers = throwing(new ForbiddenException());
    await (await ask()).response();
    expect(errors.mock.calls).toEqual([[unexpected, { path: expect.any(String) }]]);
    errors.mockRestore();
  });
});

describe('Where guards come from', () => {
  @Injectable()
  class Users {
    readonly names = ['ann'];
  }

  @Injectable()
  class InjectingGuard implements CanActivate {
    static made = 0;

    constructor(private readonly users: Users) {
      InjectingGuard.made++;
    }

    canActivate(context: ExecutionContext): boolean {
      return this.users.names.includes(Handshake.of(context)?.searchParams.get('name') ?? '');
    }
  }

  @UseHandshakeGuards(InjectingGuard)
  @WebSocketGateway({ path: '/injecting' })
  class InjectingGateway {}

  @Injectable({ scope: Scope.REQUEST })
  class ScopedGuard implements CanActivate {
    static made = 0;

    constructor(
      @Inject(REQUEST) private readonly request: unknown,
      private readonly users: Users,
    ) {
      ScopedGuard.made++;
    }

    canActivate(context: ExecutionContext): boolean {
      return this.request === Handshake.of(context) && this.users.names.length === 1;
    }
  }

  @UseHandshakeGuards(ScopedGuard)
  @WebSocketGateway({ path: '/scoped' })
  class ScopedGateway {}

  const statusOf = async (path: string): Promise<number> => (await (await ask(path)).response()).status;

  it('made once, with what the gateway’s module can inject', async () => {
    @Module({ providers: [Users], exports: [Users] })
    class UsersModule {}
    @Module({ imports: [UsersModule], providers: [InjectingGateway] })
    class FeatureModule {}
    InjectingGuard.made = 0;
    app = await GatewayApp.start({ imports: [FeatureModule] });
    expect([await statusOf('/injecting?name=ann'), await statusOf('/injecting?name=bob')]).toEqual([101, 403]);
    expect(InjectingGuard.made).toBe(1);
  });

  it('the module’s own provider, if it has one: what stands in for it in a test as well', async () => {
    const module = { provide: InjectingGuard, useValue: noting('instead') };
    app = await GatewayApp.start({ providers: [InjectingGateway, module] });
    expect(await statusOf('/injecting')).toBe(101);
    expect(asked).toEqual(['instead']);
  });

  it('made for each handshake, where the provider is request-scoped; REQUEST is the handshake', async () => {
    ScopedGuard.made = 0;
    app = await GatewayApp.start({ providers: [ScopedGateway, ScopedGuard, Users] });
    expect([await statusOf('/scoped'), await statusOf('/scoped')]).toEqual([101, 101]);
    expect(ScopedGuard.made).toBe(2);
  });

  it('nowhere: then the application does not start', async () => {
    await expect(GatewayApp.start({ providers: [InjectingGateway] })).rejects.toThrow(/Users/);
    app = await GatewayApp.start({ providers: [OpenGateway] });
  });

  it('a request-scoped guard that is no provider does not start either, and says so', async () => {
    await expect(GatewayApp.start({ providers: [ScopedGateway, Users] })).rejects.toThrow(/ScopedGuard/);
    app = await GatewayApp.start({ providers: [OpenGateway] });
  });

  it('and nobody comes in before they are there', async () => {
    app = await GatewayApp.start({ providers: [InjectingGateway, Users] });
    // Another application whose HTTP server listens though it has not booted.
    const module = await Test.createTestingModule({ providers: [InjectingGateway, Users] }).compile();
    const early = module.createNestApplication({ logger: false });
    const adapter = new NestwireAdapter(early);
    adapter.create(0, { path: '/injecting' });
    const server = early.getHttpServer() as Server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = await RawClient.connect((server.address() as { port: number }).port);
    raw.push(client);
    client.write(upgradeRequest('/injecting'));
    expect((await client.response()).status).toBe(503);
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
