import { loadWithBroadcasts } from './broadcast-load.js';
import { loadWithEchoes } from './echo-load.js';
import { loadWithHandshakes } from './handshake-load.js';
import { loadWithIdlers } from './idle-load.js';
import { loadAtHalf } from './latency-load.js';
import type { LoadOutcome, LoadTask, Mark, Target } from './load-task.js';

/**
 * Puts the load on a server that the task tells of.
 *
 * @throws WrongReply where the server does not send what it must, Error where it refuses or ends a connection.
 */
export function runLoad(task: LoadTask, target: Target, mark: Mark): Promise<LoadOutcome> {
  switch (task.kind) {
    case 'echo':
      return loadWithEchoes(task, target, mark);
    case 'broadcast':
      return loadWithBroadcasts(task, target, mark);
    case 'handshakes':
      return loadWithHandshakes(task, target, mark);
    case 'idle':
      return loadWithIdlers(task, target, mark);
    case 'latency':
      return loadAtHalf(task, target, mark);
  }
}
