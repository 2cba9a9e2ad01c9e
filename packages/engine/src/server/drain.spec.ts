import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, frameFor, ManualClock, type RawClient, upgradeRequest } from '@nestwire/test-support';
import { Drain, type Drained, planDrain } from './drain.js';
import type { WsServer } from './ws-server.js';
import { CloseCause } from '../connection/ws-connection.js';
import { TimingWheel } from '../time/timing-wheel.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** A server with so many clients. */
async function open(count: number, closeTimeoutMs = 5000) {
  const { port, server, log } = await bench.serve({ handshakesPerSecond: Infinity, closeTimeoutMs });
  const clients: RawClient[] = [];
  for (let i = 0; i < count; i++) clients.push(await bench.open(port));
  return { port, server, log, clients };
}

const closing = (server: WsServer) => [...server.connections].filter(({ readyState }) => readyState === 2).length;

/** What the close frame says; it is answered. */
async function dismissed(client: RawClient): Promise<[code: number, reason: string]> {
  const { opcode, payload } = await client.frame();
  expect(opcode).toBe(8);
  client.write(frameFor('server', { opcode: 8, payload: payload.subarray(0, 2) }));
  client.end();
  return [payload.readUInt16BE(0), payload.subarray(2).toString()];
}

describe('Draining a server', () => {
  it('sends few clients away at once, and ends its HTTP server then', async () => {
    const { port, server, clients, log } = await open(3);
    const drained = server.drain({ code: 1012, reason: 'restart' });
    for (const client of clients) expect(await dismissed(client)).toEqual([1012, 'restart']);
    await drained;
    expect(server.addresses).toEqual([]);
    await expect(bench.connect(port)).rejects.toThrow();
    expect(await log.closed()).toMatchObject({ wasClean: true });
    expect(bench.clock.scheduled).toBe(0);
  });

  it('sends many away in batches, over 10 s', async () => {
    const { server, clients } = await open(200);
    const drained = server.drain();
    expect(closing(server)).toBe(50);
    bench.clock.advance(100);
    expect(closing(server)).toBe(100);
    bench.clock.advance(100);
    expect(closing(server)).toBe(150);
    bench.clock.advance(100);
    for (const client of clients) expect(await dismissed(client)).toEqual([1001, '']);
    await drained;
  });

  it('refuses who comes meanwhile with 503 and Retry-After', async () => {
    const { port, server, clients } = await open(1);
    const drained = server.drain();
    const late = await bench.connect(port);
    late.write(upgradeRequest());
    const { status, headers } = await late.response();
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    await dismissed(clients[0] as RawClient);
    late.end();
    await drained;
  });

  it('drops at its deadline what is left', async () => {
    const { server, clients, log } = await open(1, 60_000);
    const drained = server.drain({ deadlineMs: 3000 });
    bench.clock.advance(2900);
    expect(closing(server)).toBe(1);
    bench.clock.advance(200);
    await drained;
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false });
    expect(clients).toHaveLength(1);
  });

  it('begins once, and close() hurries it up', async () => {
    const { server, clients } = await open(120);
    const first = server.drain({ code: 1012 });
    const second = server.drain({ code: 1001, durationMs: 0 });
    expect(closing(server)).toBe(50);
    const closed = server.close(1001, 'now');
    expect(closing(server)).toBe(120);
    const said = await Promise.all(clients.map(dismissed));
    expect(said.filter(([code]) => code === 1012)).toHaveLength(50);
    expect(said.filter(([, reason]) => reason === 'now')).toHaveLength(70);
    await Promise.all([first, second, closed]);
  });

  it('waits for a close() that came before', async () => {
    const { server, clients } = await open(1);
    const closed = server.close(1001, 'first');
    const drained = server.drain({ code: 1012 });
    expect(await dismissed(clients[0] as RawClient)).toEqual([1001, 'first']);
    await Promise.all([closed, drained]);
  });

  it('tells each client another moment to come back', async () => {
    const { server, clients } = await open(40);
    const drained = server.drain({ code: 1012, retryAfterMs: 20_000 });
    const moments: number[] = [];
    for (const client of clients) {
      const [code, reason] = await dismissed(client);
      expect(code).toBe(1012);
      moments.push((JSON.parse(reason) as { retryAfter: number }).retryAfter);
    }
    await drained;
    moments.sort((a, b) => a - b);
    expect(moments[0]).toBeGreaterThanOrEqual(0);
    expect(moments.at(-1)).toBeLessThanOrEqual(20_000);
    // None of four quarters is left out.
    const inQuarter = [0, 1, 2, 3].map((i) => moments.filter((each) => Math.floor(each / 5000.1) === i).length);
    expect(Math.min(...inQuarter)).toBeGreaterThanOrEqual(8);
  });

  it("asks for each connection's reason, and goes on where there is none to be had", async () => {
    const { server, clients } = await open(3);
    let asked = 0;
    const drained = server.drain({
      reason: () => {
        asked++;
        if (asked === 2) throw new Error('no reason');
        return asked === 3 ? 'x'.repeat(124) : 'one';
      },
    });
    const failed = expect(drained).rejects.toThrow('no reason');
    const said = await Promise.all(clients.map(dismissed));
    expect(said).toEqual([
      [1001, 'one'],
      [1001, ''],
      [1001, ''],
    ]);
    await failed;
    expect(server.connections.size).toBe(0);
  });

  it('leaves a shared HTTP server to its owner', async () => {
    const { server: http, port } = await bench.http((_, response) => void response.end('still here'));
    const { server } = bench.create({ server: http });
    const client = await bench.open(port);
    const drained = server.drain();
    await dismissed(client);
    await drained;
    expect(http.listening).toBe(true);
  });

  it('refuses newcomers until a shared HTTP server is closed, where that is asked for', async () => {
    const { server: http, port } = await bench.http((_, response) => void response.end('nobody’s'));
    const { server } = bench.create({ server: http });
    const client = await bench.open(port);
    const drained = server.drain({ refuseUntilClosed: true });
    await dismissed(client);
    await drained;
    const late = await bench.connect(port);
    late.write(upgradeRequest('/'));
    const { status, headers } = await late.response();
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    late.destroy();
    const closed = once(http, 'close');
    http.close();
    await closed;
    expect(http.listenerCount('upgrade')).toBe(0);
  });

  it('closes nothing for options that can not be', async () => {
    const { server } = await open(1);
    const wrong = [
      { code: 1006 },
      { reason: 'x'.repeat(124) },
      { durationMs: -1 },
      { durationMs: Infinity },
      { deadlineMs: NaN },
      { retryAfterMs: -1 },
    ];
    for (const options of wrong) await expect(server.drain(options)).rejects.toThrow(RangeError);
    await expect(server.drain({ reason: 'a', retryAfterMs: 1 })).rejects.toThrow(TypeError);
    expect(closing(server)).toBe(0);
  });

  it('is over at once where there is nobody', async () => {
    const { server } = await open(0);
    await server.drain();
    expect(server.addresses).toEqual([]);
  });

  it('has the cause of those that it closes', async () => {
    const { server, clients, log } = await open(1);
    const drained = server.drain();
    await dismissed(clients[0] as RawClient);
    await drained;
    expect((await log.closed()).cause).toBe(CloseCause.Local);
    await until(() => server.connections.size === 0);
  });
});

