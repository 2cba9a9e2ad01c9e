import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { AppProcess } from '../spec/app-process.js';
import { Peer } from '../spec/gateway-app.js';

describe('An application with enableShutdownHooks()', () => {
  it.each<[NodeJS.Signals, number]>([
    ['SIGTERM', 1012],
    ['SIGINT', 1001],
  ])('by %s answers what it has accepted, says %d, and ends of itself', async (signal, code) => {
    const child = new AppProcess('./shutdown-app.ts', 'startShutdownApp');
    const port = await child.run();
    const busy = await new Peer(new WebSocket(`ws://127.0.0.1:${String(port)}`)).open();
    const idle = await new Peer(new WebSocket(`ws://127.0.0.1:${String(port)}`)).open();
    busy.send({ userId: 1, code: 1, data: 300, id: 1 }, { userId: 1, code: 1, data: 1, id: 2 });
    const pong = new Promise((resolve) => busy.socket.once('pong', resolve));
    busy.socket.ping();
    await pong;
    const ended = child.end(signal);
    expect([await idle.closed, await busy.closed].map((ending) => ending.code)).toEqual([code, code]);
    expect(busy.received).toMatchObject([
      { id: 1, data: 'done' },
      { id: 2, data: 'done' },
    ]);
    const { signal: by, said } = await ended;
    expect(by).toBe(signal);
    expect(said.match(/disconnected/g)).toHaveLength(2);
  });
});
