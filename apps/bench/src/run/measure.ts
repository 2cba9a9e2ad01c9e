import { Child } from '../process/child.js';
import type { Pinning } from '../process/pinning.js';
import type { LoadOrder, LoadReport } from '../load/load-process.js';
import type { LoadOutcome, LoadTask } from '../load/load-task.js';
import type { ServerTask } from '../servers/bench-server.js';
import { type ServerName, SERVERS } from '../servers/registry.js';
import type { ServerAnswer, ServerQuestion } from '../servers/server-process.js';
import type { Scale, Workload } from '../workloads/workload.js';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

export interface Surroundings {
  readonly scale: Scale;
  readonly pinning: Pinning;
  readonly certificate: Certificate;
  /** Where the server is to leave a profile of what it did. */
  readonly profiles?: string | undefined;
}

/** What one server did in one round. */
export interface Reading {
  /** By the names of the workload's metrics. */
  readonly values: Readonly<Record<string, number>>;
  /** How busy both processes were while it was counted: processor time by time. 0 where nothing was. */
  readonly serverCpu: number;
  readonly loadCpu: number;
  readonly replies: number;
  readonly checked: number;
}

type Snapshot = Extract<ServerAnswer, { usage: unknown } | { memory: unknown }>;

/**
 * Starts a server in a process of its own, puts the load on it from another, and ends both.
 *
 * @throws Error for a wrong reply, a refusal, or a process that ended.
 */
export async function measure(workload: Workload, name: ServerName, around: Surroundings): Promise<Reading> {
  const { scale, pinning, certificate, profiles } = around;
  const plan = workload.plan(name, scale);
  const { path, socketIo } = SERVERS[name];
  const tls = plan.tls === true ? certificate : undefined;
  const server = new Child<ServerQuestion, ServerAnswer>({
    file: 'servers/server-process.js',
    cpu: pinning?.server,
    flags: ['--expose-gc', ...profileFlags(profiles, workload, name)],
  });
  const load = new Child<LoadOrder | 'go on', LoadReport>({ file: 'load/load-process.js', cpu: pinning?.load });
  try {
    const { listening: port } = expectAnswer(
      await server.ask({ start: name, task: task(plan.server, tls) }),
      'listening',
    );
    const target = { port, path, socketIo, authority: tls?.ca };
    const look = (): Promise<Snapshot> => lookAt(server, plan.load);

    const snapshots: Snapshot[] = [];
    let report = await load.ask({ task: plan.load, target });
    while ('mark' in report) {
      snapshots.push(await look());
      report = await load.ask('go on');
    }
    if ('error' in report) throw new Error(`${workload.name}, ${name}: ${report.error}`);
    return readingOf(plan.load, report.outcome, snapshots);
  } finally {
    await Promise.all([load.end(), server.end('stop')]);
  }
}

function task(server: Omit<ServerTask, 'tls'>, tls: Certificate | undefined): ServerTask {
  return tls === undefined ? server : { ...server, tls };
}

function profileFlags(directory: string | undefined, workload: Workload, name: ServerName): string[] {
  if (directory === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${workload.name}.${name}.cpuprofile`];
}

async function lookAt(server: Child<ServerQuestion, ServerAnswer>, { kind }: LoadTask): Promise<Snapshot> {
  return kind === 'idle'
    ? expectAnswer(await server.ask('memory'), 'memory')
    : expectAnswer(await server.ask('usage'), 'usage');
}

function readingOf(load: LoadTask, outcome: LoadOutcome, [before, after]: readonly Snapshot[]): Reading {
  const { values, loadCpu, replies, checked } = outcome;
  if (before !== undefined && 'memory' in before && after !== undefined && 'memory' in after && load.kind === 'idle') {
    const each = (name: 'resident' | 'heap'): number => (after.memory[name] - before.memory[name]) / load.connections;
    return { values: { resident: each('resident'), heap: each('heap') }, serverCpu: 0, loadCpu, replies, checked };
  }
  if (before === undefined || !('usage' in before) || after === undefined || !('usage' in after)) {
    throw new Error('The load came to its end without its marks');
  }
  const serverCpu = (after.usage.cpu - before.usage.cpu) / (after.usage.at - before.usage.at);
  // The windows of both processes differ by the way of a message between them; their rates do not.
  const cost = values['rate'] === undefined ? {} : { cost: (serverCpu * 1e6) / values['rate'] };
  return { values: { ...values, ...cost }, serverCpu, loadCpu, replies, checked };
}

function expectAnswer<Name extends string>(
  answer: ServerAnswer,
  name: Name,
): Extract<ServerAnswer, Record<Name, unknown>> {
  if ('error' in answer) throw new Error(answer.error);
  if (!(name in answer)) throw new Error(`The server did not answer with '${name}'`);
  return answer as Extract<ServerAnswer, Record<Name, unknown>>;
}
