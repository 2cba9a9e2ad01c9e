import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { chartOf } from './results/chart.js';
import { reportOf, withSummary } from './results/documents.js';
import type { Results } from './results/results.js';

/*
 * npm run bench:report [-- artifacts/bench/results.json]
 *
 * Puts the figures of a run into the documents: docs/benchmark, and the tables of both READMEs. Nobody types figures.
 */

const source = process.argv[2] ?? join('artifacts', 'bench', 'results.json');
const target = join('docs', 'benchmark');
const results = JSON.parse(await readFile(source, 'utf8')) as Results;

await mkdir(target, { recursive: true });
if (source !== join(target, 'results.json')) await copyFile(source, join(target, 'results.json'));
await writeFile(join(target, 'chart.svg'), chartOf(results));
await writeMarkdown(join(target, 'README.md'), reportOf(results));
for (const [path, language] of [
  ['README.md', 'en'],
  ['README.zh-CN.md', 'zh'],
] as const) {
  await writeMarkdown(path, withSummary(await readFile(path, 'utf8'), results, language));
}

async function writeMarkdown(path: string, text: string): Promise<void> {
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), parser: 'markdown' }));
}
