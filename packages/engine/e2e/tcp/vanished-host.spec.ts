import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, NetworkHost, upgradeRequest } from '@nestwire/test-support';
import { CloseCause, type WsServerOptions } from '@nestwire/engine';

/*
 * A host that loses power, or its network, says nothing: no FIN, no reset. Only who asks finds out. What the kernel is made to ask
 * is seen here on a real connection between two hosts.
 */

const SECOND_MS = 1000;

const isPossible = NetworkHost.isPossible();
if (!isPossible && process.env['CI'] === undefined) {
  process.stderr.write('Vanished hosts are not tested: that takes Linux, root and iproute2.\n');
}
const describeWithHosts = isPossible || process.env['CI'] !== undefined ? describe : describe.skip;

let bench: EngineBench;
let host: NetworkHost;
beforeEach(() => {
  bench = new EngineBench();
  host = new NetworkHost();
  bench.defer(() => host.dispose());
});
afterEach(() => bench.dispose());

/** A connection from that host. */
async function connected(options: Partial<WsServerOptions>) {
  const { server, log, opened } = bench.create({ hosts: () => true, ...options });
  const { port } = await server.listen(0, host.here);
  host.run(`
    import { connect } from 'node:net';
    connect(${String(port)}, '${host.here}').on('error', () => {}).resume().write(${JSON.stringify(upgradeRequest())});
  `);
  return { server, port, log, connection: await opened };
}

/** The kernel's timer for the server's end: `keepalive,59sec,0`. */
function kernelTimer(port: number): string | undefined {
  const rows = execFileSync('ss', ['-Htno', 'state', 'established', 'sport', '=', `:${String(port)}`]).toString();
  return /timer:\((\S+)\)/.exec(rows)?.[1];
}

describeWithHosts('A host that has vanished', () => {
  it(
    'is found out by TCP keep-alive: after the idle time and 10 probes, 1 s apart',
    async () => {
      const { log, server } = await connected({ keepAliveMs: SECOND_MS });
      const began = performance.now();
      host.vanish();
      expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.TransportError });
      const seconds = (performance.now() - began) / SECOND_MS;
      expect(seconds).toBeGreaterThan(9);
      expect(seconds).toBeLessThan(14);
      expect(server.connections.size).toBe(0);
    },
    20 * SECOND_MS,
  );

  it('is not waited for by a closing handshake for longer than closeTimeoutMs', async () => {
    const { connection, log } = await connected({ closeTimeoutMs: 5 * SECOND_MS });
    host.vanish();
    connection.close(1000, 'anybody there?');
    bench.clock.advance(5 * SECOND_MS + 100);
    expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false, cause: CloseCause.ClosingTimeout });
  });
});

describeWithHosts('What the kernel was told', () => {
  it.each([
    ['the default', {}, /^keepalive,(59|60)sec,0$/],
    ['an hour', { keepAliveMs: 3600 * SECOND_MS }, /^keepalive,(59min|60min)/],
    ['off', { keepAliveMs: 0 }, /^$/],
  ])('%s', async (_, options, timer) => {
    const { port } = await connected(options);
    // Until the 101 is acknowledged, the timer is the one for sending it again.
    await eventually(() => !(kernelTimer(port) ?? '').startsWith('on'));
    expect(kernelTimer(port) ?? '').toMatch(timer);
  });
});

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
