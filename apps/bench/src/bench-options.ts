import { parseArgs } from 'node:util';
import { SERVER_NAMES, type ServerName } from './servers/registry.js';
import type { Pinning } from './process/pinning.js';
import type { Workload } from './workloads/workload.js';

export interface BenchOptions {
  readonly workloads: readonly Workload[];
  /** Only these; all, where there is none. */
  readonly servers: readonly ServerName[];
  readonly seconds: number;
  readonly rounds: number;
  readonly out: string;
  /** Instead of the cores that would be chosen. */
  readonly pinning?: Pinning;
  readonly profiles?: string | undefined;
  readonly list: boolean;
}

/** @throws RangeError, TypeError for arguments that nothing can be made of; the message says what there is. */
export function parseBenchOptions(args: readonly string[], all: readonly Workload[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      server: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      out: { type: 'string', default: 'artifacts/bench' },
      cores: { type: 'string' },
      profiles: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const workloads = values.only.length === 0 ? all : all.filter(({ name }) => isAskedFor(name, values.only, all));
  if (workloads.length === 0) {
    throw new RangeError(`--only ${values.only.join(' ')}: there is no such workload. There are ${names(all)}`);
  }
  const unknown = values.server.find((name) => !isServerName(name));
  if (unknown !== undefined) {
    throw new RangeError(`--server ${unknown}: there is no such server. There are ${SERVER_NAMES.join(', ')}`);
  }
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new RangeError(`--seconds must be more than 0; it is ${values.seconds}`);
  const rounds = Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds must be a whole number from 1; it is ${values.rounds}`);
  }
  return {
    workloads,
    servers: values.server.filter(isServerName),
    seconds,
    rounds,
    out: values.out,
    ...(values.cores === undefined ? {} : { pinning: parseCores(values.cores) }),
    profiles: values.profiles,
    list: values.list,
  };
}

/** A whole name means that one alone, also where it is a part of others. */
function isAskedFor(name: string, only: readonly string[], all: readonly Workload[]): boolean {
  return only.some((part) => (all.some((other) => other.name === part) ? name === part : name.includes(part)));
}

function parseCores(cores: string): Pinning {
  const [server, load] = /^(\d+),(\d+)$/.exec(cores)?.slice(1).map(Number) ?? [];
  if (server === undefined || load === undefined) {
    throw new RangeError(`--cores names the server's core and the load's, such as 2,3; it is ${cores}`);
  }
  return { server, load };
}

function names(workloads: readonly Workload[]): string {
  return workloads.map(({ name }) => name).join(', ');
}

function isServerName(name: string): name is ServerName {
  return (SERVER_NAMES as readonly string[]).includes(name);
}
