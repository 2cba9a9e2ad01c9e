import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bytes, EngineBench, type RawClient, upgradeRequest } from '@nestwire/test-support';
import { SERVER_LIMITS, ServerLimits, type ServerLimitsOptions } from './server-limits.js';
import { WsServer, type WsServerOptions } from '../index.js';
import { Limit } from '../connection/limit.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

interface Answered {
  readonly client: RawClient;
  readonly status: number;
  readonly retryAfter: string | undefined;
}

async function ask(where: number | string, ...lines: readonly string[]): Promise<Answered> {
  const client = await bench.connect(where);
  client.write(upgradeRequest('/', ...lines));
  const { status, headers } = await client.response();
  return { client, status, retryAfter: headers['retry-after'] };
}

async function statuses(where: number | string, count: number, ...lines: readonly string[]): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) answers.push((await ask(where, ...lines)).status);
  return answers;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

const from = (address: string) => `X-Forwarded-For: ${address}`;
const BEHIND_PROXY = { trustedProxies: { addresses: ['loopback'] } } as const satisfies Partial<WsServerOptions>;

describe('The limits of a server', () => {
  it('are these', () => {
    expect(SERVER_LIMITS).toEqual({
      maxConnections: 100_000,
      maxConnectionsPerAddress: 256,
      handshakesPerSecond: 50,
      handshakeBurst: 100,
      maxUnfinishedBytes: 67_108_864,
      maxOutboundTotalBytes: 268_435_456,
    });
  });

  it.each(Object.keys(SERVER_LIMITS) as (keyof ServerLimitsOptions)[])('%s is checked when it is given', (name) => {
    const onConnection = () => ({ onMessage: () => {} });
    for (const value of [-1, NaN, -Infinity, '1000', true, {}, null]) {
      expect(() => new WsServer({ onConnection, [name]: value })).toThrow(RangeError);
    }
    for (const value of [1, 7.5, Infinity]) expect(() => new WsServer({ onConnection, [name]: value })).not.toThrow();
    expect(() => new WsServer({ onConnection, [name]: 7, limits: new ServerLimits() })).toThrow(TypeError);
  });

  it('take no rate of 0, by which nobody would ever come in', () => {
    expect(() => new ServerLimits({ handshakesPerSecond: 0 })).toThrow(RangeError);
    expect(() => new ServerLimits({ handshakeBurst: 0.5 })).toThrow(RangeError);
  });
});

describe('Connections in all', () => {
  it('past their limit are answered with 503, until one goes', async () => {
    const { port, server } = await bench.serve({ maxConnections: 2 });
    const first = await ask(port);
    expect(first.status).toBe(101);
    expect((await ask(port)).status).toBe(101);
    expect(await ask(port)).toMatchObject({ status: 503, retryAfter: '5' });
    expect(server.limitsHit[Limit.Connections]).toBe(1);
    first.client.destroy();
    await until(() => server.connections.size === 1);
    expect((await ask(port)).status).toBe(101);
    expect(server.limitsHit[Limit.Connections]).toBe(1);
  });

  it('are counted on unix sockets, too', async () => {
    const { server } = bench.create({ maxConnections: 1 });
    const path = bench.socketPath();
    await server.listen({ path });
    expect(await statuses(path, 2)).toEqual([101, 503]);
  });

  it('count those that come in while others are decided about', async () => {
    const decided: (() => void)[] = [];
    const { port, server } = await bench.serve({
      maxConnections: 1,
      onHandshake: () => new Promise((resolve) => decided.push(() => resolve({ kind: 'accept' }))),
    });
    const answers = [ask(port), ask(port)];
    await until(() => decided.length === 2);
    for (const decide of decided) decide();
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([101, 503]);
    expect(server.connections.size).toBe(1);
  });

  it('are those of all servers that share their limits', async () => {
    const limits = new ServerLimits({ maxConnections: 2 });
    const one = await bench.serve({ limits });
    const other = await bench.serve({ limits });
    expect(await statuses(one.port, 1)).toEqual([101]);
    expect(await statuses(other.port, 2)).toEqual([101, 503]);
    expect([limits.connections, limits.addresses]).toEqual([2, 1]);
    for (const { server } of [one, other]) for (const connection of server.connections) connection.terminate();
    await until(() => limits.connections === 0);
    expect(limits.addresses).toBe(0);
  });

  it('are those of each server by itself otherwise', async () => {
    const ports = [(await bench.serve({ maxConnections: 1 })).port, (await bench.serve({ maxConnections: 1 })).port];
    for (const port of ports) expect(await statuses(port, 2)).toEqual([101, 503]);
  });
});

