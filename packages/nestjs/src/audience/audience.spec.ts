import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { EventDataCodec } from '@nestwire/envelope';
import { WebSocket } from 'ws';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import { Public } from '../decorators/public.decorator.js';
import type { NestwireClient } from '../client/nestwire-client.js';
import type { NestwireServer } from '../server/nestwire-server.js';

let admitting: (client: NestwireClient) => unknown = () => undefined;
let leaving: (client: NestwireClient) => unknown = () => undefined;

@WebSocketGateway()
class HallGateway {
  @WebSocketServer() server!: NestwireServer;

  handleConnection(client: NestwireClient): unknown {
    return admitting(client);
  }

  handleDisconnect(client: NestwireClient): unknown {
    return leaving(client);
  }

  @SubscribeMessage(1)
  join(@MessageBody() rooms: (string | number)[], @ConnectedSocket() client: NestwireClient): string[] {
    client.join(...rooms);
    return [...client.rooms];
  }

  @SubscribeMessage(2)
  leave(@MessageBody() rooms: string[], @ConnectedSocket() client: NestwireClient): string[] {
    client.leave(...rooms);
    return [...client.rooms];
  }

  @Public()
  @SubscribeMessage(3)
  logIn(@MessageBody() userId: number | string, @ConnectedSocket() client: NestwireClient): void {
    client.authenticate({ userId });
  }

  @SubscribeMessage(4)
  self(@ConnectedSocket() client: NestwireClient): string {
    client.send(500, 'pushed');
    return client.id;
  }
}

@Public()
@WebSocketGateway({ path: '/other' })
class OtherGateway {
  @SubscribeMessage(1)
  join(@ConnectedSocket() client: NestwireClient): void {
    client.join('a');
  }
}

@WebSocketGateway({ path: '/members', authentication: 'required' })
class MembersGateway extends HallGateway {}

let app: GatewayApp;
let server: NestwireServer;
const peers: Peer[] = [];

beforeAll(async () => {
  app = await GatewayApp.start(
    { providers: [HallGateway, OtherGateway, MembersGateway] },
    { codecs: [new EventDataCodec()] },
  );
  server = app.app.get(HallGateway).server;
});
afterEach(async () => {
  admitting = leaving = () => undefined;
  for (const { socket } of peers.splice(0)) socket.terminate();
  await until(() => server.clients.size === 0);
});
afterAll(() => app.stop());

/** A peer in these rooms, of this user. */
async function enter(
  rooms: (string | number)[] = [],
  userId?: number | string,
  protocols: string[] = [],
): Promise<Peer> {
  const peer = await app.connect('/', protocols);
  peers.push(peer);
  if (userId !== undefined) peer.send({ userId, code: 3, data: userId });
  peer.send({ userId: userId ?? 0, code: 1, data: rooms, id: 'joined' });
  await peer.take(1);
  return peer;
}

/** What each has got of what was sent so far. */
async function heard(...them: Peer[]): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for (const peer of them) {
    const messages = (await peer.takeAll()) as { data: unknown }[];
    all.push(messages.map(({ data }) => data));
  }
  return all;
}

describe('Rooms', () => {
  it('hold those who have joined, until they leave', async () => {
    const [ann, bob] = [await enter(['a']), await enter(['a', 'b'])];
    server.to('a').send(7, 1);
    server.to('b').send(7, 2);
    ann.send({ userId: 0, code: 2, data: ['a', 'never joined'] });
    await ann.takeAll();
    server.to('a').send(7, 3);
    expect(await heard(bob)).toEqual([[1, 2, 3]]);
    expect(await heard(ann)).toEqual([[]]);
  });

  it('are told to whoever is in several of them once', async () => {
    const [ann, bob, cid] = [await enter(['a', 'b']), await enter(['b']), await enter(['c'])];
    server.to('a', 'b').send(7, 1);
    server.to('a').to('b').send(7, 2);
    expect(await heard(ann, bob, cid)).toEqual([[1, 2], [1, 2], []]);
  });

  it('can be excepted, and so can clients and users', async () => {
    const [ann, bob, cid] = [await enter(['a'], 1), await enter(['a', 'b'], 2), await enter(['a'], 3)];
    const client = [...server.clients][0] as NestwireClient;
    server.to('a').except('b').send(7, 'not b');
    server.to('a').except(client).send(7, 'not ann');
    server.to('a').exceptUser('3').send(7, 'not cid');
    server.except(client, 'b').send(7, 'cid');
    expect(await heard(ann, bob, cid)).toEqual([
      ['not b', 'not cid'],
      ['not ann', 'not cid'],
      ['not b', 'not ann', 'cid'],
    ]);
  });

  it('have canonical names: 7 is "7"', async () => {
    const ann = await enter([7]);
    server.to('7').send(7, 1);
    expect([...([...server.clients][0] as NestwireClient).rooms]).toEqual(['7']);
    expect(await heard(ann)).toEqual([[1]]);
  });

  it('of another path are other rooms', async () => {
    const ann = await enter(['a']);
    const other = await app.connect('/other');
    other.send({ userId: 1, code: 1 });
    await other.takeAll();
    server.to('a').send(7, 1);
    expect(await heard(ann)).toEqual([[1]]);
    expect(await other.takeAll()).toEqual([]);
    other.socket.terminate();
  });

  it('are still known in handleDisconnect, where nobody is in them any more', async () => {
    const ann = await enter(['a']);
    const bob = await enter(['a', 'b']);
    leaving = (client) => server.to('a').send(7, [...client.rooms]);
    bob.socket.close();
    expect((await ann.take(1))[0]).toMatchObject({ data: ['a', 'b'] });
    await until(() => server.clients.size === 1);
    expect(await server.to('b').connections()).toEqual([]);
  });

  it('are not entered by one who goes', async () => {
    const ann = await enter();
    const client = [...server.clients][0] as NestwireClient;
    client.close();
    client.join('a');
    expect([client.rooms.size, (await server.to('a').connections()).length]).toEqual([0, 0]);
    await ann.closed;
  });

  it.each([[''], ['x'.repeat(257)], [-1], [1.5], [null as never], [{} as never]])('%j is none', (room) => {
    expect(() => server.to(room)).toThrow(TypeError);
    expect(() => server.except(room)).toThrow(TypeError);
  });

  it('have to be named: nobody’s room is not everybody', () => {
    expect(() => server.to()).toThrow(TypeError);
    expect(() => server.except()).toThrow(TypeError);
  });
});

