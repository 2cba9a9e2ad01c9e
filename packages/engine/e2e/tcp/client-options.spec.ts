import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type ConnectOptions } from '@nestwire/engine';
import { CertificateAuthority, ConnectionLog, ConnectProxy, EngineBench } from '@nestwire/test-support';

/* What the kernel was told of the client's socket, however much TLS is on top of it: seen with iproute2's `ss`. */

const isPossible = process.platform === 'linux' && canListSockets();
if (!isPossible && process.env['CI'] === undefined) {
  process.stderr.write("The client's TCP options are not tested: that takes Linux and iproute2.\n");
}
const describeWithSockets = isPossible || process.env['CI'] !== undefined ? describe : describe.skip;

function canListSockets(): boolean {
  try {
    execFileSync('ss', ['-Htn']);
    return true;
  } catch {
    return false;
  }
}

/** The kernel's timer for the client's end: `keepalive,59sec,0`; empty for none. */
function kernelTimer(port: number): string {
  const rows = execFileSync('ss', ['-Htno', 'state', 'established', 'dport', '=', `:${String(port)}`]).toString();
  return /timer:\((\S+)\)/.exec(rows)?.[1] ?? '';
}

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** Opens a connection, and says which port its socket leads to. */
async function connected(secure: boolean, proxyBy: 'http' | 'https' | undefined, options: Partial<ConnectOptions>) {
  const own = await (await CertificateAuthority.create()).issue();
  const { port } = await bench.serve(secure ? { tls: own } : {});
  const tls = { ca: own.ca };
  const how = { onConnection: () => new ConnectionLog(), clock: bench.clock, tls, proxy: false as const, ...options };
  const url = `${secure ? 'wss' : 'ws'}://127.0.0.1:${String(port)}`;
  if (proxyBy === undefined) {
    const connection = await connect(url, how);
    bench.defer(() => connection.terminate());
    return port;
  }
  const proxy = await ConnectProxy.start(proxyBy === 'https' ? { tls: own } : {});
  bench.defer(() => proxy.stop());
  const connection = await connect(url, {
    ...how,
    proxy: { url: `${proxyBy}://127.0.0.1:${String(proxy.port)}`, tls },
  });
  bench.defer(() => connection.terminate());
  return proxy.port;
}

describeWithSockets("The client's keep-alive", () => {
  type Case = [
    what: string,
    secure: boolean,
    proxyBy: 'http' | 'https' | undefined,
    options: Partial<ConnectOptions>,
    timer: RegExp,
  ];
  const cases: Case[] = [
    ['ws:', false, undefined, {}, /^keepalive,(59|60)sec,0$/],
    ['wss:', true, undefined, {}, /^keepalive,(59|60)sec,0$/],
    ['ws:, off', false, undefined, { keepAliveMs: 0 }, /^$/],
    ['ws: through a proxy', false, 'http', {}, /^keepalive,(59|60)sec,0$/],
    ['wss: through a proxy', true, 'http', { keepAliveMs: 3_600_000 }, /^keepalive,(59min|60min)/],
    ['wss: through a proxy by TLS', true, 'https', {}, /^keepalive,(59|60)sec,0$/],
    ['wss: through a proxy by TLS, off', true, 'https', { keepAliveMs: 0 }, /^$/],
  ];

  it.each(cases)('%s', async (_, secure, proxyBy, options, timer) => {
    const port = await connected(secure, proxyBy, options);
    // While something is unacknowledged, the timer is the one for sending it again.
    while (kernelTimer(port).startsWith('on')) await new Promise((resolve) => setImmediate(resolve));
    expect(kernelTimer(port)).toMatch(timer);
  });
});
