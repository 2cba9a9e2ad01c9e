import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allCases } from './cases/all-cases.js';
import { differences, isOurs, readExpected, type Results, stale, writeExpected } from './expected-results.js';
import type { Outcomes } from './run-cases.js';
import { isSelected } from './selection.js';
import { TARGET_NAMES, type TargetName } from './targets/target.js';

/*
 * npm run conformance -- [--only 6.4]… [--target server|client|ws-server|ws-client]… [--update]
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    target: { type: 'string', multiple: true, default: [] },
    update: { type: 'boolean', default: false },
  },
});

const unknown = values.target.find((name) => !TARGET_NAMES.includes(name as TargetName));
if (unknown !== undefined) throw new Error(`There is no target ${unknown}; there are ${TARGET_NAMES.join(', ')}`);
const targets = TARGET_NAMES.filter((name) => values.target.length === 0 || values.target.includes(name));

const all = allCases('full').map(({ id }) => id);
const ran = all.filter((id) => isSelected(id, values.only));
if (new Set(all).size !== all.length) throw new Error('Two cases have the same number');
if (ran.length === 0) throw new Error(`No case is numbered ${values.only.join(' or ')}`);

const results: Results = {};
const waiting = [...targets];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const outcomes = await runInProcess(name);
      results[name] = outcomes;
      const ok = Object.values(outcomes).filter((outcome) => outcome === 'ok').length;
      console.log(`${name}: ${String(ran.length)} cases, ${String(ok)} ok, ${String(ran.length - ok)} failed`);
    }
  }),
);

if (values.update) {
  const ours = targets.filter(isOurs).flatMap((name) => failuresOf(name));
  for (const line of ours) console.error(line);
  if (ours.length > 0) throw new Error('A failure of ours is never expected: nothing was written');
  await writeExpected(results);
  console.log('expected-results.json has been written');
} else {
  const expected = await readExpected();
  const lines = [...differences(results, expected, ran), ...stale(expected, all)];
  for (const line of lines) console.error(line);
  if (lines.length > 0) process.exitCode = 1;
  else console.log('as expected');
}

function failuresOf(name: TargetName): string[] {
  return Object.entries(results[name] ?? {})
    .filter(([, outcome]) => outcome !== 'ok')
    .map(([id, outcome]) => `${name} ${id}: ${outcome}`);
}

function runInProcess(name: TargetName): Promise<Outcomes> {
  return new Promise((resolve, reject) => {
    let outcomes: Outcomes | undefined;
    const child = fork(fileURLToPath(new URL('./target-process.js', import.meta.url)), [name, ...values.only]);
    child.on('message', (message) => (outcomes = message as Outcomes));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0 && outcomes !== undefined) resolve(outcomes);
      else reject(new Error(`The process for ${name} ended with ${String(code)}`));
    });
  });
}
