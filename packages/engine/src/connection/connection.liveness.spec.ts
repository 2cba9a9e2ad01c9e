import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectionLog, EngineBench, frameFor, hex, ManualClock } from '@nestwire/test-support';
import { Role } from '@nestwire/protocol';
import type { LivenessOptions } from './liveness-options.js';
import { CloseCause, type WsConnection } from './ws-connection.js';
import { connect } from '../client/connect.js';
import { WHEEL_TICK_MS } from '../time/timing-wheel.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

interface End {
  readonly connection: WsConnection;
  readonly log: ConnectionLog;
}

/** Both ends of a connection; time passes for the one under test alone. */
async function between(role: Role, options: LivenessOptions): Promise<{ tested: End; peer: End }> {
  const still = { clock: new ManualClock(), pingIntervalMs: 0 };
  const tested = { clock: bench.clock, ...options };
  const { opened, port, log: serverLog } = await bench.serve(role === Role.Server ? tested : still);
  const log = new ConnectionLog();
  const client = await connect(`ws://127.0.0.1:${String(port)}/`, {
    ...(role === Role.Client ? tested : still),
    onConnection: () => log,
  });
  bench.defer(() => client.terminate());
  const ends = [
    { connection: await opened, log: serverLog },
    { connection: client, log },
  ] as const;
  return role === Role.Server ? { tested: ends[0], peer: ends[1] } : { tested: ends[1], peer: ends[0] };
}

/** Lets time pass until a ping goes out. */
function untilPing({ connection }: End): void {
  for (let ticks = 0; connection.bufferedAmount === 0; ticks++) {
    if (ticks > 1000) throw new Error('No ping goes out');
    bench.clock.advance(WHEEL_TICK_MS);
  }
}

describe.each([Role.Server, Role.Client])('Pings (RFC 6455 §5.5.2) by a %s', (role) => {
  it('go out by themselves, and their pongs tell the round trip, and nothing else', async () => {
    const { tested, peer } = await between(role, {});
    expect(tested.connection.roundTripTimeMs).toBeUndefined();
    untilPing(tested);
    bench.clock.advance(40);
    await until(() => tested.connection.roundTripTimeMs !== undefined);
    expect(tested.connection.roundTripTimeMs).toBe(40);
    expect(peer.log.entries.map(([kind]) => kind)).toEqual(['ping']);
    tested.connection.ping(new Uint8Array([1, 2, 3]));
    expect(await tested.log.atLeast(1)).toEqual([['pong', '01 02 03']]);
    bench.clock.advance(24_000);
    expect(tested.connection.readyState).toBe(1);
  });

  it('drop a peer that gives no sign of life: 1006 on both sides, and the cause is known', async () => {
    const { tested, peer } = await between(role, {});
    peer.connection.pause();
    untilPing(tested);
    await until(() => tested.connection.bufferedAmount === 0);
    bench.clock.advance(9900);
    expect(tested.connection.cause).toBeUndefined();
    bench.clock.advance(200);
    expect(await tested.log.closed()).toMatchObject({
      closeCode: 1006,
      wasClean: false,
      cause: CloseCause.PingTimeout,
    });
    peer.connection.resume();
    expect(await peer.log.closed()).toMatchObject({ closeCode: 1006, wasClean: false });
    expect(peer.log.entries.map(([kind]) => kind)).toEqual(['ping', 'close']);
  });

  it('drop nobody while we pause, and a dead peer after it', async () => {
    const { tested, peer } = await between(role, {});
    peer.connection.pause();
    tested.connection.pause();
    for (let i = 0; i < 3; i++) {
      untilPing(tested);
      await until(() => tested.connection.bufferedAmount === 0);
      bench.clock.advance(11_000);
    }
    tested.connection.resume();
    bench.clock.advance(100);
    expect(tested.connection.cause).toBeUndefined();
    untilPing(tested);
    await until(() => tested.connection.bufferedAmount === 0);
    bench.clock.advance(10_100);
    expect((await tested.log.closed()).cause).toBe(CloseCause.PingTimeout);
  });

  it.each([0, Infinity])('drop nobody with a pong time of %d', async (pongTimeoutMs) => {
    const { tested, peer } = await between(role, { pongTimeoutMs });
    peer.connection.pause();
    for (let i = 0; i < 4; i++) {
      untilPing(tested);
      await until(() => tested.connection.bufferedAmount === 0);
      bench.clock.advance(20_000);
    }
    peer.connection.resume();
    await peer.log.atLeast(4);
    await until(() => tested.connection.bufferedAmount === 0);
    expect(peer.log.entries.every(([kind]) => kind === 'ping')).toBe(true);
    expect(tested.connection.readyState).toBe(1);
  });

  it.each([0, Infinity])('do not go out at an interval of %d', async (pingIntervalMs) => {
    const { tested, peer } = await between(role, { pingIntervalMs });
    expect(bench.clock.scheduled).toBe(0);
    bench.clock.advance(120_000);
    tested.connection.ping();
    await tested.log.atLeast(1);
    expect(peer.log.entries).toEqual([['ping', '']]);
    expect(tested.connection.roundTripTimeMs).toBeUndefined();
  });
});

