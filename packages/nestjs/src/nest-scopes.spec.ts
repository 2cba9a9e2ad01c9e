import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Logger, type Provider, Scope } from '@nestjs/common';
import {
  type ContextId,
  ContextIdFactory,
  type ContextIdStrategy,
  type HostComponentInfo,
  REQUEST,
} from '@nestjs/core';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { GatewayApp } from '../spec/gateway-app.js';
import { until } from '../spec/until.js';
import { NestwireClient } from './client/nestwire-client.js';
import { NestwireServer } from './server/nestwire-server.js';

let made = 0;
let broken = false;
let events: string[] = [];
let admit: (() => void) | undefined;

/** One a connection. */
@Injectable({ scope: Scope.REQUEST })
class Session {
  readonly number = ++made;

  constructor(@Inject(REQUEST) readonly client: unknown) {
    if (broken) throw new Error('can not be made');
  }
}

@WebSocketGateway()
class ScopedGateway {
  @WebSocketServer() server!: NestwireServer;

  constructor(private readonly session: Session) {}

  async handleConnection(client: NestwireClient): Promise<void> {
    events.push(`connect ${String(this.session.client === client)} ${String(this.server instanceof NestwireServer)}`);
    if (admit !== undefined) await new Promise<void>((resolve) => (admit = resolve));
    events.push('connected');
  }

  async handleDisconnect(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    events.push(`disconnect ${String(this.session.number)}`);
  }

  @SubscribeMessage(1)
  facts(client: NestwireClient): object {
    events.push('message');
    return {
      session: this.session.number,
      isClient: client instanceof NestwireClient && this.session.client === client,
      isServer: this.server instanceof NestwireServer,
    };
  }

  @SubscribeMessage(2)
  async *stream(): AsyncGenerator<number> {
    yield await Promise.resolve(this.session.number);
  }

  @SubscribeMessage(3)
  fails(): never {
    throw new Error('a secret');
  }
}

/** It has neither of the hooks. */
@WebSocketGateway({ path: '/bare' })
class BareGateway {
  constructor(private readonly session: Session) {}

  @SubscribeMessage(1)
  number(): number {
    return this.session.number;
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class Tenant {
  readonly number = ++made;

  constructor(@Inject(REQUEST) readonly payload: { tenant: string }) {}
}

@WebSocketGateway({ path: '/durable' })
class DurableGateway {
  constructor(private readonly tenant: Tenant) {}

  @SubscribeMessage(1)
  facts(): object {
    return { number: this.tenant.number, tenant: this.tenant.payload.tenant };
  }
}

/** A tenant a query; its providers outlive the connection. */
class TenantStrategy implements ContextIdStrategy<NestwireClient> {
  private readonly trees = new Map<string, ContextId>();

  attach(contextId: ContextId, client: NestwireClient): ReturnType<ContextIdStrategy['attach']> {
    if (!(client instanceof NestwireClient) || client.request.path !== '/durable') return () => contextId;
    const tenant = client.request.query;
    const tree = this.trees.get(tenant) ?? ContextIdFactory.create();
    this.trees.set(tenant, tree);
    return {
      resolve: (info: HostComponentInfo) => (info.isTreeDurable ? tree : contextId),
      payload: { tenant },
    };
  }
}

describe('A gateway that injects something request-scoped', () => {
  let app: GatewayApp;

  beforeEach(() => {
    made = 0;
    broken = false;
    events = [];
    admit = undefined;
  });

  afterEach(async () => {
    await app.stop();
    jest.restoreAllMocks();
  });

  async function start(...gateways: Provider[]): Promise<GatewayApp> {
    app = await GatewayApp.start({ providers: [Session, Tenant, ...gateways] });
    return app;
  }

  it('is made once a connection, with the client as its request', async () => {
    await start(ScopedGateway);
    const first = await app.connect();
    const second = await app.connect();
    for (const peer of [first, first, second]) {
      peer.send({ userId: 1, code: 1, id: 1 });
      const session = peer === first ? 1 : 2;
      expect(await peer.take(1)).toEqual([
        { userId: 1, code: 1, id: 1, data: { session, isClient: true, isServer: true } },
      ]);
    }
  });

  it('streams, and fails, like any other', async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await start(ScopedGateway);
    const peer = await app.connect();
    peer.send({ userId: 1, code: 2, id: 1 });
    expect(await peer.take(2)).toMatchObject([
      { id: 1, data: 1 },
      { id: 1, done: true },
    ]);
    peer.send({ userId: 1, code: 3, id: 2 });
    expect(await peer.take(1)).toMatchObject([{ id: 2, error: { status: 500, message: 'Internal server error' } }]);
  });

  it('has no message handled before its handleConnection has finished', async () => {
    admit = () => undefined;
    await start(ScopedGateway);
    const peer = await app.connect();
    peer.send({ userId: 1, code: 1 });
    const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
    peer.socket.ping();
    await pong;
    await until(() => events.includes('connect true true'));
    expect(events).not.toContain('message');
    admit();
    await peer.take(1);
    expect(events).toEqual(['connect true true', 'connected', 'message']);
  });

  it('has its handleDisconnect awaited at the end of the application', async () => {
    await start(ScopedGateway);
    await app.connect();
    await app.app.close();
    expect(events.at(-1)).toBe('disconnect 1');
  });

  it.each([
    ['with handleConnection', ScopedGateway, '/'],
    ['without it', BareGateway, '/bare'],
  ])(
    'that can not be made, %s, ends the connection with 1011; nothing is handled, nothing unhandled',
    async (_, gateway, path) => {
      const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      broken = true;
      await start(gateway);
      const peer = app.dial(path);
      peer.socket.on('open', () => peer.send({ userId: 1, code: 1, id: 1 }));
      expect((await peer.closed).code).toBe(1011);
      expect(peer.received).toEqual([]);
      expect(error).toHaveBeenCalled();
    },
  );

  it('works without hooks', async () => {
    await start(BareGateway);
    const peer = await app.connect('/bare');
    peer.send({ userId: 1, code: 1, id: 1 }, { userId: 1, code: 1, id: 2 });
    expect(await peer.take(2)).toMatchObject([{ data: 1 }, { data: 1 }]);
  });

  it('and something durable is shared by those that belong together', async () => {
    ContextIdFactory.apply(new TenantStrategy());
    await start(DurableGateway);
    const facts = [];
    for (const tenant of ['a', 'b', 'a']) {
      const peer = await app.connect(`/durable?${tenant}`);
      peer.send({ userId: 1, code: 1, id: 1 });
      facts.push(...(await peer.take(1)));
    }
    expect(facts).toMatchObject([
      { data: { number: 1, tenant: 'a' } },
      { data: { number: 2, tenant: 'b' } },
      { data: { number: 1, tenant: 'a' } },
    ]);
  });
});
