import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { JsonCodec, type OutgoingEnvelope } from '@nestwire/envelope';
import { Observable, of } from 'rxjs';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { clog, FILLER_CODE, turn } from '../../spec/slow-peer.js';
import { until } from '../../spec/until.js';
import { NestwireClient } from './nestwire-client.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';
import { Reply } from '../message/reply.js';
import { NestwireObserver, type PathObserver } from '../observation/nestwire-observer.js';
import { NestwireServer } from '../server/nestwire-server.js';

const KIB = 1024;
const HIGH = 64 * KIB;

class Doings {
  @WebSocketServer() server!: NestwireServer;
  finish: () => void = () => undefined;

  @SubscribeMessage(1)
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(2)
  fail(): never {
    throw new Error('broken');
  }

  /** Values that nobody asks for, and the end of them. */
  @SubscribeMessage(3)
  stream(): unknown {
    return of('one', 'two');
  }

  @SubscribeMessage(4)
  prices(): Observable<unknown> {
    const keyed = (key: string, price: number): Reply => new Reply(4, price, { slowConsumer: 'keep-newest', key });
    return of(keyed('A', 1), keyed('B', 2), keyed('A', 3));
  }

  @SubscribeMessage(5)
  bytes(): Observable<unknown> {
    const keyed = (byte: number): Reply => new Reply(5, Buffer.of(byte), { slowConsumer: 'keep-newest', key: 'b' });
    return of(keyed(1), keyed(2));
  }

  /** Waits until the client reads. */
  @SubscribeMessage(6)
  async pause(@ConnectedSocket() client: NestwireClient): Promise<unknown> {
    return { writable: await client.whenWritable(), at: client.bufferedAmount };
  }

  @Concurrency(2)
  @SubscribeMessage(7)
  work(): Promise<void> {
    return new Promise((resolve) => (this.finish = resolve));
  }

  @Concurrency(2)
  @SubscribeMessage(8)
  held(): unknown {
    return new Reply(8, 'held', { slowConsumer: 'drop-newest' });
  }
}

@WebSocketGateway({ path: '/close', slowConsumer: 'close', outboundHighWaterBytes: HIGH, maxOutboundBytes: 2 * HIGH })
class ClosingGateway extends Doings {}

@WebSocketGateway({ path: '/drop', slowConsumer: 'drop-newest', outboundHighWaterBytes: HIGH })
class DroppingGateway extends Doings {}

@WebSocketGateway({
  path: '/keep',
  slowConsumer: 'keep-newest',
  outboundHighWaterBytes: HIGH,
  maxOutboundBytes: 8 * HIGH,
})
class KeepingGateway extends Doings {}

@WebSocketGateway({ path: '/wait', slowConsumer: 'wait', outboundHighWaterBytes: HIGH, outboundLowWaterBytes: KIB })
class WaitingGateway extends Doings {}

const GATEWAYS = { close: ClosingGateway, drop: DroppingGateway, keep: KeepingGateway, wait: WaitingGateway };
type Path = keyof typeof GATEWAYS;

const sent: (number | undefined)[] = [];

@Injectable()
class Sent extends NestwireObserver {
  override observe(): PathObserver {
    return { sent: (_, code) => void (code === FILLER_CODE || sent.push(code)) };
  }
}

let encoded = 0;
class CountingCodec extends JsonCodec {
  override encode(envelope: OutgoingEnvelope): string {
    encoded++;
    return super.encode(envelope);
  }
}

let app: GatewayApp;
beforeEach(async () => {
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  const codec = new CountingCodec();
  app = await GatewayApp.start(
    { providers: [...Object.values(GATEWAYS), Sent] },
    { codecs: [codec], defaultCodec: codec },
  );
  sent.length = 0;
});
afterEach(async () => {
  await app.stop();
  jest.restoreAllMocks();
});

const serverOf = (path: Path): NestwireServer => app.app.get<Doings>(GATEWAYS[path]).server;

/** A peer that has stopped to read, and the server's end of it, for which too much waits. */
async function slow(path: Path): Promise<{ peer: Peer; client: NestwireClient; server: NestwireServer }> {
  const server = serverOf(path);
  const peer = await app.connect(`/${path}`);
  await until(() => server.clients.size === 1);
  const [client] = server.clients as ReadonlySet<NestwireClient>;
  peer.socket.pause();
  await clog(client as NestwireClient);
  return { peer, client: client as NestwireClient, server };
}

/** What a peer that reads again gets, less the filler, up to `last`. */
async function readUntil(peer: Peer, last: object): Promise<unknown[]> {
  peer.socket.resume();
  const got = (): unknown[] => peer.received.filter((one) => (one as { code?: number }).code !== FILLER_CODE);
  await until(() => JSON.stringify(got().at(-1)) === JSON.stringify(last));
  return got();
}

