import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Mark } from './load-task.js';

export interface Counted {
  readonly count: number;
  readonly perSecond: number;
  readonly loadCpu: number;
}

/** Counts for so long, between the two marks. */
export async function counted(mark: Mark, ms: number, count: () => number): Promise<Counted> {
  await mark('begin');
  const began = performance.now();
  const cpu = process.cpuUsage();
  const before = count();
  await delay(ms);
  const elapsed = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const counted = count() - before;
  await mark('end');
  return {
    count: counted,
    perSecond: (counted / elapsed) * 1000,
    loadCpu: (user + system) / 1000 / elapsed,
  };
}