describe('A user', () => {
  it('is reached on all connections, which learn whom it is for', async () => {
    const [one, two, other] = [await enter([], 7), await enter([], '7'), await enter([], 8)];
    server.toUser('7').send(9, 'hi');
    for (const peer of [one, two]) expect(await peer.takeAll()).toEqual([{ userId: '7', code: 9, data: 'hi' }]);
    expect(await other.takeAll()).toEqual([]);
  });

  it('together with a room, each once; then nobody in particular is named', async () => {
    const [ann, bob] = [await enter(['a'], 7), await enter(['a'])];
    server.toUser(7).to('a').send(9, 'hi');
    for (const peer of [ann, bob]) expect(await peer.takeAll()).toEqual([{ code: 9, data: 'hi' }]);
  });

  it('is nobody who merely claims to be one', async () => {
    const ann = await enter();
    ann.send({ userId: 7, code: 1, data: [] });
    await ann.take(1);
    expect(await server.toUser(7).connections()).toEqual([]);
  });

  it('is gone with the connection', async () => {
    const ann = await enter([], 7);
    ann.socket.terminate();
    await until(() => server.clients.size === 0);
    expect(await server.toUser(7).connections()).toEqual([]);
  });

  it('is named in what its client is pushed alone', async () => {
    const ann = await enter([], 7);
    ann.send({ code: 4 });
    expect((await ann.take(2))[0]).toEqual({ userId: 7, code: 500, data: 'pushed' });
  });

  it.each([[-1], [''], ['x'.repeat(65)], [null as never]])('%j is none', (userId) => {
    expect(() => server.toUser(userId)).toThrow(TypeError);
    expect(() => server.to('a').exceptUser(userId)).toThrow(TypeError);
  });
});

describe('A connection', () => {
  it('is reached by its id alone, from before and after the first that was', async () => {
    const [ann, bob] = [await enter(['a'], 7), await enter(['a'], 7)];
    const [first, second] = await server.connections();
    server.toConnection(first?.id ?? '').send(9, 1);
    server
      .toConnection(second?.id ?? '')
      .toConnection(second?.id ?? '')
      .send(9, 2);
    const cid = await enter();
    const third = (await server.connections()).at(-1);
    server.toConnection(third?.id ?? '').send(9, 3);
    expect(await heard(ann, bob, cid)).toEqual([[1], [2], [3]]);
  });

  it('is one of those that are meant, each once, and can be excepted', async () => {
    const [ann, bob] = [await enter(['a'], 7), await enter(['b'])];
    const [first, second] = await server.connections();
    server
      .to('a')
      .toConnection(first?.id ?? '')
      .send(9, 1);
    server
      .toUser(7)
      .toConnection(second?.id ?? '')
      .send(9, 2);
    server
      .toConnection(first?.id ?? '')
      .toConnection(second?.id ?? '')
      .exceptUser(7)
      .send(9, 3);
    expect(await ann.takeAll()).toEqual([
      { code: 9, data: 1 },
      { code: 9, data: 2 },
    ]);
    expect(await heard(bob)).toEqual([[2, 3]]);
  });

  it('of another node, of another path, or gone, is nobody', async () => {
    const ann = await enter();
    const id = (await server.connections())[0]?.id ?? '';
    for (const other of [
      `x${id}`,
      `${id} `,
      `${id}.1`,
      `AAAAAAAAAAA.${id.split('.')[1] ?? ''}`,
      '1',
      id.toUpperCase(),
    ]) {
      server.toConnection(other).send(9, other);
    }
    app.app.get(MembersGateway).server.toConnection(id).send(9, 'other path');
    expect(await heard(ann)).toEqual([[]]);
    server.toConnection(id).disconnect(4001);
    expect((await ann.closed).code).toBe(4001);
    await until(() => server.clients.size === 0);
    expect(await server.toConnection(id).connections()).toEqual([]);
  });

  it.each([[''], [7 as never], [undefined as never], [{} as never]])('%j is none', (id) => {
    expect(() => server.toConnection(id)).toThrow(TypeError);
  });
});