describe('Connections from one address', () => {
  it('past their limit are answered with 429, and others come in', async () => {
    const { port, server } = await bench.serve({ ...BEHIND_PROXY, maxConnectionsPerAddress: 2 });
    expect(await statuses(port, 3, from('192.0.2.1'))).toEqual([101, 101, 429]);
    expect(await statuses(port, 1, from('192.0.2.2'))).toEqual([101]);
    expect(server.limitsHit).toMatchObject({ [Limit.ConnectionsPerAddress]: 1, [Limit.Connections]: 0 });
  });

  it('are 256 by default', async () => {
    const { port } = await bench.serve({ handshakesPerSecond: Infinity });
    const answers = await statuses(port, 257);
    expect(answers.indexOf(429)).toBe(256);
  });

  it('are those of its /64, with IPv6, and of the same IPv4 address, where it is mapped', async () => {
    const { port } = await bench.serve({ ...BEHIND_PROXY, maxConnectionsPerAddress: 1 });
    expect(await statuses(port, 1, from('2001:db8:1:2::1'))).toEqual([101]);
    expect(await statuses(port, 1, from('2001:db8:1:2:ffff::9'))).toEqual([429]);
    expect(await statuses(port, 1, from('2001:db8:1:3::1'))).toEqual([101]);
    expect(await statuses(port, 1, from('192.0.2.1'))).toEqual([101]);
    expect(await statuses(port, 1, from('::ffff:192.0.2.1'))).toEqual([429]);
    expect(await statuses(port, 1, from('::ffff:c000:201'))).toEqual([429]);
  });

  it("are not counted where there is no address, or only a listed proxy's", async () => {
    const limits = { maxConnectionsPerAddress: 1, handshakeBurst: 1 };
    const { port, server } = await bench.serve({ ...BEHIND_PROXY, ...limits });
    expect(await statuses(port, 3)).toEqual([101, 101, 101]);
    expect(await statuses(port, 3, from('127.0.0.9'))).toEqual([101, 101, 101]);
    expect(await statuses(port, 3, from('unknown'))).toEqual([101, 101, 101]);
    const path = bench.socketPath();
    await server.listen({ path });
    expect(await statuses(path, 3)).toEqual([101, 101, 101]);
  });

  it.each([
    ['speaks for itself', bytes('0d0a0d0a 000d0a51 5549540a 20 00 0000'), [101, 101]],
    ['does not know', Buffer.from('PROXY UNKNOWN\r\n'), [101, 101]],
    ['tells', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 4711 443\r\n'), [101, 429]],
  ])('are counted by the PROXY header, where it %s', async (_, header, expected) => {
    const { port } = await bench.serve({ proxyProtocol: { from: ['loopback'] }, maxConnectionsPerAddress: 1 });
    const answers: number[] = [];
    for (let i = 0; i < 2; i++) {
      const client = await bench.connect(port);
      client.write(Buffer.concat([header, Buffer.from(upgradeRequest())]));
      answers.push((await client.response()).status);
    }
    expect(answers).toEqual(expected);
  });

  it('have room again when one goes, however it goes', async () => {
    const { port, server } = await bench.serve({ maxConnectionsPerAddress: 1 });
    for (const go of [(c: RawClient) => c.end(), (c: RawClient) => c.reset(), (c: RawClient) => c.destroy()]) {
      const { client, status } = await ask(port);
      expect(status).toBe(101);
      expect((await ask(port)).status).toBe(429);
      go(client);
      await until(() => server.connections.size === 0);
    }
  });
});

describe('Handshakes from one address', () => {
  it('past their rate are answered with 429, and say when to come again', async () => {
    const { port, server } = await bench.serve({ ...BEHIND_PROXY, handshakesPerSecond: 0.5, handshakeBurst: 2 });
    expect(await statuses(port, 2, from('192.0.2.1'))).toEqual([101, 101]);
    expect(await ask(port, from('192.0.2.1'))).toMatchObject({ status: 429, retryAfter: '2' });
    expect(await statuses(port, 1, from('192.0.2.2'))).toEqual([101]);
    expect(server.limitsHit[Limit.HandshakesPerAddress]).toBe(1);
    bench.clock.advance(2000);
    expect(await statuses(port, 2, from('192.0.2.1'))).toEqual([101, 429]);
  });

  it('are 100 at once by default, and 50 a second then', async () => {
    const { port } = await bench.serve();
    expect((await statuses(port, 101)).indexOf(429)).toBe(100);
    bench.clock.advance(1000);
    expect((await statuses(port, 51)).indexOf(429)).toBe(50);
  });

  it('reach nobody who is asked for a decision', async () => {
    let asked = 0;
    const { port } = await bench.serve({
      handshakeBurst: 3,
      onHandshake: () => {
        asked++;
        return { kind: 'refuse', status: 401, reason: 'no' };
      },
    });
    expect(await statuses(port, 5)).toEqual([401, 401, 401, 429, 429]);
    expect(asked).toBe(3);
  });

  it('are not those that are no handshakes, or of a foreign origin', async () => {
    const { port } = await bench.serve({ handshakeBurst: 1 });
    expect(await statuses(port, 3, 'Origin: https://evil.example')).toEqual([403, 403, 403]);
    expect(await statuses(port, 2)).toEqual([101, 429]);
  });
});
