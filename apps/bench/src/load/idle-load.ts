import { type Channel, openChannels } from './channel.js';
import type { IdleTask, LoadOutcome, Mark, Target } from './load-task.js';

/** Opens connections between the two marks, and keeps them. */
export async function loadWithIdlers(task: IdleTask, target: Target, mark: Mark): Promise<LoadOutcome> {
  const { before, connections, compression } = task;
  const channels: Channel[] = [];
  let ended: Error | undefined;
  const open = async (count: number): Promise<void> => {
    for (const channel of await openChannels(count, () => ({ ...target, compression }))) {
      channel.onEnd = (error) => (ended ??= error);
      channels.push(channel);
    }
  };
  try {
    await open(before);
    await mark('begin');
    await open(connections);
    await mark('end');
    if (ended !== undefined) throw ended;
    return { values: {}, loadCpu: 0, replies: channels.length, checked: channels.length };
  } finally {
    for (const channel of channels) channel.destroy();
  }
}
