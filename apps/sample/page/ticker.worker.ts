/**
 * The page's clock. A browser slows the timers of a page in the background down to one a minute, too slow for a heartbeat;
 * it leaves a worker's alone.
 */
const TICK_MS = 250;

setInterval(() => postMessage(null), TICK_MS);

export {};
