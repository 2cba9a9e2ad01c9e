import { readFile, writeFile } from 'node:fs/promises';
import type { Outcomes } from './run-cases.js';
import { TARGET_NAMES, type TargetName } from './targets/target.js';

/** What each target gives, case by case. */
export type Results = Partial<Record<TargetName, Outcomes>>;

const FILE = new URL('../expected-results.json', import.meta.url);

/** The control may fail where its makers decided otherwise, and the README says why. What is ours may not. */
export function isOurs(target: TargetName): boolean {
  return target === 'server' || target === 'client';
}

export async function readExpected(): Promise<Results> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Results;
}

/** Writes what a run gave, over what stood there for the same cases. */
export async function writeExpected(results: Results): Promise<void> {
  const before = await readExpected().catch((): Results => ({}));
  const merged = TARGET_NAMES.map((name) => [name, { ...before[name], ...results[name] }] as const);
  await writeFile(FILE, `${JSON.stringify(Object.fromEntries(merged), null, 2)}\n`);
}

/** Every difference between what a run gave and what was expected, one line each. */
export function differences(results: Results, expected: Results, ran: readonly string[]): string[] {
  const lines: string[] = [];
  for (const target of TARGET_NAMES) {
    const outcomes = results[target];
    if (outcomes === undefined) continue;
    for (const id of ran) {
      const was = outcomes[id] ?? 'not run';
      const should = isOurs(target) ? 'ok' : (expected[target]?.[id] ?? 'a case that is not in expected-results.json');
      if (was !== should) lines.push(`${target} ${id}: expected ${should}; was ${was}`);
      else if (expected[target]?.[id] !== was) lines.push(`${target} ${id}: missing from expected-results.json`);
    }
  }
  return lines;
}

/** Cases that the file has, and the code no longer. */
export function stale(expected: Results, all: readonly string[]): string[] {
  const known = new Set(all);
  return TARGET_NAMES.flatMap((target) =>
    Object.keys(expected[target] ?? {})
      .filter((id) => !known.has(id))
      .map((id) => `${target} ${id}: in expected-results.json, but there is no such case`),
  );
}
