import { counted } from './counted.js';
import type { BroadcastTask, LoadOutcome, Mark, Target } from './load-task.js';
import { Traffic } from './traffic.js';

/** The first connection sends; once all have had everything, it sends again. Counts what is delivered to all of them. */
export async function loadWithBroadcasts(task: BroadcastTask, target: Target, mark: Mark): Promise<LoadOutcome> {
  const { inFlight, connections, warmUpMs, ms } = task;
  const traffic = new Traffic(task, inFlight);
  let left = 0;
  const sendNext = (): void => {
    left = inFlight * connections;
    traffic.connections[0]?.send(inFlight);
  };
  try {
    await traffic.open(target, (_connection, replies) => {
      left -= replies;
      if (left === 0) sendNext();
    });
    sendNext();
    await traffic.warmUp(warmUpMs);
    const { perSecond, loadCpu } = await traffic.during(counted(mark, ms, () => traffic.replies));
    return { values: { rate: perSecond }, loadCpu, replies: traffic.replies, checked: traffic.check.checked };
  } finally {
    traffic.close();
  }
}