/** Asks, and waits until the server has read it. */
async function ask(peer: Peer, client: NestwireClient, ...messages: object[]): Promise<void> {
  let read = 0;
  client.on('message', () => read++);
  peer.send(...messages);
  await until(() => read === messages.length && client.inbox.queue.isIdle);
}

describe('The policy of a gateway', () => {
  it("'close' takes up to the maximum, then the client is closed with 4490", async () => {
    const { peer, client, server } = await slow('close');
    expect(client.send(10, 'taken')).toBe('backpressure');
    let result: string = '';
    while (client.isOpen) result = client.send(10, 'x'.repeat(KIB));
    expect(result).toBe('closed');
    expect(await client.whenWritable()).toBe(false);
    peer.socket.resume();
    expect(await peer.closed).toEqual({ code: 4490, reason: 'reads too slowly' });
    expect(server.limitsHit).toMatchObject({ 'outbound-queue': 1 });
  });

  it("'drop-newest' drops what is pushed, which is counted, and told to nobody as sent", async () => {
    const { peer, client, server } = await slow('drop');
    expect(client.send(10, 'dropped')).toBe('dropped');
    expect(client.send('"dropped, too"')).toBe('dropped');
    server.broadcast(11, 'dropped');
    server.broadcast(12, 'taken', { slowConsumer: 'wait' });
    expect(client.send('"taken, too"', { slowConsumer: 'wait' })).toBe('backpressure');
    expect(server.limitsHit).toMatchObject({ 'dropped-messages': 3 });
    expect(sent).toEqual([12, undefined]);
    peer.socket.resume();
    expect(await client.whenWritable()).toBe(true);
    expect(client.send(13, 'again')).toBe('sent');
    expect(await readUntil(peer, { code: 13, data: 'again' })).toEqual([
      { code: 12, data: 'taken' },
      'taken, too',
      { code: 13, data: 'again' },
    ]);
  });

  it("'drop-newest' drops no answer, nor a stream's end, though a stream's values", async () => {
    const { peer, client } = await slow('drop');
    await ask(
      peer,
      client,
      { userId: 1, code: 1, id: 1, data: 'echo' },
      { userId: 1, code: 2, id: 2 },
      { userId: 1, code: 404, id: 3 },
      { userId: 1, code: 3, id: 4 },
    );
    expect(await readUntil(peer, { userId: 1, code: 3, id: 4, done: true })).toEqual([
      { userId: 1, code: 1, id: 1, data: 'echo' },
      { userId: 1, code: 2, id: 2, error: { status: 500, message: 'Internal server error' } },
      { userId: 1, code: 404, id: 3, error: { status: 404, message: 'No handler for this code' } },
      { userId: 1, code: 3, id: 4, done: true },
    ]);
  });

  it("'drop-newest' ends with who asks and does not read: answers are taken up to the maximum", async () => {
    const { peer, client } = await slow('drop');
    peer.send(...Array.from({ length: 40 }, () => ({ userId: 1, code: 1, data: 'x'.repeat(16 * KIB) })));
    await until(() => !client.isOpen);
    peer.socket.resume();
    expect(await peer.closed).toMatchObject({ code: 4490 });
  });

  it("'keep-newest' keeps what has no key, in order, and of a key the newest", async () => {
    const { peer, client, server } = await slow('keep');
    client.send(10, 'first');
    client.send(10, 1, { key: 'a' });
    client.send(10, 2, { key: 'b' });
    client.send(10, 3, { key: 'a' });
    server.broadcast(11, 'last');
    expect(server.limitsHit).toMatchObject({ 'replaced-messages': 1 });
    const answers = (await readUntil(peer, { code: 11, data: 'last' })) as { data: unknown }[];
    expect(answers.map(({ data }) => data)).toEqual(['first', 2, 3, 'last']);
  });

  it("'wait' takes all, and a handler can wait for the client", async () => {
    const { peer, client } = await slow('wait');
    peer.send({ userId: 1, code: 6, id: 1 });
    for (let i = 0; i < 20; i++) await turn();
    const before = client.bufferedAmount;
    for (let i = 0; i < 64; i++) expect(client.send(FILLER_CODE, 'x'.repeat(16 * KIB))).toBe('backpressure');
    expect(client.bufferedAmount).toBeGreaterThan(before + 64 * 16 * KIB);
    expect(client.isWritable).toBe(false);
    peer.socket.resume();
    await until(() => peer.received.some((one) => (one as { code: number }).code === 6));
    expect(peer.received.at(-1)).toMatchObject({ id: 1, data: { writable: true } });
    expect((peer.received.at(-1) as { data: { at: number } }).data.at).toBeLessThanOrEqual(KIB);
    expect(client.isWritable).toBe(true);
  });
});

