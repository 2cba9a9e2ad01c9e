import type { Footprint } from './footprint.js';

const KIB = 1024;

/**
 * How much more may be held than after the first connections. Listeners, timers, handles and descriptors are counted, so none. The
 * heap has what V8 compiles and caches as it goes: less than six bytes for each of 100,000 connections. Resident memory is what the
 * allocator has not given back, which is no leak by itself: it must not go on growing with the connections.
 */
export const LIMITS = {
  listeners: 0,
  timers: 0,
  handles: 0,
  descriptors: 0,
  heap: 1024 * KIB,
  external: 512 * KIB,
  resident: 32 * KIB * KIB,
} as const satisfies Record<keyof Footprint, number>;

const NAMES = Object.keys(LIMITS) as (keyof Footprint)[];

export function isLeak(before: Footprint, after: Footprint): boolean {
  return NAMES.some((name) => after[name] - before[name] > LIMITS[name]);
}

/** In one line: counts as they are, bytes in KiB. */
export function growthOf(before: Footprint, after: Footprint): string {
  return NAMES.map((name) => {
    const grown = after[name] - before[name];
    const inBytes = LIMITS[name] > 0;
    const figure = inBytes ? Math.round(grown / KIB) : grown;
    return `${name} ${figure >= 0 ? '+' : ''}${String(figure)}${inBytes ? ' KiB' : ''}`;
  }).join(', ');
}
