import type { LoadOutcome, LoadTask, Target } from './load-task.js';
import { runLoad } from './run-load.js';

/*
 * The process that the load comes from: nothing runs in it but that. It is told what to do over the channel to its parent, tells of
 * both marks and waits for the word to go on, and answers with what came of it.
 */

export interface LoadOrder {
  readonly task: LoadTask;
  readonly target: Target;
}

export type LoadReport =
  { readonly mark: 'begin' | 'end' } | { readonly outcome: LoadOutcome } | { readonly error: string };

let goOn: () => void = () => undefined;

function report(message: LoadReport): void {
  process.send?.(message);
}

process.on('message', (message: LoadOrder | 'go on') => {
  if (message === 'go on') return goOn();
  const mark = (name: 'begin' | 'end'): Promise<void> =>
    new Promise((resolve) => {
      goOn = resolve;
      report({ mark: name });
    });
  runLoad(message.task, message.target, mark).then(
    (outcome) => report({ outcome }),
    (error: unknown) => report({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