describe('The policy of a message', () => {
  it('to many: the slow one gets the newest of each key, the others all; it is encoded once', async () => {
    const { peer, server } = await slow('close');
    const quick = await app.connect('/close');
    await until(() => server.clients.size === 2);
    for (const client of server.clients) client.join('prices');
    encoded = 0;
    const tell = (key: string, price: number): void =>
      server.to('prices').send(20, { [key]: price }, { slowConsumer: 'keep-newest', key });
    for (let price = 1; price <= 1000; price++) {
      tell('A', price);
      tell('B', -price);
    }
    expect(encoded).toBe(2000);
    expect(await quick.take(2000)).toHaveLength(2000);
    server.broadcast(21, 'last');
    expect(await readUntil(peer, { code: 21, data: 'last' })).toEqual([
      { code: 20, data: { A: 1000 } },
      { code: 20, data: { B: -1000 } },
      { code: 21, data: 'last' },
    ]);
  });

  it('of a stream: each value is a Reply that says it', async () => {
    const { peer, client } = await slow('close');
    await ask(peer, client, { userId: 1, code: 4, id: 1 });
    expect(await readUntil(peer, { userId: 1, code: 4, id: 1, done: true })).toEqual([
      { userId: 1, code: 4, id: 1, data: 2 },
      { userId: 1, code: 4, id: 1, data: 3 },
      { userId: 1, code: 4, id: 1, done: true },
    ]);
  });

  it('of bytes, which go out in two messages: both are the newest', async () => {
    const { peer, client } = await slow('close');
    await ask(peer, client, { userId: 1, code: 5, id: 1 });
    expect(await readUntil(peer, { userId: 1, code: 5, id: 1, done: true })).toEqual([
      Buffer.of(2),
      { userId: 1, code: 5, id: 1 },
      { userId: 1, code: 5, id: 1, done: true },
    ]);
  });

  it('has its key for its code alone, and for what it answers', async () => {
    const { peer, client, server } = await slow('keep');
    client.send(10, 1, { key: 'a' });
    client.send(11, 2, { key: 'a' });
    server.broadcast(12, 3, { key: 'a' });
    await ask(peer, client, { userId: 1, code: 4, id: 1 }, { userId: 1, code: 4, id: 2 });
    server.broadcast(11, 'last', { key: 'a' });
    const answers = (await readUntil(peer, { code: 11, data: 'last' })) as { id?: number; data: unknown }[];
    expect(answers.map(({ id, data }) => [id, data])).toEqual([
      [undefined, 1],
      [undefined, 3],
      ...[1, 2].flatMap((id) => [2, 3, undefined].map((data) => [id, data])),
      [undefined, 'last'],
    ]);
  });

  it('holds for an answer that waits for those of earlier messages', async () => {
    const { peer, client } = await slow('close');
    peer.send({ userId: 1, code: 7, id: 1 }, { userId: 1, code: 8, id: 2 });
    await until(() => client.inbox.queue.length === 1);
    app.app.get(ClosingGateway).finish();
    await until(() => client.inbox.queue.isIdle);
    client.send(9, 'last');
    const answers = await readUntil(peer, { code: 9, data: 'last' });
    expect(answers).toEqual([
      { userId: 1, code: 7, id: 1 },
      { code: 9, data: 'last' },
    ]);
  });

  it('is refused where it is none, though nobody is slow', async () => {
    await app.connect('/close');
    const server = serverOf('close');
    await until(() => server.clients.size === 1);
    const [client] = server.clients as ReadonlySet<NestwireClient>;
    const options: object = { slowConsumer: 'drop' };
    const keyed: object = { key: 7 };
    for (const wrong of [options, keyed]) {
      expect(() => client?.send(1, 'x', wrong)).toThrow(/slowConsumer|key/);
      expect(() => server.to('nobody').send(1, 'x', wrong)).toThrow(/slowConsumer|key/);
      expect(() => server.broadcast(1, 'x', wrong)).toThrow(/slowConsumer|key/);
      expect(() => new Reply(1, 'x', wrong)).toThrow(/slowConsumer|key/);
    }
  });
});

it('Two gateways of one path may not disagree about it', async () => {
  @WebSocketGateway({ path: '/close', slowConsumer: 'wait' })
  class Other {}
  await expect(GatewayApp.start({ providers: [ClosingGateway, Other] })).rejects.toThrow(/disagree about slowConsumer/);
});
