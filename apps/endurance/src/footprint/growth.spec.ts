import { expect, it } from '@jest/globals';
import type { Footprint } from './footprint.js';
import { growthOf, isLeak, LIMITS } from './growth.js';

const HELD: Footprint = {
  listeners: 10,
  timers: 1,
  handles: 4,
  descriptors: 30,
  heap: 5_000_000,
  external: 2_000_000,
  resident: 60_000_000,
};

it.each(Object.keys(LIMITS) as (keyof Footprint)[])('One more of %s than its limit is a leak', (name) => {
  const grown = (by: number) => ({
    first: HELD,
    half: HELD,
    last: { ...HELD, [name]: HELD[name] + LIMITS[name] + by },
  });
  expect(isLeak(grown(0))).toBe(false);
  expect(isLeak(grown(1))).toBe(true);
});

it('Resident memory may grow in the beginning', () => {
  const full = { ...HELD, resident: 200_000_000 };
  expect(isLeak({ first: HELD, half: full, last: full })).toBe(false);
});

it('Less than before is none', () => {
  const last = { ...HELD, heap: 4_000_000, handles: 3 };
  expect(isLeak({ first: HELD, half: HELD, last })).toBe(false);
  expect(growthOf({ first: HELD, half: HELD, last })).toBe(
    'listeners +0, timers +0, handles -1, descriptors +0, heap -977 KiB, external +0 KiB, resident +0 KiB',
  );
});
