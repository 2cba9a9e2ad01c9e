import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '@nestwire/test-support';
import type { RawData, WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import { runLoad } from './load/run-load.js';
import type { EchoTask, LoadOutcome, Mark } from './load/load-task.js';
import { type StartedServer } from './servers/bench-server.js';
import { type ServerName, SERVERS } from './servers/registry.js';
import { uwsAbsence, UWS_PACKAGE } from './servers/uws.js';
import { WORKLOADS } from './workloads/all-workloads.js';
import { type Scale, type Workload } from './workloads/workload.js';

/** As little as shows that it works. */
const TINY: Scale = { ms: 60, warmUpMs: 20, connections: () => 2 };

const noMark: Mark = () => Promise.resolve();

let started: StartedServer | undefined;
afterEach(async () => {
  await started?.close();
  started = undefined;
});

async function run(workload: Workload, name: ServerName): Promise<LoadOutcome> {
  const { server, load, tls } = workload.plan(name, TINY);
  const { path, socketIo, load: loadServer } = SERVERS[name];
  const certificate = tls === true ? await (await CertificateAuthority.create()).issue() : undefined;
  started = await (await loadServer()).start({ ...server, tls: certificate });
  return runLoad(load, { port: started.port, path, socketIo, authority: certificate?.ca }, noMark);
}

describe.each(WORKLOADS.map((workload) => [workload.name, workload] as const))('%s', (_name, workload) => {
  it.each(workload.servers)('runs against %s, which sends what it must', async (name) => {
    if (name === 'uws' && uwsAbsence() !== undefined) {
      // Optional: it has nothing for most versions of Node. Then the benchmark says so, and how to get it.
      expect(uwsAbsence()).toContain(`npm install --no-save ${UWS_PACKAGE}`);
      return;
    }
    const { values, replies, checked } = await run(workload, name);
    expect(replies).toBeGreaterThan(0);
    expect(checked / replies).toBeGreaterThanOrEqual(0.01);
    // How much was counted in so short a time is the machine's affair.
    for (const value of Object.values(values)) expect(value).toBeGreaterThanOrEqual(0);
  });
});

describe('A server that does not send what it must', () => {
  const CONNECTIONS = 2;
  const task: EchoTask = {
    kind: 'echo',
    shape: { form: { kind: 'text' }, bytes: 64 },
    compression: 'off',
    connections: CONNECTIONS,
    inFlight: 4,
    ...{ ms: 300, warmUpMs: 0 },
  };

  type Answer = (socket: WebSocket, message: RawData, server: WebSocketServer, nth: number) => void;

  async function loadOn(answer: Answer, changes: Partial<EchoTask> = {}): Promise<LoadOutcome> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true });
    server.on('connection', (socket) => {
      let nth = 0;
      socket.on('message', (message) => answer(socket, message, server, nth++));
    });
    await once(server, 'listening');
    started = {
      port: (server.address() as AddressInfo).port,
      close: () => {
        for (const client of server.clients) client.terminate();
        server.close();
      },
    };
    return runLoad({ ...task, ...changes }, { port: started.port, path: '/' }, noMark);
  }

  const echo: Answer = (socket, message) => socket.send(message as Buffer, { binary: false });

  it('is not one that echoes', async () => {
    const { checked } = await loadOn(echo);
    expect(checked).toBeGreaterThan(0);
  });

  it('is found out when it changes a byte', async () => {
    const corrupt: Answer = (socket, message) => {
      const changed = Buffer.from(message as Buffer);
      changed[63] = (changed[63] as number) ^ 1;
      socket.send(changed, { binary: false });
    };
    await expect(loadOn(corrupt)).rejects.toThrow('Reply');
  });

  it('is found out when it changes a byte now and then', async () => {
    const corrupt: Answer = (socket, message, _server, nth) => {
      const changed = Buffer.from(message as Buffer);
      if (nth > 8 && nth % 20 === 0) changed[40] = 0;
      socket.send(changed, { binary: false });
    };
    await expect(loadOn(corrupt)).rejects.toThrow('Reply');
  });

  it('is found out when it swaps replies', async () => {
    const held = new Map<WebSocket, RawData>();
    const swap: Answer = (socket, message) => {
      const earlier = held.get(socket);
      if (earlier === undefined) return void held.set(socket, message);
      held.delete(socket);
      socket.send(message as Buffer, { binary: false });
      socket.send(earlier as Buffer, { binary: false });
    };
    await expect(loadOn(swap)).rejects.toThrow('Reply');
  });

  it('is found out when it sends them on the wrong connection', async () => {
    const misdirect: Answer = (socket, message, { clients }) => {
      const other = [...clients].find((client) => client !== socket);
      other?.send(message as Buffer, { binary: false });
    };
    await expect(loadOn(misdirect)).rejects.toThrow('Reply');
  });

  it('is found out when it sends one twice', async () => {
    const twice: Answer = (socket, message, server, nth) => {
      echo(socket, message, server, nth);
      if (nth === 10) echo(socket, message, server, nth);
    };
    await expect(loadOn(twice)).rejects.toThrow('Reply');
  });

  it('is found out when it closes a connection', async () => {
    await expect(loadOn((socket) => socket.close(1000))).rejects.toThrow('closed');
  });

  it('is found out when it does not compress', async () => {
    const plain: Answer = (socket, message) => socket.send(message as Buffer, { binary: false, compress: false });
    await expect(loadOn(plain, { compression: 'takeover' })).rejects.toThrow('compress');
  });

  it('is found out when a large message differs in its middle', async () => {
    const corrupt: Answer = (socket, message) => {
      const changed = Buffer.from(message as Buffer);
      changed[150_000] = (changed[150_000] as number) ^ 1;
      socket.send(changed);
    };
    const shape = { form: { kind: 'binary' }, bytes: 200_000 } as const;
    await expect(loadOn(corrupt, { shape })).rejects.toThrow('Reply');
  });
});
