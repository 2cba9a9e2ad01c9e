/** `NESTWIRE_LONG=1`: at length, as before a release; otherwise as much as every `npm test` can afford. */
export const LONG = process.env['NESTWIRE_LONG'] === '1';

/** Long runs differ from each other, and a failure says which one it was: `NESTWIRE_SEED` repeats it. Short ones are the same. */
export const SEED = Number(process.env['NESTWIRE_SEED'] ?? (LONG ? Date.now() & 0x7fffffff : 6455));
