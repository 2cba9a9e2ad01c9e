import type { Footprint } from './footprint.js';

const KIB = 1024;

/**
 * How much more may be held. Listeners, timers, handles and descriptors are counted, so none. The heap has what V8 compiles and caches
 * as it goes, up to 800 KiB; with 100,000 connections the limit is fifteen bytes for each, less than the smallest object. Resident memory is what
 * the allocator has not given back: it fills up in the beginning (with TLS, to 100 MiB and more, as OpenSSL's memory waits for V8's next
 * collection), and then must not go on growing. So it is compared with half of the way, all else with the first connections.
 */
export const LIMITS = {
  listeners: 0,
  timers: 0,
  handles: 0,
  descriptors: 0,
  heap: 1536 * KIB,
  external: 512 * KIB,
  resident: 32 * KIB * KIB,
} as const satisfies Record<keyof Footprint, number>;

const NAMES = Object.keys(LIMITS) as (keyof Footprint)[];

/** What was held after the first connections, after half of all, and after the last. */
export interface Footprints {
  readonly first: Footprint;
  readonly half: Footprint;
  readonly last: Footprint;
}

export function isLeak(footprints: Footprints, limits: Readonly<Record<keyof Footprint, number>> = LIMITS): boolean {
  return NAMES.some((name) => growth(footprints, name) > limits[name]);
}

function growth({ first, half, last }: Footprints, name: keyof Footprint): number {
  return last[name] - (name === 'resident' ? half : first)[name];
}

/** In one line: counts as they are, bytes in KiB. */
export function growthOf(footprints: Footprints): string {
  return NAMES.map((name) => {
    const grown = growth(footprints, name);
    const inBytes = LIMITS[name] > 0;
    const figure = inBytes ? Math.round(grown / KIB) : grown;
    return `${name} ${figure >= 0 ? '+' : ''}${String(figure)}${inBytes ? ' KiB' : ''}`;
  }).join(', ');
}
