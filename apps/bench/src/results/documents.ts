import { formatFigure } from './format-figure.js';
import { isDisturbed } from './machine.js';
import type { Results } from './results.js';
import { type Language, summaryOf } from './summary.js';
import { tableOf } from './table.js';

const BEGIN = '<!-- benchmark: written by npm run bench:report -->';
const END = '<!-- /benchmark -->';

/** Everything that was measured, as a page. */
export function reportOf(results: Results): string {
  const { machine, versions, seconds, rounds, absent, failures, goals, workloads } = results;
  const notes = [...absent, ...failures.map((failure) => `Failed: ${failure}`)];
  return [
    '# Benchmark',
    'Written by `npm run bench:report` from [results.json](results.json). How it is measured, how to read it and what we lose: [apps/bench](../../apps/bench/README.md).',
    `${machine.cpu}, ${String(machine.cores)} cores, ${String(machine.memoryGiB)} GiB, ${machine.system}, Node ${machine.node}; ${machine.pinning}. ` +
      `${String(rounds)} rounds of ${String(seconds)} s each, in turn; medians.`,
    ...(isDisturbed(machine)
      ? [`Other work was on this machine when the run began: a load of ${machine.loadBefore.toFixed(1)}.`]
      : []),
    Object.entries(versions)
      .map(([name, version]) => `- ${name} ${version}`)
      .join('\n'),
    ...notes,
    '![How many times better than each peer](chart.svg)',
    '## What we set out to reach',
    goals
      .map(({ goal, reached, met }) => `- ${met ? 'met' : '**missed**'}: ${goal}: ${formatFigure(reached)}`)
      .join('\n'),
    '## All figures',
    ...workloads.map((workload) => tableOf(workload)),
  ].join('\n\n');
}

/**
 * A README with the figures of this run in their place.
 *
 * @throws Error where it has no place for them.
 */
export function withSummary(document: string, results: Results, language: Language): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`Figures go between "${BEGIN}" and "${END}"`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${summaryOf(results, language)}\n\n${document.slice(end)}`;
}
