import 'reflect-metadata';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createParamDecorator,
  type ExecutionContext,
  type INestApplication,
  ParseIntPipe,
  type PipeTransform,
  type Provider,
  UsePipes,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { GatewayApp } from '../spec/gateway-app.js';
import { NEST_CALLS, NEST_FINDS_ARGUMENTS } from '../spec/nests-way.js';
import type { NestwireClient } from './client/nestwire-client.js';
import { Code } from './decorators/code.decorator.js';
import { UserId } from './decorators/user-id.decorator.js';
import { NestwireMessage } from './message/nestwire-message.js';

const What = createParamDecorator((data: string, context: ExecutionContext) => [
  data,
  context.getClass().name,
  context.getHandler().name,
  context.getType(),
  context.switchToWs().getPattern(),
  context.switchToWs().getData<unknown>(),
]);

const Message = createParamDecorator((_: unknown, context: ExecutionContext) => NestwireMessage.of(context));

class Doubling implements PipeTransform<number, number> {
  transform(value: number): number {
    return value * 2;
  }
}

@WebSocketGateway()
class ParameterGateway {
  @SubscribeMessage(1)
  plain(client: NestwireClient, data: unknown, ...further: unknown[]): unknown {
    return [client.isOpen, data, further.length];
  }

  @SubscribeMessage(2)
  named(@MessageBody('a') a: unknown, @ConnectedSocket() client: NestwireClient, @MessageBody() all: unknown): unknown {
    return [a ?? null, client.isOpen, all ?? null];
  }

  @SubscribeMessage(3)
  custom(@UserId() userId: unknown, @What('w') what: unknown, @Code() code: number): unknown {
    return [userId, what, code];
  }

  @SubscribeMessage(4)
  sparse(first: unknown, @MessageBody() data: unknown, third?: unknown): unknown {
    return [first, data, third === undefined];
  }

  @SubscribeMessage(5)
  piped(@MessageBody('n', ParseIntPipe) n: number): number {
    return n;
  }

  @UsePipes(Doubling)
  @SubscribeMessage(6)
  doubled(@MessageBody() n: number): number {
    return n;
  }

  @SubscribeMessage(7)
  message(@MessageBody() data: unknown, @UserId() userId: unknown, @Message() message: NestwireMessage): unknown {
    return [data, userId, message.code];
  }

  @SubscribeMessage(9)
  calling(@ConnectedSocket() client: NestwireClient, @MessageBody() data: unknown): unknown {
    return this.named(data, client, 'by hand');
  }

  @SubscribeMessage(8)
  none(...given: unknown[]): unknown {
    return given.map((argument) => argument instanceof NestwireMessage);
  }
}

@WebSocketGateway({ path: '/heir' })
class HeirGateway extends ParameterGateway {}

const MESSAGES = [
  { userId: 1, code: 1, data: 'x' },
  { userId: 1, code: 2, data: { a: 1 } },
  { userId: 1, code: 2, data: null, id: 1 },
  { userId: 1, code: 2, id: 2 },
  { userId: 'ann', code: 3, data: [1] },
  { userId: 1, code: 4, data: 'x' },
  { userId: 1, code: 5, data: { n: '12' } },
  { userId: 1, code: 5, data: { n: 'no' } },
  { userId: 1, code: 6, data: 4 },
  { userId: 1, code: 7, data: 4 },
  { userId: 1, code: 8, id: 3 },
  { userId: 1, code: 9, data: 'x' },
];

const ARGUMENTS = '__routeArguments__';

const apps: GatewayApp[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(further: Provider[] = [], configure?: (app: INestApplication) => void): Promise<GatewayApp> {
  const app = await GatewayApp.start({ providers: [ParameterGateway, HeirGateway, ...further] }, {}, configure);
  apps.push(app);
  return app;
}

async function converse(app: GatewayApp, path = '/'): Promise<unknown[]> {
  const peer = await app.connect(path);
  return peer.send(...MESSAGES).takeAll();
}

function declared(name: string): unknown {
  return Reflect.getMetadata(ARGUMENTS, ParameterGateway, name);
}

describe('A handler’s arguments', () => {
  it('are the same whether Nest calls the handlers, finds them too, or the adapter does both', async () => {
    const ours = await converse(await start());
    for (const way of [NEST_CALLS, NEST_FINDS_ARGUMENTS]) expect(ours).toEqual(await converse(await start([way])));
    expect(ours).toHaveLength(MESSAGES.length);
    expect(ours[0]).toEqual({ userId: 1, code: 1, data: [true, 'x', 1] });
    expect(ours.at(-1)).toEqual({ userId: 1, code: 9, data: ['x', true, 'by hand'] });
    expect(ours[4]).toEqual({
      userId: 'ann',
      code: 3,
      data: ['ann', ['w', 'ParameterGateway', 'custom', 'ws', 3, [1]], 3],
    });
  });

  it('go through the pipes of an application that begins later with the same class', async () => {
    await converse(await start());
    const app = await start([], (nest) => nest.useGlobalPipes(new Doubling()));
    const peer = await app.connect();
    peer.send({ userId: 1, code: 7, data: 4 });
    expect(await peer.take(1)).toEqual([{ userId: 1, code: 7, data: [8, 2, 7] }]);
  });

  it('go through no pipes of an application that began earlier', async () => {
    await start([], (nest) => nest.useGlobalPipes(new Doubling()));
    const peer = await (await start()).connect();
    peer.send({ userId: 1, code: 7, data: 4 });
    expect(await peer.take(1)).toEqual([{ userId: 1, code: 7, data: [4, 1, 7] }]);
  });

  it('of what is inherited are found for heirs as well', async () => {
    const app = await start();
    const [own, heirs] = [await converse(app), await converse(app, '/heir')];
    expect(JSON.stringify(heirs)).toBe(JSON.stringify(own).replaceAll('ParameterGateway', 'HeirGateway'));
  });

  it('are what the decorators said, for everybody else, once the application has begun', async () => {
    const before = ['named', 'custom', 'plain'].map(declared);
    expect(Object.keys(before[0] as object).sort()).toEqual(['0:1', '3:0', '3:2']);
    await start();
    expect(['named', 'custom', 'plain'].map(declared)).toEqual(before);
  });

  it('are refused where two applications have begun at once with one class, and pipes would be left out', async () => {
    const app = await start();
    const gateway = app.app.get(ParameterGateway);
    const message: unknown = Object.create(NestwireMessage.prototype, { code: { value: 7 } });
    const other = Object.create(Object.getPrototypeOf(gateway) as object) as ParameterGateway;
    expect(() => void Reflect.apply(other.message, other, [{}, {}, message, 7])).not.toThrow();
    expect(() => void Reflect.apply(other.piped, other, [{}, {}, message, 5])).toThrow(/Another application/);
  });
});
