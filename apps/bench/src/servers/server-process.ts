import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import type { ServerTask } from './bench-server.js';
import { type ServerName, SERVERS } from './registry.js';

/*
 * The process under test: one server, and nothing else. What it is to do comes over the channel to its parent, and so does the question
 * what it has used; it ends with that channel.
 */

export type ServerQuestion = { readonly start: ServerName; readonly task: ServerTask } | 'usage' | 'memory' | 'stop';

/** What a process has used so far. */
export interface Usage {
  /** Milliseconds, on its own clock. */
  readonly at: number;
  /** Processor time in milliseconds. */
  readonly cpu: number;
}

/** What a process holds, in bytes. */
export interface Memory {
  /** Of the process, without the pages that V8 holds and has nothing in. */
  readonly resident: number;
  /** V8's heap and what hangs on it: buffers too. */
  readonly heap: number;
}

export type ServerAnswer =
  { readonly listening: number } | { readonly usage: Usage } | { readonly memory: Memory } | { readonly error: string };

async function answer(question: Exclude<ServerQuestion, 'stop'>): Promise<ServerAnswer> {
  if (question === 'usage') {
    const { user, system } = process.cpuUsage();
    return { usage: { at: performance.now(), cpu: (user + system) / 1000 } };
  }
  if (question === 'memory') return { memory: await settledMemory() };
  const server = await (await SERVERS[question.start].load()).start(question.task);
  return { listening: server.port };
}

async function settledMemory(): Promise<Memory> {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await delay(50);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  // Pages that V8 touched and has nothing in are of the past: garbage of the start, room for the next burst. Connections move in
  // there unseen, or seem to have brought them, as it happens; 28 MiB of that would be 3 KiB for each of 10,000.
  const empty = getHeapStatistics().total_physical_size - heapUsed;
  return { resident: rss - empty, heap: heapUsed + external };
}

process.on('message', (question: ServerQuestion) => {
  if (question === 'stop') process.exit();
  answer(question).then(
    (reply) => process.send?.(reply),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
