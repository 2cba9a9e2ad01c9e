import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { WebSocket } from 'ws';
import { Peer } from '../spec/gateway-app.js';
import { settled } from '../spec/slow-peer.js';
import { until } from '../spec/until.js';
import type * as Example from './slow-consumers.js';

const ROWS = 5000;
const ROW_BYTES = 16_384;

describe('The market of docs/slow-consumers.md', () => {
  let app: INestApplication;
  let url: string;
  let example: typeof Example;
  const peers: Peer[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    process.env['PORT'] = '0';
    example = await import('./slow-consumers.js');
    ({ app } = example);
    url = `ws://127.0.0.1:${String((app.getHttpServer() as { address(): AddressInfo }).address().port)}/market`;
  });
  afterEach(() => {
    for (const { socket } of peers.splice(0)) socket.terminate();
  });
  afterAll(() => app.close());

  async function connect(): Promise<Peer> {
    const peer = new Peer(new WebSocket(url));
    peers.push(peer);
    return peer.open();
  }

  const archive = (): InstanceType<typeof example.Archive> => app.get(example.Archive);
  const market = (): InstanceType<typeof example.MarketGateway> => app.get(example.MarketGateway);

  it.each([
    [1002, 1002],
    [1004, 2004],
  ])('reads no more rows than the client does, and loses none: code %d', async (code, rowsCode) => {
    const peer = await connect();
    archive().rowsRead = 0;
    peer.socket.pause();
    peer.send({ userId: 1, code, id: 1, data: 'ACME' });
    await until(() => archive().rowsRead > 0);
    await settled(() => archive().rowsRead);
    // Of 80 MiB, what the kernel and the high water mark hold.
    expect(archive().rowsRead * ROW_BYTES).toBeLessThan(60 * 1024 * 1024);
    peer.socket.resume();
    const answers = (await peer.take(ROWS + 1)) as { code: number; data?: string }[];
    const rows = answers.filter(({ code: of, data }) => of === rowsCode && data !== 'done');
    expect(rows.map(({ data }) => data?.split(' ')[1])).toEqual(Array.from({ length: ROWS }, (_, row) => String(row)));
  });

  it('tells a slow watcher the latest price of each symbol, and the others all', async () => {
    const [slow, quick] = [await connect(), await connect()];
    for (const peer of [slow, quick]) {
      peer.send({ userId: 1, code: 1001, id: 1, data: 'ACME' }, { userId: 1, code: 1001, id: 2, data: 'EMCA' });
      await peer.take(2);
    }
    slow.send({ userId: 1, code: 1003, id: 3 });
    quick.send({ userId: 1, code: 1003, id: 3 });
    slow.socket.pause();
    // What fills its connection.
    slow.send({ userId: 1, code: 1002, data: 'ACME' });
    archive().rowsRead = 0;
    await until(() => archive().rowsRead > 0);
    await settled(() => archive().rowsRead);
    for (let price = 1; price <= 100; price++) {
      market().publish({ symbol: 'ACME', price });
      market().publish({ symbol: 'EMCA', price: -price });
    }
    market().tellViewers(2);
    expect(await quick.take(401)).toHaveLength(401);
    slow.socket.resume();
    const told = (): { code: number; data: object }[] =>
      (slow.received as { code: number; data: object }[]).filter(({ code }) => code !== 1002);
    await until(() => slow.received.length >= ROWS);
    expect(told()).toMatchObject([
      { code: 2001, data: { symbol: 'ACME', price: 100 } },
      { code: 1003, data: { symbol: 'ACME', price: 100 } },
      { code: 2001, data: { symbol: 'EMCA', price: -100 } },
      { code: 1003, data: { symbol: 'EMCA', price: -100 } },
    ]);
  });
});
