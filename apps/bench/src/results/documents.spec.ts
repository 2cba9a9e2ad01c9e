import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { chartOf } from './chart.js';
import { reportOf, withSummary } from './documents.js';
import type { Results } from './results.js';
import type { Language } from './summary.js';

const ROOT = new URL('../../../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** Tables are aligned when they are formatted, which says nothing. */
function words(document: string): string {
  return document
    .replaceAll(/:?-{2,}:?/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const results = JSON.parse(read('docs/benchmark/results.json')) as Results;

describe('The figures in the documents are those of one run (npm run bench:report)', () => {
  it('in the report', () => {
    expect(words(read('docs/benchmark/README.md'))).toBe(words(reportOf(results)));
  });

  it('in the chart', () => {
    expect(read('docs/benchmark/chart.svg')).toBe(chartOf(results));
  });

  it.each<[path: string, language: Language]>([
    ['README.md', 'en'],
    ['README.zh-CN.md', 'zh'],
  ])('in %s', (path, language) => {
    expect(words(read(path))).toBe(words(withSummary(read(path), results, language)));
    expect(read(path)).toContain(results.machine.cpu);
  });

  it('have a place, or it is said where that has to be', () => {
    expect(() => withSummary('no place', results, 'en')).toThrow('Figures go between "<!-- benchmark');
  });
});