describe('A connection whose listener has something to finish', () => {
  const clock = new ManualClock();

  function drain(work: Promise<unknown>): { closed: number[] } {
    const state = { closed: [] as number[] };
    const connection = {
      goAway: () => work,
      close: (code: number) => void state.closed.push(code),
      terminate: () => undefined,
    };
    const live = new Set([connection as unknown as Drained]);
    new Drain(live, planDrain({ durationMs: 1000, finishMs: 2000 }, 5000), new TimingWheel(clock)).start();
    return state;
  }

  it.each([
    ['has finished', () => Promise.resolve()],
    ['has failed', () => Promise.reject(new Error('expected'))],
  ])('is closed when it %s', async (_, work) => {
    const state = drain(work());
    expect(state.closed).toEqual([]);
    await Promise.resolve();
    await Promise.resolve();
    expect(state.closed).toEqual([1001]);
  });

  it('is closed all the same past durationMs and finishMs, once', () => {
    const state = drain(new Promise(() => undefined));
    clock.advance(2900);
    expect(state.closed).toEqual([]);
    clock.advance(200);
    clock.advance(3000);
    expect(state.closed).toEqual([1001]);
  });
});

describe('The batches of 5,000 connections', () => {
  it('are even, and have begun within 10 s', () => {
    const clock = new ManualClock(123);
    let closed = 0;
    let dropped = 0;
    const connection = { close: () => closed++, terminate: () => dropped++, goAway: () => undefined };
    const live = new Set(Array.from({ length: 5000 }, () => ({ ...connection }) as unknown as Drained));
    new Drain(live, planDrain({}, 5000), new TimingWheel(clock)).start();
    const batches = [closed];
    for (let i = 0; i < 100; i++) {
      const before = closed;
      clock.advance(100);
      batches.push(closed - before);
    }
    expect(closed).toBe(5000);
    expect(Math.max(...batches)).toBeLessThanOrEqual(101);
    clock.advance(9900);
    expect(dropped).toBe(0);
    clock.advance(300);
    expect(dropped).toBe(5000);
    expect(clock.scheduled).toBe(0);
  });
});
