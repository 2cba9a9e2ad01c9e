import 'reflect-metadata';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  BadRequestException,
  createParamDecorator,
  GoneException,
  type INestApplication,
  Injectable,
  ParseIntPipe,
  type PipeTransform,
  type Provider,
  Scope,
  UsePipes,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { type Observable, of } from 'rxjs';
import { GatewayApp } from '../spec/gateway-app.js';
import { NEST_CALLS, NEST_FINDS_ARGUMENTS } from '../spec/nests-way.js';
import type { NestwireClient } from './client/nestwire-client.js';
import { UserId } from './decorators/user-id.decorator.js';
import type { NestwireServer } from './server/nestwire-server.js';

let seen: unknown[] = [];

/** Notes what it is given, and adds its name to strings. */
class Noting implements PipeTransform {
  constructor(private readonly name: string) {}

  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    const given = typeof value === 'object' && value !== null && 'isOpen' in value ? 'client' : value;
    seen.push([this.name, given, type, (metatype as { name?: string } | undefined)?.name, data]);
    return typeof value === 'string' ? `${value}>${this.name}` : value;
  }
}

class Later implements PipeTransform {
  async transform(value: unknown): Promise<unknown> {
    await Promise.resolve();
    if (value === 'no>class') throw new GoneException();
    return `${String(value)}>later`;
  }
}

class Refusing implements PipeTransform {
  transform(value: unknown): unknown {
    seen.push('refusing');
    if (value === 'no>class') throw new BadRequestException('refused');
    return value;
  }
}