describe('An audience', () => {
  it('enters rooms together, and leaves them', async () => {
    const [ann, bob, cid] = [await enter(['a'], 7), await enter(['a'], 8), await enter([], 7)];
    server.to('a').join('b', 1);
    server.toUser(7).exceptUser(8).join('c');
    server.to('b').send(9, 'b');
    server.to('1').send(9, '1');
    server.to('c').send(9, 'c');
    expect(await heard(ann, bob, cid)).toEqual([['b', '1', 'c'], ['b', '1'], ['c']]);
    server.to('a').leave('a', 'b', 'never joined');
    server.to('a', 'b').send(9, 'nobody');
    server.to('c').send(9, 'still');
    expect(await heard(ann, bob, cid)).toEqual([['still'], [], ['still']]);
    expect((await server.toUser(8).connections()).map(({ rooms }) => rooms)).toEqual([['1']]);
  });

  it('enters no room that is none', () => {
    expect(() => server.to('nobody').join('')).toThrow(TypeError);
    expect(() => server.to('nobody').leave(-1)).toThrow(TypeError);
  });
});

describe('Everybody', () => {
  it('is whoever is connected, each in its format', async () => {
    const [ann, bob] = [await enter(), await app.connect('/', ['nestwire.v1.event-data'])];
    peers.push(bob);
    await until(() => server.clients.size === 2);
    server.broadcast(9, { x: 1 });
    expect(await ann.takeAll()).toEqual([{ code: 9, data: { x: 1 } }]);
    expect(await bob.take(1)).toEqual([{ event: '9', data: { x: 1 } }]);
  });

  it('is not whom handleConnection may still refuse', async () => {
    let admit: () => void = () => undefined;
    admitting = () => new Promise<void>((resolve) => (admit = resolve));
    const late = await app.connect();
    peers.push(late);
    await until(() => server.clients.size === 1);
    server.broadcast(9, 'early');
    admit();
    expect(await heard(late)).toEqual([[]]);
    server.broadcast(9, 'now');
    expect(await heard(late)).toEqual([['now']]);
  });

  it('is not who has no principal where one is required', async () => {
    const { server: members } = app.app.get(MembersGateway);
    const peer = await app.connect('/members');
    await until(() => members.clients.size === 1);
    members.broadcast(9, 'secret');
    peer.send({ userId: 5, code: 3, data: 5, id: 'in' });
    expect(await peer.take(1)).toEqual([{ userId: 5, code: 3, id: 'in' }]);
    members.broadcast(9, 'secret');
    expect(await peer.take(1)).toEqual([{ code: 9, data: 'secret' }]);
    peer.socket.terminate();
  });

  it('is told of one that can’t be encoded by an exception, and of a code that is none', async () => {
    await enter();
    expect(() => server.broadcast(0)).toThrow(RangeError);
    expect(() => server.broadcast(1, 1n)).toThrow(TypeError);
  });
});

describe('Connections', () => {
  it('are described, and have a name of their own each', async () => {
    const before = Date.now();
    const ann = await enter(['a', 'b'], 7);
    await enter();
    const [first, second] = await server.connections();
    expect(first).toEqual({
      id: [...server.clients][0]?.id,
      userId: 7,
      rooms: ['a', 'b'],
      path: '/',
      remoteAddress: '127.0.0.1',
      openedAt: expect.any(Number),
    });
    expect(first?.openedAt).toBeGreaterThanOrEqual(before - 1);
    expect(first?.openedAt).toBeLessThanOrEqual(Date.now() + 1);
    expect(second?.id).not.toBe(first?.id);
    expect(await server.to('a').connections()).toEqual([first]);
    expect(ann.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('of an audience, or one, are closed with a code', async () => {
    const [ann, bob, cid] = [await enter(['a'], 1), await enter(['a'], 2), await enter([], 3)];
    server.disconnect(server.to('a').exceptUser(2), 4403, 'not your room');
    expect(await ann.closed).toEqual({ code: 4403, reason: 'not your room' });
    server.toUser(2).disconnect();
    expect(await bob.closed).toEqual({ code: 1000, reason: '' });
    const client = [...server.clients].find(({ principal }) => principal?.userId === 3);
    server.disconnect(client as NestwireClient, 4001);
    expect(await cid.closed).toEqual({ code: 4001, reason: '' });
  });

  it.each([1006, 1015, 999, 5000])('can not be closed with %d, whoever is there', (code) => {
    expect(() => server.to('nobody').disconnect(code)).toThrow(RangeError);
  });
});
