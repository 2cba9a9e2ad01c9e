import type { Reading } from '../run/measure.js';
import type { ServerName } from '../servers/registry.js';
import type { Metric, Workload } from '../workloads/workload.js';
import type { GoalResult } from './goals.js';
import { median, spread, WIDEST_SPREAD } from './statistics.js';

/** What results.json holds. */
export interface Results {
  readonly machine: Machine;
  /** By name; what is absent is not in it. */
  readonly versions: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly rounds: number;
  /** Peers that did not take part, and why. */
  readonly absent: readonly string[];
  /** Who did not send what it must, or did not live through a workload; it has no figures there. */
  readonly failures: readonly string[];
  readonly workloads: readonly WorkloadResult[];
  /** What we set out to reach, of what was measured. */
  readonly goals: readonly GoalResult[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** On which cores server and load were, or that they were on any. */
  readonly pinning: string;
  /** How many processes waited for a core before the first workload, by the minute. */
  readonly loadBefore: number;
}

export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  /** Whose figures the ratios are of. */
  readonly ours: ServerName;
  readonly metrics: readonly MetricResult[];
  readonly servers: Readonly<Partial<Record<ServerName, ServerResult>>>;
}

export interface MetricResult {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly servers: Readonly<Partial<Record<ServerName, MetricReadings>>>;
}

export interface MetricReadings {
  /** One a round. */
  readonly values: readonly number[];
  readonly median: number;
  /** From the least to the most, as a part of the median. */
  readonly spread: number;
  /** Whether the spread is over 15 %. */
  readonly unsteady: boolean;
  /** Ours by this: the median of the rounds' ratios, for what is side by side in time is compared best. Absent for ours. */
  readonly ratio?: number;
}

export interface ServerResult {
  /** How busy the processes were, 1 is a whole core; medians. */
  readonly serverCpu: number;
  readonly loadCpu: number;
  /** Whether the load generator was busier than the server, and had no time left: then the server could do more. */
  readonly loadBound: boolean;
  /** Which part of all replies was compared with what it must be. */
  readonly checked: number;
}

/** Busier than this, the load generator has nothing left. */
const BUSY = 0.93;

/** Puts the rounds of one workload together. */
export function resultOf(workload: Workload, rounds: ReadonlyMap<ServerName, readonly Reading[]>): WorkloadResult {
  const [ours] = workload.servers;
  const names = workload.servers.filter((name) => (rounds.get(name)?.length ?? 0) > 0);
  return {
    name: workload.name,
    title: workload.title,
    ours,
    metrics: workload.metrics.map((metric) => ({
      ...metric,
      servers: Object.fromEntries(names.map((name) => [name, readingsOf(metric, name, ours, rounds)])),
    })),
    servers: Object.fromEntries(names.map((name) => [name, serverOf(rounds.get(name) ?? [])])),
  };
}

function readingsOf(
  { name: metric }: Metric,
  server: ServerName,
  ours: ServerName,
  rounds: ReadonlyMap<ServerName, readonly Reading[]>,
): MetricReadings {
  const valuesOf = (name: ServerName): number[] =>
    (rounds.get(name) ?? []).map(({ values }) => {
      const value = values[metric];
      if (value === undefined) throw new Error(`${name} has no figure for ${metric}`);
      return value;
    });
  const values = valuesOf(server);
  const own = valuesOf(ours);
  const ratios = values.flatMap((value, round) => {
    const ownValue = own[round];
    return ownValue === undefined || value === 0 ? [] : [ownValue / value];
  });
  const width = spread(values);
  return {
    values,
    median: median(values),
    spread: width,
    unsteady: width > WIDEST_SPREAD,
    ...(server === ours || ratios.length === 0 ? {} : { ratio: median(ratios) }),
  };
}

function serverOf(readings: readonly Reading[]): ServerResult {
  const serverCpu = median(readings.map((reading) => reading.serverCpu));
  const loadCpu = median(readings.map((reading) => reading.loadCpu));
  const replies = readings.reduce((sum, reading) => sum + reading.replies, 0);
  const checked = readings.reduce((sum, reading) => sum + reading.checked, 0);
  return {
    serverCpu,
    loadCpu,
    loadBound: loadCpu > BUSY && loadCpu > serverCpu,
    checked: checked / Math.max(1, replies),
  };
}
