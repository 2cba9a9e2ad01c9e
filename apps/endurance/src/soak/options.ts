import { parseArgs } from 'node:util';
import { figureOption } from '../figure-option.js';

export interface SoakOptions {
  readonly connections: number;
  readonly minutes: number;
  readonly seed: number;
  /** Bytes of each connection that the server keeps for ever. */
  readonly leakBytes: number;
}

/** @throws RangeError for a figure that can't be, TypeError for an option that there is none of. */
export function parseOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      connections: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      leak: { type: 'string', default: '0' },
    },
  });
  const figure = (name: keyof typeof values, least: number, whole = true): number =>
    figureOption(name, values[name], least, whole);
  return {
    connections: figure('connections', 20),
    minutes: figure('minutes', 0.1, false),
    seed: figure('seed', 0),
    leakBytes: figure('leak', 0),
  };
}

/** Descriptors of a process that are not connections: its own, and sockets of handshakes that are refused or under way. */
const SPARE_DESCRIPTORS = 500;

/** The most clients of one swarm: a process has its limit of descriptors, and one processor. */
export const SWARM_SIZE = 5000;

/**
 * What is wrong with the limit of open files, if anything.
 *
 * @param limit - as `ulimit -n` says it.
 */
export function descriptorsProblem(connections: number, limit: number): string | undefined {
  const needed = connections + SPARE_DESCRIPTORS;
  if (limit >= needed) return undefined;
  return (
    `${String(connections)} connections need ${String(needed)} open files in the server's process, and the limit is ${String(limit)}: ` +
    `run "ulimit -n ${String(needed)}" first (for more than "ulimit -Hn" says: as root, or in /etc/security/limits.conf), ` +
    `or give --connections ${String(Math.max(0, limit - SPARE_DESCRIPTORS))}`
  );
}

/** The limit in the text of `/proc/self/limits`; `Infinity` where it says none. */
export function openFilesLimit(limits: string): number {
  const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
  return Number.isNaN(soft) ? Infinity : soft;
}
