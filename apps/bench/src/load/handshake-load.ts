import { setTimeout as delay } from 'node:timers/promises';
import { Channel } from './channel.js';
import { counted } from './counted.js';
import type { HandshakesTask, LoadOutcome, Mark, Target } from './load-task.js';

/** Linux lets every address of 127.0.0.0/8 be a source: with one alone, its ports would run out. */
const SOURCES = process.platform === 'linux' ? 250 : 0;

/** Opens connections, looks at the answer, and lets them go. */
export async function loadWithHandshakes(task: HandshakesTask, target: Target, mark: Mark): Promise<LoadOutcome> {
  const { atOnce, warmUpMs, ms } = task;
  let done = 0;
  let stopped = false;
  const worker = async (): Promise<void> => {
    while (!stopped) {
      const localAddress = SOURCES === 0 ? undefined : `127.0.1.${String(1 + (done % SOURCES))}`;
      const channel = await Channel.open({ ...target, compression: 'off', localAddress });
      channel.destroy();
      done++;
    }
  };
  const workers = Promise.all(Array.from({ length: atOnce }, worker));
  const measure = async () => {
    await delay(warmUpMs);
    return counted(mark, ms, () => done);
  };
  try {
    // The workers end by themselves only when one of them fails.
    const { perSecond, loadCpu } = (await Promise.race([measure(), workers])) as Awaited<ReturnType<typeof measure>>;
    return { values: { rate: perSecond }, loadCpu, replies: done, checked: done };
  } finally {
    stopped = true;
    await workers.catch(() => undefined);
  }
}
