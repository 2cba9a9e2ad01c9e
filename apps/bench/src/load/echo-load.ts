import { counted } from './counted.js';
import type { EchoTask, LoadOutcome, Mark, Target } from './load-task.js';
import { Traffic } from './traffic.js';

/** Keeps so many messages under way on each connection, and counts replies. */
export async function loadWithEchoes(task: EchoTask, target: Target, mark: Mark): Promise<LoadOutcome> {
  const { inFlight, warmUpMs, ms } = task;
  const traffic = new Traffic(task, inFlight);
  try {
    await traffic.open(target, (connection, replies) => connection.send(replies));
    for (const connection of traffic.connections) connection.send(inFlight);
    await traffic.warmUp(warmUpMs);
    const { perSecond, loadCpu } = await traffic.during(counted(mark, ms, () => traffic.replies));
    return { values: { rate: perSecond }, loadCpu, replies: traffic.replies, checked: traffic.check.checked };
  } finally {
    traffic.close();
  }
}
