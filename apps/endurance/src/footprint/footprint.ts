import type { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What a process holds when no connection is open. */
export interface Footprint {
  /** Event listeners on the servers and on the process. */
  readonly listeners: number;
  /** Timers that keep the event loop going, or would. */
  readonly timers: number;
  /** Handles and requests of other kinds: sockets, pipes. */
  readonly handles: number;
  /** Open file descriptors, as the kernel counts them. */
  readonly descriptors: number;
  /** Bytes of live objects, after garbage collection. */
  readonly heap: number;
  /** Bytes outside the heap that objects hold: buffers, OpenSSL's sessions as far as V8 is told of them. */
  readonly external: number;
  /** Resident bytes: what the kernel gave, and the allocator keeps. */
  readonly resident: number;
}

/** Collects garbage and looks. */
export async function takeFootprint(servers: readonly HttpServer[]): Promise<Footprint> {
  // Finalizers run between collections, and free more.
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    await delay(50);
  }
  const resources = process.getActiveResourcesInfo();
  const timers = resources.filter((kind) => kind === 'Timeout').length;
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  const emitters: EventEmitter[] = [process, ...servers];
  return {
    listeners: emitters.map(countListeners).reduce((sum, count) => sum + count, 0),
    timers,
    handles: resources.length - timers,
    descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
    heap: heapUsed,
    external: external + arrayBuffers,
    resident: rss,
  };
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('Start Node with --expose-gc');
  globalThis.gc();
}

function countListeners(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** How many sockets these servers have, upgraded or not. */
export async function socketsOf(servers: readonly HttpServer[]): Promise<number> {
  const counts = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
        }),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
