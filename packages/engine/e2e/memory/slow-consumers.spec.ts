import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from '@jest/globals';
import { EngineBench } from '@nestwire/test-support';

/* The memory of a process of its own, in which there is nothing but the server, as it was built. */

const CLIENTS = 100;

let bench: EngineBench;
afterEach(() => bench.dispose());

interface Outcome {
  readonly residentMiB: number;
  readonly results: Readonly<Record<string, number>>;
  readonly limitsHit: Readonly<Record<string, number>>;
}

async function told<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

/** Pushes a GB to clients that never read. */
async function push(policy: string, form: string): Promise<Outcome> {
  bench = new EngineBench();
  const child = fork(fileURLToPath(new URL('broadcaster.mjs', import.meta.url)), [policy, form], { execArgv: [] });
  bench.defer(() => child.disconnect());
  const { port } = await told<{ port: number }>(child);
  for (let i = 0; i < CLIENTS - 1; i++) (await bench.open(port)).socket.pause();
  const outcome = told<Outcome>(child);
  (await bench.open(port)).socket.pause();
  return outcome;
}

it.each(
  ['close', 'drop-newest', 'keep-newest'].flatMap((policy) => ['prepared', 'copied'].map((form) => [policy, form])),
)(
  'A server that pushes 1 GB to 100 clients that never read stays under 300 MB: %s, %s',
  async (policy = '', form = '') => {
    const { residentMiB, results, limitsHit } = await push(policy, form);
    expect(residentMiB).toBeLessThan(300);
    // It is the policy that has held it down, not the kernel that took it all.
    expect(policy === 'close' ? limitsHit['outbound-queue'] : results['backpressure']).toBeGreaterThanOrEqual(CLIENTS);
    if (policy !== 'close') expect(limitsHit['outbound-queue']).toBe(0);
    if (process.env['NESTWIRE_FIGURES'] !== undefined) console.log(policy, form, residentMiB, results, limitsHit);
  },
);
