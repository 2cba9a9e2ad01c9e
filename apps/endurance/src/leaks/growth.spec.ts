import { expect, it } from '@jest/globals';
import type { Footprint } from './footprint.js';
import { growthOf, isLeak, LIMITS } from './growth.js';

const BEFORE: Footprint = {
  listeners: 10,
  timers: 1,
  handles: 4,
  descriptors: 30,
  heap: 5_000_000,
  external: 2_000_000,
  resident: 60_000_000,
};

it.each(Object.keys(LIMITS) as (keyof Footprint)[])('One more of %s than its limit is a leak', (name) => {
  expect(isLeak(BEFORE, { ...BEFORE, [name]: BEFORE[name] + LIMITS[name] })).toBe(false);
  expect(isLeak(BEFORE, { ...BEFORE, [name]: BEFORE[name] + LIMITS[name] + 1 })).toBe(true);
});

it('Less than before is none', () => {
  const after = { ...BEFORE, heap: 4_000_000, handles: 3 };
  expect(isLeak(BEFORE, after)).toBe(false);
  expect(growthOf(BEFORE, after)).toBe(
    'listeners +0, timers +0, handles -1, descriptors +0, heap -977 KiB, external +0 KiB, resident +0 KiB',
  );
});
