import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UseFilters } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ManualClock } from '@nestwire/test-support';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import { Unordered } from '../decorators/unordered.decorator.js';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import { CloseCodeFilter } from '../filters/close-code.filter.js';
import type { NestwireOptions } from '../nestwire.options.js';

class RoomClosedError extends Error {}

/** Handlers that the test lets go, by name. */
const pending = new Map<string, { resolve: (value: unknown) => void; reject: (reason: Error) => void }>();

function work(name: string): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => pending.set(name, { resolve, reject }));
}

@UseFilters(new CloseCodeFilter([{ when: RoomClosedError, close: 4000, reason: 'by a rule' }]))
@WebSocketGateway()
class Gateway {
  @Concurrency(4)
  @SubscribeMessage(1)
  together(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }

  @Unordered()
  @SubscribeMessage(2)
  unordered(@MessageBody() name: string): Promise<unknown> {
    return work(name);
  }
}

describe('A close among messages that are handled together', () => {
  let app: GatewayApp;

  beforeEach(() => pending.clear());
  afterEach(async () => {
    for (const { resolve } of pending.values()) resolve('at the end');
    await app.stop();
  });

  async function connect(options?: NestwireOptions): Promise<Peer> {
    app = await GatewayApp.start({ providers: [Gateway] }, options);
    return app.connect();
  }

  async function pong(peer: Peer): Promise<void> {
    const here = new Promise((resolve) => peer.socket.once('pong', resolve));
    peer.socket.ping();
    await here;
  }

  /** Four begin, of six; `b` has the connection closed, and `c` is done with. */
  async function closeWith(peer: Peer, exception: Error): Promise<void> {
    peer.send(...['a', 'b', 'c', 'd', 'e', 'f'].map((data, id) => ({ userId: 1, code: 1, data, id })));
    await until(() => pending.size === 4);
    pending.get('b')?.reject(exception);
    pending.get('c')?.resolve('never told');
    await pong(peer);
    await pong(peer);
  }

  it.each([
    ['that an exception says', new CloseConnectionException(4001, 'says so'), { code: 4001, reason: 'says so' }],
    ['of a rule', new RoomClosedError(), { code: 4000, reason: 'by a rule' }],
  ])('%s comes in its turn, and what came before it is answered', async (_, exception, end) => {
    const peer = await connect();
    await closeWith(peer, exception);
    expect(peer.socket.readyState).toBe(1);
    expect(peer.received).toEqual([]);
    pending.get('a')?.resolve('told');
    expect(await peer.closed).toEqual(end);
    expect(peer.received).toEqual([{ userId: 1, code: 1, id: 0, data: 'told' }]);
  });

  it('has no further message begun', async () => {
    const peer = await connect();
    await closeWith(peer, new CloseConnectionException(4001));
    peer.send({ userId: 1, code: 2, data: 'unordered', id: 9 });
    await pong(peer);
    expect([...pending.keys()]).toEqual(['a', 'b', 'c', 'd']);
    pending.get('a')?.resolve('told');
    await peer.closed;
    expect([...pending.keys()]).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is the first of two, whichever happens first', async () => {
    const peer = await connect();
    await closeWith(peer, new CloseConnectionException(4001));
    pending.get('d')?.reject(new CloseConnectionException(4002));
    await pong(peer);
    pending.get('a')?.resolve('told');
    expect((await peer.closed).code).toBe(4001);
  });

  it('does not wait for one that never ends', async () => {
    const clock = new ManualClock();
    const peer = await connect({ clock, handlerTimeoutMs: 1000 });
    await closeWith(peer, new CloseConnectionException(4001));
    clock.advance(2000);
    expect((await peer.closed).code).toBe(4001);
    expect(peer.received).toMatchObject([{ id: 0, error: { status: 503 } }]);
  });

  it('waits for nobody where there is no order', async () => {
    const peer = await connect();
    peer.send({ userId: 1, code: 2, data: 'a' }, { userId: 1, code: 2, data: 'b' });
    await until(() => pending.size === 2);
    pending.get('b')?.reject(new CloseConnectionException(4001));
    expect((await peer.closed).code).toBe(4001);
    expect(peer.received).toEqual([]);
  });
});
