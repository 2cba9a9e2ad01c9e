import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** On which core the server runs, and on which the load; absent where processes can't be told. */
export type Pinning = { readonly server: number; readonly load: number } | undefined;

/**
 * Two cores that have no hardware in common: the last, and the last before it that is not the same core's other thread.
 *
 * @returns `undefined` where there is no `taskset`, or one core only.
 */
export function choosePinning(): Pinning {
  const allowed = allowedCpus();
  const server = allowed.at(-1);
  if (server === undefined) return undefined;
  const siblings = siblingsOf(server);
  const load = allowed.findLast((cpu) => !siblings.includes(cpu)) ?? allowed.at(-2);
  return load === undefined ? undefined : { server, load };
}

/** A command that runs on that core alone. */
export function pinned(command: readonly string[], cpu: number | undefined): readonly string[] {
  return cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
}

function allowedCpus(): number[] {
  if (process.platform !== 'linux') return [];
  try {
    const answer = execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
    return parseCpuList(answer.slice(answer.lastIndexOf(':') + 1));
  } catch {
    return [];
  }
}

function siblingsOf(cpu: number): number[] {
  try {
    const path = `/sys/devices/system/cpu/cpu${String(cpu)}/topology/thread_siblings_list`;
    return parseCpuList(readFileSync(path, 'utf8'));
  } catch {
    return [cpu];
  }
}

/** `0-2,5` as the kernel writes it. */
export function parseCpuList(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}
