import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allCases } from './cases/all-cases.js';
import type { ConformanceCase } from './conformance-case.js';
import { runCases, sectionOf } from './run-cases.js';
import { openTarget } from './targets/open-target.js';
import type { Target } from './targets/target.js';

/** The heavy sections in samples; `npm run conformance` has all of them, at length. */
const SAMPLES: Readonly<Record<number, readonly string[]>> = {
  9: ['9.1.3', '9.2.1', '9.3.5', '9.4.1', '9.5.5', '9.6.6', '9.9.1', '9.9.2', '9.9.3', '9.9.5'],
  12: ['12.1.6', '12.2.9', '12.3.1', '12.4.12', '12.5.10'],
  13: ['13.1.9', '13.2.6', '13.3.7', '13.4.4', '13.5.8', '13.6.2', '13.7.5', '13.8.3', '13.9.7', '13.10.7', '13.11.8'],
};

function isSampled(given: ConformanceCase): boolean {
  const samples = SAMPLES[sectionOf(given)];
  // The cases of 12.6 are single messages, of which one is very large.
  return samples === undefined || samples.includes(given.id) || /^12\.6\.(?!32$)/.test(given.id);
}

const cases = allCases('short').filter(isSampled);

describe.each(['server', 'client'] as const)('Conformance of our %s (RFC 6455, RFC 7692)', (name) => {
  let target: Target;

  beforeAll(async () => {
    target = await openTarget(name);
  });

  afterAll(() => target.close());

  it.each([1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 13])('section %i', async (section) => {
    const all = cases.filter((given) => sectionOf(given) === section);
    const outcomes = await runCases(all, target);
    expect(all.length).toBeGreaterThan(0);
    expect(outcomes).toEqual(Object.fromEntries(all.map(({ id }) => [id, 'ok'])));
  });
});
