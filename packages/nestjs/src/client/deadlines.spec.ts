import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Logger, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { ManualClock } from '@nestwire/test-support';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import type { NestwireOptions } from '../nestwire.options.js';
import type { NestwireServer } from '../server/nestwire-server.js';

let events: string[] = [];
let connecting: Promise<void>;
let finishConnecting: () => void;
let failConnecting: (reason: Error) => void;
let working: (() => void)[] = [];

@WebSocketGateway()
class Gateway {
  @WebSocketServer() server!: NestwireServer;

  handleConnection(): Promise<void> {
    events.push('connect');
    return connecting;
  }

  handleDisconnect(): void {
    events.push('disconnect');
  }

  @SubscribeMessage(1)
  work(@MessageBody() name: string): Promise<void> {
    events.push(name);
    return new Promise((resolve) => working.push(resolve));
  }
}

@Injectable({ scope: Scope.REQUEST })
class Never {
  constructor(@Inject(REQUEST) readonly client: unknown) {}
}

@WebSocketGateway({ path: '/scoped' })
class ScopedGateway {
  constructor(readonly never: Never) {}

  handleConnection(): Promise<void> {
    events.push('connect');
    return connecting;
  }
}

describe('What takes too long', () => {
  let app: GatewayApp;
  let clock: ManualClock;

  beforeEach(() => {
    events = [];
    working = [];
    connecting = new Promise((resolve, reject) => {
      finishConnecting = resolve;
      failConnecting = reject;
    });
    connecting.catch(() => undefined);
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });

  afterEach(async () => {
    finishConnecting();
    for (const finish of working.splice(0)) finish();
    await app.stop();
    jest.restoreAllMocks();
  });

  async function start(options?: NestwireOptions): Promise<GatewayApp> {
    clock = new ManualClock();
    app = await GatewayApp.start(
      { providers: [Gateway, ScopedGateway, Never] },
      { clock, handlerTimeoutMs: 1000, ...options },
    );
    return app;
  }

  function clients(): number {
    return app.app.get(Gateway).server.clients.size;
  }

  async function ping(peer: Peer): Promise<void> {
    const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
    peer.socket.ping();
    await pong;
  }

  describe('in handleConnection', () => {
    it.each(['/', '/scoped'])(
      'on %s: the connection is closed with 1013, and nothing of it is handled',
      async (path) => {
        await start();
        const peer = await app.connect(path);
        await until(() => events.includes('connect'));
        peer.send({ userId: 1, code: 1, data: 'work' });
        await ping(peer);
        clock.advance(900);
        await ping(peer);
        expect(peer.socket.readyState).toBe(1);
        clock.advance(200);
        expect(await peer.closed).toEqual({ code: 1013, reason: 'connecting took too long' });
        finishConnecting();
        await until(() => clients() === 0);
        expect(events).not.toContain('work');
      },
    );

    it('is told even if the client sends so much that reading from it is paused', async () => {
      await start({ maxWaitingMessages: 2 });
      const peer = await app.connect();
      peer.send(...['a', 'b', 'c', 'd'].map((data) => ({ userId: 1, code: 1, data })));
      const server = app.app.get(Gateway).server;
      await until(() => [...server.clients].some(({ isPaused }) => isPaused));
      clock.advance(1100);
      expect((await peer.closed).code).toBe(1013);
    });

    it('is at an end for a client that has left meanwhile', async () => {
      await start();
      const peer = await app.connect();
      await until(() => events.includes('connect'));
      peer.socket.close(1000);
      await peer.closed;
      expect(clients()).toBe(1);
      clock.advance(1100);
      await until(() => clients() === 0);
      expect(events).toEqual(['connect', 'disconnect']);
    });

    it('is no matter once it has ended', async () => {
      await start();
      const peer = await app.connect();
      await until(() => events.includes('connect'));
      finishConnecting();
      peer.send({ userId: 1, code: 1, data: 'work', id: 1 });
      await until(() => events.includes('work'));
      working.pop()?.();
      expect(await peer.take(1)).toEqual([{ userId: 1, code: 1, id: 1 }]);
      clock.advance(5000);
      await ping(peer);
      expect(peer.socket.readyState).toBe(1);
    });

    it('may fail later, and is told to the log alone', async () => {
      const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      await start();
      const peer = await app.connect();
      await until(() => events.includes('connect'));
      clock.advance(1100);
      expect((await peer.closed).code).toBe(1013);
      failConnecting(new Error('much later'));
      await until(() => error.mock.calls.length === 1);
    });

    it('has no limit where handlers have none', async () => {
      await start({ handlerTimeoutMs: Infinity, silenceTimeoutMs: 1e6 });
      const peer = await app.connect();
      await until(() => events.includes('connect'));
      clock.advance(500_000);
      await ping(peer);
      expect(peer.socket.readyState).toBe(1);
    });
  });

  describe('when the application closes', () => {
    /** Left, with one message at work and two behind it. */
    async function leave(): Promise<void> {
      finishConnecting();
      const peer = await app.connect();
      peer.send(...['a', 'b', 'c'].map((data) => ({ userId: 1, code: 1, data })));
      peer.socket.close(1000);
      await peer.closed;
      await until(() => events.includes('a'));
    }

    it('is bounded for all that clients have sent before they left, not for each message', async () => {
      await start();
      await leave();
      await leave();
      let closed = false;
      const closing = app.app.close().then(() => (closed = true));
      // None of the six ever ends: two rounds of deadlines have to do.
      for (let round = 0; round < 2; round++) {
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        if (round === 0) expect(closed).toBe(false);
        clock.advance(1100);
      }
      await closing;
      expect(events.filter((event) => event === 'disconnect')).toHaveLength(2);
      expect(events).not.toContain('c');
    });

    it('is not touched as long as there is time', async () => {
      await start();
      await leave();
      const closing = app.app.close();
      for (const name of ['a', 'b', 'c']) {
        await until(() => events.includes(name));
        clock.advance(300);
        working.pop()?.();
      }
      await closing;
      expect(events).toEqual(['connect', 'a', 'b', 'c', 'disconnect']);
    });
  });
});
