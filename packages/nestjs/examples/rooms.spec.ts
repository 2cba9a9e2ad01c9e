import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { WebSocket } from 'ws';
import { Peer } from '../spec/gateway-app.js';

const [ANN, BOB] = ['ann-s-token', 'bob-s-token'];

describe('The orders of the README', () => {
  let app: INestApplication;
  let host: string;
  const peers: Peer[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    process.env['PORT'] = '0';
    ({ app } = await import('./rooms.js'));
    host = `127.0.0.1:${String((app.getHttpServer() as { address(): AddressInfo }).address().port)}`;
  });
  afterEach(() => {
    for (const { socket } of peers.splice(0)) socket.terminate();
  });
  afterAll(() => app.close());

  /** Somebody who watches this order. */
  async function watch(token: string, order: number): Promise<Peer> {
    const peer = new Peer(new WebSocket(`ws://${host}/orders`, ['nestwire.v1.json', `bearer.${token}`]));
    peers.push(peer);
    await peer.open();
    peer.send({ code: 1001, data: order });
    expect(await peer.take(1)).toMatchObject([{ code: 1001, data: [`order ${String(order)}`] }]);
    return peer;
  }

  const post = (path: string): Promise<Response> => fetch(`http://${host}/${path}`, { method: 'POST' });

  it('are told to those who watch them, and to their buyer, by a service', async () => {
    const [ann, bob] = [await watch(ANN, 1), await watch(BOB, 2)];
    expect((await post('orders/1/ship/10002')).status).toBe(201);
    expect(await ann.take(1)).toEqual([{ code: 2001, data: { order: 1, state: 'shipped' } }]);
    expect(await bob.take(1)).toEqual([{ userId: 10002, code: 2004, data: 'your parcel is on its way' }]);
    expect(await (await fetch(`http://${host}/orders/1/watchers`)).json()).toEqual([10001]);
  });

  it('are commented on, which the others hear, and left', async () => {
    const [ann, bob] = [await watch(ANN, 3), await watch(BOB, 3)];
    ann.send({ code: 1002, data: { order: 3, text: 'where is it?' } });
    expect(await bob.take(1)).toEqual([{ code: 2002, data: { order: 3, text: 'where is it?', by: 10001 } }]);
    bob.socket.close();
    // What Ann hears next: not her own words.
    expect(await ann.take(1)).toEqual([{ code: 2003, data: { left: 10002 } }]);
  });

  it('are not for who is banned', async () => {
    const [ann, bob] = [await watch(ANN, 4), await watch(BOB, 4)];
    await post('users/10002/ban');
    expect(await bob.closed).toEqual({ code: 4403, reason: 'banned' });
    expect(await ann.take(1)).toEqual([{ code: 2003, data: { left: 10002 } }]);
  });
});
