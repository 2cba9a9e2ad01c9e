import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CertificateAuthority,
  ConnectionLog,
  ConnectProxy,
  type ConnectProxyOptions,
  EngineBench,
  type IssuedCertificate,
  RawServer,
} from '@nestwire/test-support';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect-options.js';

/*
 * Whoever is asked on the way to a connection may say nothing at all. One deadline and one signal hold for all of them, and nothing is
 * left of any: no socket, no timer.
 */

let own: IssuedCertificate;
beforeAll(async () => {
  own = await (await CertificateAuthority.create()).issue({ hosts: ['localhost', '127.0.0.1', 'ws.example'] });
});

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** Where a connection comes to a halt. */
interface Halt {
  readonly url: string;
  readonly options?: Partial<ConnectOptions>;
  /** Resolves once it has come so far. */
  readonly reached: Promise<unknown>;
  /** Resolves once nothing of it is left at the other end. */
  gone(): Promise<void>;
}

/** One that listens, and says nothing to what it hears. */
async function silent() {
  let hear: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (hear = resolve));
  const server = await RawServer.start(() => {
    hear();
    return undefined;
  });
  bench.defer(() => server.stop());
  return { port: server.port, reached, gone: () => until(() => server.open === 0) };
}

async function proxied(options: ConnectProxyOptions) {
  const proxy = await ConnectProxy.start(options);
  bench.defer(() => proxy.stop());
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${String(proxy.port)}`;
  return { proxy: { url, tls: { ca: own.ca } }, asked: proxy.asked, gone: () => until(() => proxy.open === 0) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The server, or the proxy, behind a proxy. */
async function behindProxy(scheme: 'ws' | 'wss', tls?: IssuedCertificate): Promise<Halt> {
  const server = await silent();
  const { proxy, gone } = await proxied({ port: server.port, ...(tls ? { tls } : {}) });
  return {
    url: `${scheme}://ws.example`,
    options: { proxy },
    reached: server.reached,
    gone: async () => {
      await gone();
      await server.gone();
    },
  };
}

const halts: [stage: string, halt: () => Promise<Halt>][] = [
  [
    'the look-up of the name',
    () => {
      let ask: (value: unknown) => void = () => undefined;
      const reached = new Promise((resolve) => (ask = resolve));
      return Promise.resolve({
        url: 'ws://ws.example',
        options: { lookup: ask },
        reached,
        gone: () => Promise.resolve(),
      });
    },
  ],
  [
    'TLS with the server',
    async () => {
      const server = await silent();
      return { ...server, url: `wss://127.0.0.1:${String(server.port)}` };
    },
  ],
  [
    'the server’s answer',
    async () => {
      const server = await silent();
      return { ...server, url: `ws://127.0.0.1:${String(server.port)}` };
    },
  ],
  [
    'TLS with the proxy',
    async () => {
      const { port, ...rest } = await silent();
      return { ...rest, url: 'ws://ws.example', options: { proxy: `https://127.0.0.1:${String(port)}` } };
    },
  ],
  [
    'the proxy’s answer',
    async () => {
      const { port, ...rest } = await silent();
      return { ...rest, url: 'wss://ws.example', options: { proxy: `http://127.0.0.1:${String(port)}` } };
    },
  ],
  [
    'the answer of a proxy by TLS',
    async () => {
      const { proxy, asked, gone } = await proxied({ tls: own, answer: null });
      return { url: 'ws://ws.example', options: { proxy }, reached: until(() => asked.length > 0), gone };
    },
  ],
  ['the server’s answer through a proxy', () => behindProxy('ws')],
  ['TLS with the server through a proxy', () => behindProxy('wss')],
  ['the server’s answer through a proxy by TLS', () => behindProxy('ws', own)],
  ['TLS with the server through a proxy by TLS', () => behindProxy('wss', own)],
];

describe.each(halts)('Nothing comes of %s', (_, halt) => {
  const open = ({ url, options }: Halt, signal?: AbortSignal) =>
    connect(url, {
      onConnection: () => new ConnectionLog(),
      clock: bench.clock,
      proxy: false,
      ...options,
      ...(signal ? { signal } : {}),
    });

  it('in time', async () => {
    const halted = await halt();
    const opening = expect(open(halted)).rejects.toMatchObject({ reason: 'timeout', closeCode: 1006 });
    await halted.reached;
    expect(bench.clock.scheduled).toBe(1);
    bench.clock.advance(10_000);
    await opening;
    await halted.gone();
    expect(bench.clock.scheduled).toBe(0);
  });

  it('before it is aborted', async () => {
    const halted = await halt();
    const controller = new AbortController();
    const opening = expect(open(halted, controller.signal)).rejects.toMatchObject({
      reason: 'aborted',
      cause: 'enough',
    });
    await halted.reached;
    controller.abort('enough');
    await opening;
    await halted.gone();
    expect(bench.clock.scheduled).toBe(0);
  });
});

it('Nothing is begun for a signal that has aborted', async () => {
  let asked = false;
  const opening = connect('ws://ws.example', {
    onConnection: () => new ConnectionLog(),
    clock: bench.clock,
    proxy: false,
    lookup: () => (asked = true),
    signal: AbortSignal.abort('before'),
  });
  await expect(opening).rejects.toMatchObject({ reason: 'aborted', cause: 'before' });
  expect(asked).toBe(false);
  expect(bench.clock.scheduled).toBe(0);
});
