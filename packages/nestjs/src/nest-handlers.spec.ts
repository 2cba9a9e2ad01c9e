import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  BadRequestException,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  Logger,
  type NestInterceptor,
  ParseIntPipe,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import * as websockets from '@nestjs/websockets';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { map, type Observable, of } from 'rxjs';
import { GatewayApp, type Peer } from '../spec/gateway-app.js';
import { until } from '../spec/until.js';
import type { NestwireClient } from './client/nestwire-client.js';
import { NestwireAdapter } from './nestwire.adapter.js';
import type { NestwireServer } from './server/nestwire-server.js';

class OddGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getData<number>() % 2 === 1;
  }
}

class Doubling implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler<number>): Observable<number> {
    return next.handle().pipe(map((value) => value * 2));
  }
}

const Ack = (websockets as { Ack?: () => ParameterDecorator }).Ack;

@WebSocketGateway()
class FirstGateway {
  @WebSocketServer() server!: NestwireServer;
  private readonly name = 'first';

  @SubscribeMessage(1)
  self(@ConnectedSocket() client: NestwireClient, @MessageBody() data: unknown): unknown {
    return [this.name, client.id.length > 0, data];
  }

  @UseGuards(OddGuard)
  @SubscribeMessage(2)
  guarded(@MessageBody(ParseIntPipe) data: number): number {
    return data;
  }

  @UseInterceptors(Doubling)
  @SubscribeMessage(3)
  doubled(@MessageBody() data: number): Observable<number> {
    return of(data, data + 1);
  }

  @SubscribeMessage(4)
  throws(): never {
    throw new BadRequestException('no');
  }
}

@WebSocketGateway()
class SecondGateway {
  private readonly name = 'second';

  @SubscribeMessage(5)
  plain(client: NestwireClient, data: unknown): unknown {
    return Promise.resolve([this.name, client.isOpen, data]);
  }

  @SubscribeMessage(6)
  acknowledged(_client: NestwireClient, data: unknown, ack?: (data: unknown) => void): void {
    ack?.([this.name, data]);
  }
}
if (Ack !== undefined) {
  ConnectedSocket()(SecondGateway.prototype, 'acknowledged', 0);
  MessageBody()(SecondGateway.prototype, 'acknowledged', 1);
  Ack()(SecondGateway.prototype, 'acknowledged', 2);
}

const MESSAGES = [
  { userId: 1, code: 1, data: 'a', id: 1 },
  { userId: 1, code: 2, data: 7, id: 2 },
  { userId: 1, code: 2, data: 8, id: 3 },
  { userId: 1, code: 2, data: 'x1', id: 4 },
  { userId: 1, code: 3, data: 4, id: 5 },
  { userId: 1, code: 4, id: 6 },
  { userId: 1, code: 5, data: null, id: 7 },
  { userId: 1, code: 6, data: 'ack', id: 8 },
  { userId: 1, code: 7, id: 9 },
];

/** An application whose parts have other names: what a later Nest may be. */
function withoutSocketModule(app: INestApplication): INestApplication {
  return new Proxy(app, {
    get: (target, key): unknown => (key === 'socketModule' ? undefined : Reflect.get(target, key)),
  });
}

let running: GatewayApp | undefined;
afterEach(() => running?.stop());

async function start(adapt: (app: INestApplication) => void = () => undefined): Promise<GatewayApp> {
  const app = await GatewayApp.start({ providers: [FirstGateway, SecondGateway] }, {}, adapt);
  running = app;
  return app;
}

/** What a second client gets, and how many handlers are bound to it. */
async function converse(app: GatewayApp): Promise<{ replies: unknown[]; bound: number[] }> {
  const peers: Peer[] = [await app.connect(), await app.connect(), await app.connect()];
  const all: unknown[][] = [];
  for (const peer of peers) all.push(await peer.send(...MESSAGES).takeAll());
  const { server } = app.app.get(FirstGateway);
  await until(() => server.clients.size === 3);
  expect([all[1], all[2]]).toEqual([all[0], all[0]]);
  return { replies: all[0] ?? [], bound: [...server.clients].map(({ handlers }) => handlers.length) };
}

describe('Nest’s handlers', () => {
  it('are not bound to clients on this Nest', async () => {
    const { replies, bound } = await converse(await start());
    expect(bound).toEqual([0, 0, 0]);
    expect(replies).toContainEqual({ userId: 1, code: 1, id: 1, data: ['first', true, 'a'] });
  });

  it('are bound where they do not pass, which the log says once, and do the same', async () => {
    const shared = await converse(await start());
    await running?.stop();
    const warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const app = await start((nest) => nest.useWebSocketAdapter(new NestwireAdapter(withoutSocketModule(nest))));
    const own = await converse(app);
    expect(own.bound).toEqual([6, 6, 6]);
    expect(own.replies).toEqual(shared.replies);
    const lines = warnings.mock.calls.filter(([line]) => String(line).includes('binds its handlers elsewhere'));
    expect(lines).toHaveLength(1);
    warnings.mockRestore();
  });

  it('are bound where Nest binds others than have passed, one gateway for itself', async () => {
    const shared = await converse(await start());
    await running?.stop();
    const app = await start((nest) => {
      const adapter = new NestwireAdapter(nest);
      const bindMessageHandlers = adapter.bindMessageHandlers.bind(adapter);
      // As a Nest would that puts something of its own in front.
      adapter.bindMessageHandlers = (client, handlers) => {
        const isFirst = handlers.some(({ message }) => String(message) === '1');
        bindMessageHandlers(client, isFirst ? [...handlers].reverse() : handlers);
      };
      nest.useWebSocketAdapter(adapter);
    });
    const other = await converse(app);
    expect(other.bound).toEqual([4, 4, 4]);
    expect(other.replies).toEqual(shared.replies);
  });
});