@Injectable()
class Injected implements PipeTransform {
  transform(value: unknown): unknown {
    return [value];
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient implements PipeTransform {
  transform(value: unknown): unknown {
    return [value];
  }
}

const Soon = createParamDecorator((data: unknown) => Promise.resolve(data));

const noting = (name: string): PipeTransform => new Noting(name);

@UsePipes(noting('class'))
@WebSocketGateway()
class PipedGateway {
  @WebSocketServer() server!: NestwireServer;

  @UsePipes(noting('method'), noting('second'))
  @SubscribeMessage(1)
  ordered(@MessageBody('text', noting('own')) text: string, @ConnectedSocket() client: NestwireClient): unknown {
    return [text, client.isOpen];
  }

  @SubscribeMessage(2)
  undecorated(client: NestwireClient, data: unknown, third?: unknown): unknown {
    return [client.isOpen, data, third ?? null];
  }

  @SubscribeMessage(3)
  parsed(@MessageBody('n', ParseIntPipe) n: number): number {
    return n;
  }

  @SubscribeMessage(4)
  later(@MessageBody('text', new Later(), noting('behind')) text: string, @UserId() userId: unknown): unknown {
    return [text, userId];
  }

  @SubscribeMessage(5)
  both(
    @MessageBody('a', new Refusing()) a: unknown,
    @MessageBody('b', new Refusing(), new Later()) b: unknown,
  ): unknown {
    seen.push('method');
    return [a, b];
  }

  @SubscribeMessage(6)
  promised(@Soon('x') soon: string, @Soon('y', noting('own')) piped: string, @MessageBody() data: unknown): unknown {
    return [soon, piped, data];
  }

  @SubscribeMessage(7)
  injected(@MessageBody(Injected) data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(8)
  sparse(first: unknown, @MessageBody() data: unknown): unknown {
    return [first ?? null, data];
  }

  @SubscribeMessage(9)
  streamed(@MessageBody() data: unknown): Observable<unknown> {
    return of(data, 2);
  }
}

/** Nest awaits what a decorator finds where no pipe has a say, too. */
@WebSocketGateway({ path: '/bare' })
class BareGateway {
  @WebSocketServer() server!: NestwireServer;

  @SubscribeMessage(6)
  promised(@Soon('x') soon: string, @MessageBody() data: unknown): unknown {
    return [soon, data];
  }

  @SubscribeMessage(7)
  transient(@MessageBody(Transient) data: unknown): unknown {
    return data;
  }
}

const MESSAGES = [
  { userId: 1, code: 1, data: { text: 'a' } },
  { userId: 1, code: 2, data: 'x' },
  { userId: 1, code: 2, data: null, id: 1 },
  { userId: 1, code: 3, data: { n: '12' } },
  { userId: 1, code: 3, data: { n: 'twelve' }, id: 2 },
  { userId: 'ann', code: 4, data: { text: 'a' } },
  { userId: 1, code: 4, data: { text: 'no' }, id: 3 },
  { userId: 1, code: 5, data: { a: 'yes', b: 'yes' } },
  { userId: 1, code: 5, data: { a: 'no', b: 'yes' } },
  { userId: 1, code: 5, data: { a: 'no', b: 'no' } },
  { userId: 1, code: 5, data: { a: 'yes', b: 'no' } },
  { userId: 1, code: 6, data: 'x' },
  { userId: 1, code: 7, data: 'x' },
  { userId: 1, code: 8, data: 'x' },
];

const apps: GatewayApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(further: Provider[] = [], configure?: (app: INestApplication) => void): Promise<GatewayApp> {
  const app = await GatewayApp.start({ providers: [PipedGateway, BareGateway, ...further] }, {}, configure);
  apps.push(app);
  return app;
}

async function converse(app: GatewayApp): Promise<{ answers: unknown[]; seen: string[] }> {
  seen = [];
  const answers: unknown[] = await (await app.connect()).send(...MESSAGES).takeAll();
  answers.push(...(await (await app.connect()).send({ userId: 1, code: 9, data: 1, id: 's' }).take(3)));
  answers.push(...(await (await app.connect('/bare')).send({ userId: 1, code: 6, data: 'x' }).takeAll()));
  // Between arguments, Nest goes to and fro; what each of them meets is in `answers`.
  return { answers, seen: seen.map((entry) => JSON.stringify(entry)).sort() };
}

function directCodes(app: GatewayApp, gateway: typeof PipedGateway | typeof BareGateway): number[] {
  const routes = app.app.get<PipedGateway | BareGateway>(gateway).server.running?.routes;
  return (routes?.codes ?? []).filter((code) => routes?.routeOf(code)?.direct !== undefined);
}

describe('Arguments behind pipes', () => {
  it('are what Nest makes of them', async () => {
    const app = await start();
    const ours = await converse(app);
    expect(directCodes(app, PipedGateway)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const way of [NEST_CALLS, NEST_FINDS_ARGUMENTS]) {
      const nests = await start([way]);
      expect(ours).toEqual(await converse(nests));
      expect(directCodes(nests, PipedGateway)).toEqual([]);
    }
    expect(ours.answers[0]).toEqual({ userId: 1, code: 1, data: ['a>class>method>second>own', true] });
    expect(ours.answers).toContainEqual({ userId: 1, code: 4, id: 3, error: { status: 410, message: 'Gone' } });
    expect(ours.answers).toContainEqual({ userId: 'ann', code: 4, data: ['a>class>later>behind', 'ann>class'] });
    expect(ours.answers.at(-1)).toEqual({ userId: 1, code: 6, data: ['x', 'x'] });
    expect(ours.seen).toContain('["own","a>class>method>second","body","String","text"]');
    // Three of the four do not reach the method, but all arguments reach their pipes.
    expect(ours.seen.filter((entry) => entry === '"method"')).toHaveLength(1);
    expect(ours.seen.filter((entry) => entry === '"refusing"')).toHaveLength(8);
  });

  it('go through the application’s own pipes first', async () => {
    const app = await start([], (nest) => nest.useGlobalPipes(noting('global')));
    seen = [];
    await (await app.connect()).send(MESSAGES[0] as object).takeAll();
    const names = seen.filter((entry) => (entry as unknown[])[2] === 'body').map((entry) => (entry as unknown[])[0]);
    expect(names).toEqual(['global', 'class', 'method', 'second', 'own']);
  });

  it('are Nest’s to find where a pipe is made anew for each of its users', async () => {
    const app = await start();
    const peer = await app.connect('/bare');
    expect(await peer.send({ userId: 1, code: 7, data: 'x' }).takeAll()).toEqual([{ userId: 1, code: 7, data: ['x'] }]);
    expect(directCodes(app, BareGateway)).toEqual([6]);
  });
});