describe.each([Role.Server, Role.Client])('Silence to a %s', (role) => {
  it("is nobody's business unless asked for", async () => {
    const { tested } = await between(role, { pingIntervalMs: 0 });
    bench.clock.advance(3_600_000);
    expect(tested.connection.readyState).toBe(1);
  });

  it('ends in 4408 by a closing handshake', async () => {
    const { tested, peer } = await between(role, { silenceTimeoutMs: 30_000 });
    bench.clock.advance(20_000);
    peer.connection.send('a word');
    await tested.log.atLeast(1);
    bench.clock.advance(29_000);
    // Neither our pings and their pongs nor theirs count.
    peer.connection.ping();
    await tested.log.atLeast(2);
    expect(tested.connection.cause).toBeUndefined();
    bench.clock.advance(1100);
    expect(await tested.log.closed()).toMatchObject({
      closeCode: 4408,
      wasClean: true,
      cause: CloseCause.SilenceTimeout,
    });
    expect(await peer.log.closed()).toMatchObject({ closeCode: 4408, wasClean: true, cause: CloseCause.Peer });
  });

  it('stays the cause where the peer does not answer', async () => {
    const { tested, peer } = await between(role, { silenceTimeoutMs: 30_000, pingIntervalMs: 0 });
    peer.connection.pause();
    bench.clock.advance(30_100);
    bench.clock.advance(5100);
    expect(await tested.log.closed()).toMatchObject({ wasClean: false, cause: CloseCause.SilenceTimeout });
  });
});

describe('What counts as a sign of life, on the wire', () => {
  it('for a ping: any byte, also of a frame that has not come to its end', async () => {
    const served = await bench.serve();
    const client = await bench.open(served.port);
    const connection = await served.opened;
    const barrier = await bench.open((await bench.serve({ pingIntervalMs: 0 })).port);
    /** Round trips on another connection, begun after the bytes were written: what is readable has been read. */
    const settled = async () => {
      for (let i = 0; i < 3; i++) {
        barrier.write(frameFor('server', { opcode: 9, payload: '' }));
        await barrier.frame();
      }
    };
    const long = frameFor('server', { opcode: 2, payload: new Uint8Array(1000) });
    let sent = 0;
    for (let i = 0; i < 4; i++) {
      untilPing({ connection, log: served.log });
      const { opcode, payload } = await client.frame();
      expect([opcode, payload.length]).toEqual([9, 12]);
      await client.writeOut(long.subarray(sent, ++sent));
      await settled();
      bench.clock.advance(10_100);
      expect(connection.cause).toBeUndefined();
    }
    untilPing({ connection, log: served.log });
    await until(() => connection.bufferedAmount === 0);
    bench.clock.advance(10_100);
    expect((await served.log.closed()).cause).toBe(CloseCause.PingTimeout);
  });

  it('for silence: each KiB of an unfinished message, and not less', async () => {
    const served = await bench.serve({ silenceTimeoutMs: 30_000, pingIntervalMs: 0 });
    const client = await bench.open(served.port);
    const connection = await served.opened;
    const first = frameFor('server', { opcode: 2, fin: false, payload: new Uint8Array(1024) });
    const ping = frameFor('server', { opcode: 9, payload: 'read?' });
    const said = async (bytes: Uint8Array) => {
      client.write(Buffer.concat([bytes, ping]));
      expect((await client.frame()).opcode).toBe(10);
    };
    bench.clock.advance(29_000);
    await said(first);
    bench.clock.advance(29_000);
    await said(frameFor('server', { opcode: 0, fin: false, payload: new Uint8Array(1023) }));
    expect(connection.cause).toBeUndefined();
    bench.clock.advance(1100);
    expect(hex((await client.frame()).payload.subarray(0, 2))).toBe('11 38');
    expect(connection.cause).toBe(CloseCause.SilenceTimeout);
  });
});
