import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned } from './pinning.js';

export interface ChildSettings {
  /** The compiled file beside this one's directory, such as `load/load-process.js`. */
  readonly file: string;
  /** The core that it runs on. */
  readonly cpu: number | undefined;
  /** For Node. */
  readonly flags?: readonly string[];
}

/** A process of ours, and the channel to it. Only one question may be open at a time. */
export class Child<Question extends object | string, Answer> {
  private readonly process: ChildProcess;
  private readonly exited: Promise<unknown>;

  constructor({ file, cpu, flags = [] }: ChildSettings) {
    const script = fileURLToPath(new URL(`../${file}`, import.meta.url));
    const [command = '', ...args] = pinned([process.execPath, ...flags, script], cpu);
    this.process = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.exited = once(this.process, 'exit');
    this.process.on('error', () => undefined);
    // Whoever waits for an answer hears of the exit; before that, nobody may be waiting.
    this.exited.catch(() => undefined);
  }

  /** @throws Error where the process ends before it has answered. */
  async ask(question: Question): Promise<Answer> {
    const answer = this.next();
    // What can't be sent, because nobody is there any longer, `next` says.
    this.process.send(question, () => undefined);
    return answer;
  }

  /** Its next word, without a question. */
  async next(): Promise<Answer> {
    const stop = new AbortController();
    const ended = this.exited.then(() => {
      throw new Error('A process of the benchmark ended before it had answered');
    });
    try {
      const message = once(this.process, 'message', { signal: stop.signal }) as Promise<[Answer]>;
      const [answer] = await Promise.race([message, ended]);
      return answer;
    } finally {
      stop.abort();
      ended.catch(() => undefined);
    }
  }

  /** Ends it: by its own hand, so that it writes what it has gathered, else by ours. */
  async end(farewell?: Question): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      if (farewell !== undefined && this.process.connected) this.process.send(farewell, () => undefined);
      const kill = setTimeout(() => this.process.kill('SIGKILL'), 5000);
      if (this.process.connected) this.process.disconnect();
      await this.exited;
      clearTimeout(kill);
    }
  }
}
