import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CloseCause } from '@nestwire/engine';
import { ConnectionLog, type Nginx, type NginxSite, type Served } from '@nestwire/test-support';
import type { WebSocket } from 'ws';
import { closeOf, describeBehindNginx, messageOf, NginxBench } from './nginx-bench.js';

const CONNECTIONS = 20;
const SHUTDOWN_MS = 1000;

const TIMEOUT = 'worker_shutdown_timeout 10m;';

let bench: NginxBench;
beforeEach(() => {
  bench = new NginxBench();
});
afterEach(() => bench.dispose());

/** A node that answers with its name, and writes down how each of its connections ended. */
async function namedNode(name: string): Promise<Served & { ended: ConnectionLog[] }> {
  const ended: ConnectionLog[] = [];
  const served = await bench.node({
    onConnection: () => {
      const log = new ConnectionLog({ onMessage: (connection) => void connection.send(name) });
      ended.push(log);
      return log;
    },
  });
  return { ...served, ended };
}

/** nginx in front of this node. */
function siteOf({ port }: Served, shutdown: string): NginxSite {
  return {
    site: 'tls-termination',
    edits: { '127.0.0.1:9002': `127.0.0.1:${String(port)}`, [TIMEOUT]: shutdown },
  };
}

async function nginxFor(site: NginxSite): Promise<Nginx> {
  return bench.nginx(site.site, site.edits);
}

async function nameAt(socket: WebSocket): Promise<string> {
  const answer = messageOf(socket);
  socket.send('who are you?');
  return (await answer).data.toString();
}

async function several(nginx: Nginx): Promise<WebSocket[]> {
  return Promise.all(Array.from({ length: CONNECTIONS }, () => bench.ws(nginx)));
}

/** Connects again and again until told to stop; an error of one is an error of all. */
function keepConnecting(nginx: Nginx): { stop: () => Promise<string[]> } {
  let stopped = false;
  const names: string[] = [];
  const connecting = (async () => {
    while (!stopped) {
      const socket = await bench.ws(nginx);
      names.push(await nameAt(socket));
      socket.terminate();
    }
    return names;
  })();
  connecting.catch(() => undefined);
  return {
    stop: () => {
      stopped = true;
      return connecting;
    },
  };
}

describeBehindNginx('nginx -s reload', () => {
  it('leaves open connections where they are, takes new ones to the new node, and refuses none meanwhile', async () => {
    const [old, fresh] = [await namedNode('old'), await namedNode('fresh')];
    const nginx = await nginxFor(siteOf(old, ''));
    const sockets = await several(nginx);
    const connecting = [keepConnecting(nginx), keepConnecting(nginx)];
    await nginx.configure(siteOf(fresh, ''));
    await nginx.reload();
    // What reached an old worker before it stopped accepting still met the old node.
    expect(await nameAt(await bench.ws(nginx))).toBe('fresh');
    await delay(2 * SHUTDOWN_MS);
    const names = (await Promise.all(connecting.map(({ stop }) => stop()))).flat();
    expect(new Set(names)).toEqual(new Set(['old', 'fresh']));

    expect(await Promise.all(sockets.map(nameAt))).toEqual(sockets.map(() => 'old'));
    expect(old.server.connections.size).toBe(CONNECTIONS);
    // The old workers stay for them, and go with the last.
    expect(await nginx.endedWorkers()).toBeLessThan((await nginx.startedWorkers()) / 2);
    for (const socket of sockets) socket.close();
    while ((await nginx.endedWorkers()) < (await nginx.startedWorkers()) / 2) await delay(20);
    expect(old.server.connections.size).toBe(0);
  });

  it('again and again, no new connection is refused', async () => {
    const node = await namedNode('node');
    const nginx = await nginxFor(siteOf(node, ''));
    const connecting = [keepConnecting(nginx), keepConnecting(nginx)];
    for (let i = 0; i < 5; i++) await nginx.reload();
    const names = (await Promise.all(connecting.map(({ stop }) => stop()))).flat();
    expect(names.length).toBeGreaterThan(20);
  });

  it('with worker_shutdown_timeout cuts them off when it has passed: 1006, and they come back', async () => {
    const node = await namedNode('node');
    const nginx = await nginxFor(siteOf(node, 'worker_shutdown_timeout 1s;'));
    const sockets = await several(nginx);
    const ends = Promise.all(sockets.map(closeOf));
    const connecting = keepConnecting(nginx);
    const started = performance.now();
    await nginx.reload();
    // For the time being, they live.
    expect(await nameAt(sockets[0]!)).toBe('node');
    expect(await ends).toEqual(sockets.map(() => [1006, '']));
    expect(performance.now() - started).toBeGreaterThan(SHUTDOWN_MS - 50);
    for (const log of node.ended.slice(0, CONNECTIONS)) {
      expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false });
    }
    await connecting.stop();
    const again = await several(nginx);
    expect(await Promise.all(again.map(nameAt))).toEqual(again.map(() => 'node'));
    while (node.server.connections.size > CONNECTIONS) await delay(10);
  });
});

describeBehindNginx('nginx -s quit', () => {
  it('refuses new connections, and lets open ones go on', async () => {
    const node = await namedNode('node');
    const nginx = await nginxFor(siteOf(node, TIMEOUT));
    const sockets = await several(nginx);
    await nginx.quit();
    await expect(bench.ws(nginx)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await Promise.all(sockets.map(nameAt))).toEqual(sockets.map(() => 'node'));
  });
});

describeBehindNginx.each(['stop', 'kill'] as const)('nginx -s stop, and kill -9 of all its processes: %s', (how) => {
  it('ends every connection at once on both sides, and they come back with nginx', async () => {
    const node = await namedNode('node');
    const nginx = await nginxFor(siteOf(node, TIMEOUT));
    const sockets = await several(nginx);
    const ends = Promise.all(sockets.map(closeOf));
    const killed = performance.now();
    await nginx[how]();
    expect(await ends).toEqual(sockets.map(() => [1006, '']));
    for (const log of node.ended) {
      expect(await log.closed()).toMatchObject({ closeCode: 1006, wasClean: false });
    }
    expect(performance.now() - killed).toBeLessThan(2000);
    expect(node.server.connections.size).toBe(0);

    await expect(bench.ws(nginx)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await nginx.start();
    const again = await several(nginx);
    expect(await Promise.all(again.map(nameAt))).toEqual(again.map(() => 'node'));
  });

  it('our own client sees it too, and connects again', async () => {
    const node = await namedNode('node');
    const nginx = await bench.nginx('tls-termination', siteOf(node, TIMEOUT).edits);
    const { log } = await bench.own(nginx);
    await nginx[how]();
    const { closeCode, wasClean, cause } = await log.closed();
    expect([closeCode, wasClean]).toEqual([1006, false]);
    expect([CloseCause.TransportEnded, CloseCause.TransportError]).toContain(cause);
    await expect(bench.own(nginx)).rejects.toMatchObject({ reason: 'network' });
    await nginx.start();
    const again = await bench.own(nginx);
    again.connection.send('who are you?');
    await again.log.atLeast(1);
    expect(again.log.messages).toEqual(['node']);
  });
});
