import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateAuthority } from '@nestwire/test-support';
import { parseBenchOptions } from './bench-options.js';
import { choosePinning } from './process/pinning.js';
import { chartOf } from './results/chart.js';
import { formatFigure } from './results/format-figure.js';
import { judgeGoals } from './results/goals.js';
import { describeMachine, describeVersions, isDisturbed } from './results/machine.js';
import { resultOf, type Results, type WorkloadResult } from './results/results.js';
import { tableOf } from './results/table.js';
import { measure, type Reading, type Surroundings } from './run/measure.js';
import type { ServerName } from './servers/registry.js';
import { uwsAbsence } from './servers/uws.js';
import { WORKLOADS } from './workloads/all-workloads.js';
import type { Workload } from './workloads/workload.js';

/*
 * npm run bench -- [--only NAME]… [--server NAME]… [--seconds 3] [--rounds 5] [--out artifacts/bench] [--cores 2,3] [--profiles DIR] [--list]
 *
 * Measures ours and the peers in turn, A B C A B C, each time in fresh processes. Prints a table a workload, and leaves results.json and
 * chart.svg. Ends with 1 where a server did not send what it must: such a run has no figures.
 */

const options = parseBenchOptions(process.argv.slice(2), WORKLOADS);
const { seconds, rounds, out } = options;

if (options.list) {
  for (const { name, title } of WORKLOADS) console.log(`${name.padEnd(34)}${title}`);
  process.exit();
}

const pinning = options.pinning ?? choosePinning();
const machine = describeMachine(pinning);
const versions = describeVersions();
const absent = uwsAbsence();
const around: Surroundings = {
  scale: { ms: seconds * 1000, warmUpMs: Math.min(1000, seconds * 500), connections: (count) => count },
  pinning,
  certificate: await (await CertificateAuthority.create()).issue(),
  profiles: options.profiles,
};

console.log(
  `${machine.cpu}, ${String(machine.cores)} cores, ${machine.system}, Node ${machine.node}; ${machine.pinning}`,
);
console.log(
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', '),
);
if (absent !== undefined) console.log(`Without uWebSockets.js. ${absent}`);
if (versions['bufferutil'] === undefined)
  console.log('Without bufferutil, which ws is faster with: npm install installs it');
if (isDisturbed(machine)) {
  console.log(`This machine has other work (load ${machine.loadBefore.toFixed(1)}): its figures are not worth much`);
}

const results: WorkloadResult[] = [];
const failures: string[] = [];
await mkdir(out, { recursive: true });
for (const workload of options.workloads) {
  const servers = workload.servers.filter(takesPart);
  if (servers.length === 0) continue;
  const readings = await runRounds(workload, servers);
  if (readings.size > 0) {
    const result = resultOf(workload, readings);
    results.push(result);
    console.log(`\n${tableOf(result)}`);
  }
  // Each time, so that a long run leaves what it had when it is interrupted.
  await save();
}

const goals = judgeGoals(results);
if (goals.length > 0) console.log('\nGoals');
for (const { goal, reached, met } of goals)
  console.log(`${met ? 'met   ' : 'missed'}  ${goal}: ${formatFigure(reached)}`);
console.log(`\n${join(out, 'results.json')}, ${join(out, 'chart.svg')}`);
for (const failure of failures) console.error(`FAILED: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;

async function save(): Promise<void> {
  const document: Results = {
    machine,
    versions,
    seconds,
    rounds,
    absent: absent === undefined ? [] : [absent],
    failures,
    workloads: results,
    goals: judgeGoals(results),
  };
  await writeFile(join(out, 'results.json'), `${JSON.stringify(document, null, 2)}\n`);
  await writeFile(join(out, 'chart.svg'), chartOf(document));
}

function takesPart(name: ServerName): boolean {
  if (name === 'uws' && absent !== undefined) return false;
  return options.servers.length === 0 || options.servers.includes(name);
}

/** Who fails in one round has no figures for this workload; the others have. */
async function runRounds(workload: Workload, servers: readonly ServerName[]): Promise<Map<ServerName, Reading[]>> {
  const readings = new Map<ServerName, Reading[]>(servers.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, ofName] of readings) {
      try {
        ofName.push(await measure(workload, name, around));
      } catch (error) {
        readings.delete(name);
        failures.push(String(error));
        console.error(`\nFAILED: ${String(error)}`);
      }
    }
  }
  return readings;
}
