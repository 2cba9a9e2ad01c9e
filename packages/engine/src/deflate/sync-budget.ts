import { Fifo } from '../fifo.js';

/** How much plain text may be made or read by zlib on the main thread in one turn of the event loop, all connections. */
const BYTES_PER_TURN = 1024 * 1024;

/** What to spend for each message however short it is, in the time that zlib has for bytes: a zlib state is made, and let go of. */
export const BYTES_PER_MESSAGE = 512;

/**
 * How far what is sent may overdraw. What is read stops first: a message that was taken in is better answered at once, and who reads
 * little sends little.
 */
const OVERDRAFT_BYTES = BYTES_PER_TURN;

/**
 * What one who has waited may read and send before it is the next one's turn. With much less, the messages that a peer sends at once are cut
 * into pieces, and what answers each piece is a write of its own, which takes as long as one of the messages.
 */
const BYTES_PER_SHARE = 64 * 1024;

let left = BYTES_PER_TURN;
/** What is not the present one's to spend. */
let reserved = 0;
let resetting = false;

/*
 * Who waits for a turn that has something left. Those who have had a share and want more are in a line of their own. The first half of
 * a turn is for those who have not, the second for those who have, as long as there are any: somebody with one message does not wait for all
 * that a thousand others have.
 */
const newcomers = new Fifo<() => void>();
const returning = new Fifo<() => void>();
/** Whether somebody has a share now. */
let serving = false;

/** Whether there is any left of this turn's budget for what is read. */
export function hasReadingBudget(): boolean {
  return left > reserved;
}

/** Whether there is any left for what is sent. */
export function hasSendingBudget(): boolean {
  return left > -OVERDRAFT_BYTES;
}

/**
 * Takes from this turn's budget of synchronous zlib work. Short messages take less time on the main
 * thread than it takes to give them to the thread pool, but a peer that sends thousands at once must not hold up everybody.
 */
export function spendSyncBudget(bytes: number): void {
  left -= bytes;
  resetLater();
}

/**
 * Calls back in a turn that has some left for what is read: first come, first served, and who has just had a share behind
 * others who have not. Between one caller and the next, ticks are run, so that what the first one does next is paid for before.
 */
export function onceWithinBudget(callback: () => void): void {
  (serving ? returning : newcomers).push(callback);
  resetLater();
}

function resetLater(): void {
  if (resetting) return;
  resetting = true;
  setImmediate(reset);
}

function reset(): void {
  left = BYTES_PER_TURN;
  resetting = false;
  serve();
}

function serve(): void {
  serving = left > 0 && (newcomers.length > 0 || returning.length > 0);
  if (!serving) {
    reserved = 0;
    if (newcomers.length > 0 || returning.length > 0) resetLater();
    return;
  }
  reserved = Math.max(0, left - BYTES_PER_SHARE);
  const [line, other] = left > BYTES_PER_TURN / 2 ? [newcomers, returning] : [returning, newcomers];
  try {
    (line.length > 0 ? line : other).shift()?.();
  } finally {
    // Behind the ticks that it has asked for.
    process.nextTick(serve);
  }
}
