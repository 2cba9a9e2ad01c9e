import { type ChildProcess, fork } from 'node:child_process';

interface Question<Q> {
  readonly id: number;
  readonly question: Q;
}

interface Answer<A> {
  readonly id: number;
  readonly answer?: A;
  readonly failure?: string;
}

/** A process of ours that answers questions. It ends when this one does, however that ends. */
export class Child<Q, A> {
  private readonly pending = new Map<
    number,
    { readonly resolve: (answer: A) => void; readonly reject: (error: Error) => void }
  >();
  private asked = 0;
  private readonly process: ChildProcess;
  private ending = false;
  private death: Error | undefined = undefined;

  /** Its process id. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /**
   * @param name - for messages.
   * @param entry - the module that it runs.
   */
  constructor(
    private readonly name: string,
    entry: URL,
    execArgv: readonly string[] = [],
  ) {
    this.process = fork(entry, { execArgv: [...execArgv] });
    this.process.on('message', ({ id, answer, failure }: Answer<A>) => {
      const asker = this.pending.get(id);
      this.pending.delete(id);
      if (failure === undefined) asker?.resolve(answer as A);
      else asker?.reject(new Error(`${this.name}: ${failure}`));
    });
    this.process.on('exit', (code, signal) => {
      const error = new Error(`${this.name} has ended by itself (${String(signal ?? code)})`);
      this.death = error;
      for (const { reject } of this.pending.values()) reject(error);
      this.pending.clear();
      if (!this.ending) this.onDeath?.(error);
    });
  }

  /** Called when the process ends before {@link end}. */
  onDeath: ((error: Error) => void) | undefined = undefined;

  ask(question: Q): Promise<A> {
    const id = ++this.asked;
    return new Promise<A>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      const request: Question<Q> = { id, question };
      this.process.send(request, (error) => {
        // That the channel is closed says less than why.
        if (error !== null && this.pending.delete(id)) reject(this.death ?? error);
      });
    });
  }

  end(): void {
    this.ending = true;
    if (this.process.connected) this.process.disconnect();
  }
}

/** In the child: answers its parent, and ends when that is gone. Ctrl-C goes to all at once, and is the parent's to deal with. */
export function answerParent<Q, A>(answer: (question: Q) => Promise<A>): void {
  process.on('message', ({ id, question }: Question<Q>) => {
    answer(question).then(
      (result) => process.send?.({ id, answer: result }),
      (error: unknown) => process.send?.({ id, failure: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => undefined);
}
