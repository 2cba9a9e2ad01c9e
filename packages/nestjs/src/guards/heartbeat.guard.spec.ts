import { afterEach, describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { ManualClock } from '@nestwire/test-support';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { Heartbeat } from '../decorators/heartbeat.decorator.js';
import type { NestwireServer } from '../server/nestwire-server.js';
import { HeartbeatGuard } from './heartbeat.guard.js';

let release: () => void = () => undefined;

@UseGuards(HeartbeatGuard)
@WebSocketGateway()
class GuardedGateway {
  @WebSocketServer() server!: NestwireServer;

  @SubscribeMessage(1)
  chat(): string {
    return 'chat';
  }

  @Heartbeat()
  @SubscribeMessage(2)
  beat(): string {
    return 'beat';
  }

  @SubscribeMessage(3)
  async slow(): Promise<void> {
    await new Promise<void>((resolve) => (release = resolve));
  }
}

@WebSocketGateway()
class UnguardedGateway {
  @SubscribeMessage(1)
  chat(): string {
    return 'chat';
  }
}

const SECOND = 1000;

describe('Silence', () => {
  let app: GatewayApp;
  let clock: ManualClock;

  afterEach(() => app.stop());

  async function connect(gateway: new () => object, options = {}): Promise<Peer> {
    clock = new ManualClock();
    app = await GatewayApp.start({ providers: [gateway] }, { clock, ...options });
    return app.connect();
  }

  async function say(peer: Peer, code: number): Promise<void> {
    peer.send({ userId: 1, code });
    await peer.take(1);
  }

  /** A ping and its pong: the server has seen whatever went before. */
  async function ping(peer: Peer): Promise<void> {
    const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
    peer.socket.ping();
    await pong;
  }

  it.each([
    ['without the guard', UnguardedGateway],
    ['with the guard', GuardedGateway],
  ])('of a client that says nothing ends in 4408 after 30 s, %s', async (_, gateway) => {
    const peer = await connect(gateway);
    clock.advance(29.9 * SECOND);
    await ping(peer);
    expect(peer.socket.readyState).toBe(1);
    clock.advance(0.2 * SECOND);
    expect((await peer.closed).code).toBe(4408);
  });

  it('is not broken by pings and pongs', async () => {
    const peer = await connect(UnguardedGateway);
    for (let t = 0; t < 30; t += 5) {
      await ping(peer);
      clock.advance(5.1 * SECOND);
    }
    expect((await peer.closed).code).toBe(4408);
  });

  it('is broken by any message, without the guard', async () => {
    const peer = await connect(UnguardedGateway);
    for (let t = 0; t < 300; t += 25) {
      await say(peer, 1);
      clock.advance(25 * SECOND);
    }
    await say(peer, 1);
    expect(peer.socket.readyState).toBe(1);
  });

  it('is not broken by chatter, with the guard: 4408 after 30 s by a closing handshake', async () => {
    const peer = await connect(GuardedGateway);
    for (let t = 0; t < 29; t++) {
      await say(peer, 1);
      clock.advance(SECOND);
    }
    await say(peer, 1);
    clock.advance(1.1 * SECOND);
    const [client] = app.app.get(GuardedGateway).server.clients;
    expect((await peer.closed).code).toBe(4408);
    await app.stop();
    expect(client?.wasClean).toBe(true);
  });

  it('is broken by a heartbeat every 20 s, and counted from the last', async () => {
    const peer = await connect(GuardedGateway);
    for (let t = 0; t < 300; t += 20) {
      await say(peer, 2);
      clock.advance(10 * SECOND);
      await say(peer, 1);
      clock.advance(10 * SECOND);
    }
    await say(peer, 1);
    clock.advance(9.9 * SECOND);
    await say(peer, 1);
    clock.advance(0.2 * SECOND);
    expect((await peer.closed).code).toBe(4408);
  });

  it('is as long as the options say', async () => {
    const peer = await connect(GuardedGateway, { heartbeatTimeoutMs: 5 * SECOND });
    await say(peer, 1);
    clock.advance(5.1 * SECOND);
    expect((await peer.closed).code).toBe(4408);
  });

  it("is not the peer's while we do not read", async () => {
    const peer = await connect(GuardedGateway, { maxWaitingMessages: 2, heartbeatTimeoutMs: Infinity });
    peer.send({ userId: 1, code: 3 });
    await ping(peer);
    peer.send({ userId: 1, code: 1 }, { userId: 1, code: 1 }, { userId: 1, code: 1 });
    const [client] = app.app.get(GuardedGateway).server.clients;
    while (client?.isPaused !== true) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(45 * SECOND);
    release();
    expect(await peer.take(3)).toHaveLength(3);
  });
});
