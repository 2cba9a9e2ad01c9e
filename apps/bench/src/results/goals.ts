import type { ServerName } from '../servers/registry.js';
import type { WorkloadResult } from './results.js';

/** Which figure. */
interface Figure {
  readonly workload: string;
  readonly metric: string;
  readonly server: ServerName;
}

/** What we set out to reach, as a ratio of two figures of one run, their difference, or a figure itself. */
export interface Goal {
  readonly figure: Figure;
  /** The figure's own value is held against the limits where there is none. */
  readonly than?: Figure;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** By how much it may be more than the other, in its own unit. */
  readonly atMostMore?: number;
}

export interface GoalResult {
  readonly goal: string;
  readonly reached: number;
  readonly met: boolean;
}

const KIB = 1024;

function ratio(workload: string, than: ServerName, atLeast: number, ours: ServerName = 'engine'): Goal {
  const metric = 'rate';
  return { figure: { workload, metric, server: ours }, than: { workload, metric, server: than }, atLeast };
}

function idle(workload: string): Goal[] {
  const of = (server: ServerName): Figure => ({ workload, metric: 'resident', server });
  return [
    { figure: of('engine'), than: of('ws'), atMost: 0.85 },
    { figure: of('engine'), than: of('canned'), atMostMore: 700 },
  ];
}

function cost(workload: string): Figure {
  return { workload, metric: 'cost', server: 'engine' };
}

function clientMemory(workload: string): Figure {
  return { workload, metric: 'resident', server: 'nestwire' };
}

export const GOALS: readonly Goal[] = [
  ratio('echo-64b-100x32', 'ws', 15),
  ratio('echo-64b-100x32', 'uws', 1.5),
  ratio('echo-64b-100x1', 'ws', 1.15),
  ratio('echo-64b-100x1', 'canned', 0.93),
  ratio('echo-64kib', 'ws', 1.2),
  ratio('echo-64kib', 'uws', 1),
  ratio('echo-1mib', 'ws', 1.2),
  ratio('echo-1mib', 'uws', 1),
  ratio('broadcast-500x16', 'ws', 8),
  ratio('broadcast-500x16', 'uws', 1),
  ratio('deflate-no-takeover', 'ws', 5),
  ratio('deflate-no-takeover', 'uws', 0.6),
  ratio('deflate-takeover', 'ws', 2),
  ratio('handshakes', 'ws', 1.1),
  ...idle('idle-memory'),
  ...idle('idle-memory-deflate'),
  { figure: cost('echo-64b-10000x1'), than: cost('echo-64b-100x1'), atMost: 1.25 },
  ratio('gateway-guarded-100x32', 'platform-ws', 7, 'nestwire'),
  ratio('gateway-guarded-100x1', 'platform-ws', 1.7, 'nestwire'),
  ratio('gateway-intercepted-100x32', 'platform-ws', 2.5, 'nestwire'),
  { figure: clientMemory('gateway-memory-5x20'), atMost: 10 * KIB },
  { figure: clientMemory('gateway-memory-5x20'), than: clientMemory('gateway-memory-1x1'), atMost: 1.15 },
];

/** Those of which both figures are there. */
export function judgeGoals(workloads: readonly WorkloadResult[], goals: readonly Goal[] = GOALS): GoalResult[] {
  return goals.flatMap((goal) => {
    const reached = reachedOf(workloads, goal);
    if (reached === undefined) return [];
    const { atLeast = -Infinity, atMost = Infinity, atMostMore = Infinity } = goal;
    return [{ goal: describe(goal), reached, met: reached >= atLeast && reached <= Math.min(atMost, atMostMore) }];
  });
}

function reachedOf(workloads: readonly WorkloadResult[], { figure, than, atMostMore }: Goal): number | undefined {
  const own = readingsOf(workloads, figure);
  if (own === undefined || than === undefined) return own?.median;
  const other = readingsOf(workloads, than);
  if (other === undefined) return undefined;
  if (atMostMore !== undefined) return own.median - other.median;
  // Within a workload, rounds that were side by side are compared; else all that there is are the medians.
  return figure.workload === than.workload ? other.ratio : own.median / other.median;
}

function readingsOf(workloads: readonly WorkloadResult[], { workload, metric, server }: Figure) {
  return workloads.find(({ name }) => name === workload)?.metrics.find(({ name }) => name === metric)?.servers[server];
}

function describe({ figure, than, atLeast, atMost, atMostMore }: Goal): string {
  const name = ({ workload, metric, server }: Figure): string => `${server} ${workload} ${metric}`;
  if (than === undefined) return `${name(figure)} ≤ ${String(atMost)}`;
  const other = than.workload === figure.workload ? than.server : name(than);
  if (atMostMore !== undefined) return `${name(figure)} ≤ ${other} + ${String(atMostMore)}`;
  return `${name(figure)} ${atLeast === undefined ? `≤ ${String(atMost)}` : `≥ ${String(atLeast)}`} × ${other}`;
}
