import type { NestwireClient } from '../src/client/nestwire-client.js';
import { SendResult } from '../src/index.js';
import { until } from './until.js';

const KIB = 1024;

/** Pushed under this code until no more is taken up. */
export const FILLER_CODE = 99;

/** Pushes to a client that does not read, until its connection holds up. */
export async function clog(client: NestwireClient): Promise<void> {
  const filler = 'x'.repeat(16 * KIB);
  for (let count = 1; client.send(FILLER_CODE, filler, { slowConsumer: 'wait' }) !== SendResult.Backpressure; count++) {
    if (count % 16 === 0) await turn();
  }
}

/** Waits until what grows has stopped to. */
export async function settled(amount: () => number): Promise<void> {
  let last = -1;
  let since = 0;
  await until(() => {
    since = amount() === last ? since + 1 : 0;
    last = amount();
    return since >= 50;
  });
}

export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
