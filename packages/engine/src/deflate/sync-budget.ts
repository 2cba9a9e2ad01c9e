/** How much plain text may be made or read by zlib on the main thread in one turn of the event loop, all connections. */
const BYTES_PER_TURN = 1024 * 1024;

let left = BYTES_PER_TURN;
let resetting = false;

/**
 * Takes from this turn's budget of synchronous zlib work. Small messages are far quicker on the main thread than in the
 * thread pool, but a peer that sends thousands at once must not hold up everybody.
 *
 * @returns whether there was any left.
 */
export function spendSyncBudget(bytes: number): boolean {
  if (left <= 0) return false;
  left -= bytes;
  if (!resetting) {
    resetting = true;
    setImmediate(() => {
      left = BYTES_PER_TURN;
      resetting = false;
    });
  }
  return true;
}
