import type { Clock, Scheduled } from '../time/clock.js';
import { HandshakeError } from './handshake-error.js';

interface Limits {
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly handshakeTimeoutMs: number;
}

/** What a step works on, and what is left of it when it fails: nothing. */
export interface Destroyable {
  destroy(): unknown;
}

type Settle<T> = (value: T) => void;

/** One try to open a connection: all its steps have one deadline and one signal. */
export class Attempt {
  private readonly timer: Scheduled | undefined;
  private readonly signal: AbortSignal | undefined;
  private failure: HandshakeError | undefined;
  private failStep: ((error: Error) => void) | undefined;

  constructor({ signal, clock, handshakeTimeoutMs }: Limits) {
    this.signal = signal;
    this.timer =
      handshakeTimeoutMs === Infinity
        ? undefined
        : clock.schedule(() => this.fail(timedOut(handshakeTimeoutMs)), handshakeTimeoutMs);
    if (signal?.aborted === true) this.onAbort();
    signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  /**
   * Begins a step and waits for it. When it fails, for whatever reason, what it works on is destroyed.
   *
   * @param start - returns how its listeners are taken off again.
   */
  step<T>(target: Destroyable, start: (done: Settle<T>, fail: Settle<Error>) => () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let leave = (): void => undefined;
      let ended = false;
      /** Once: whatever comes of it later belongs to no step any longer. */
      const end = (): boolean => {
        if (ended) return false;
        ended = true;
        this.failStep = undefined;
        leave();
        return true;
      };
      const fail = (error: Error): void => {
        if (!end()) return;
        target.destroy();
        reject(error);
      };
      if (this.failure !== undefined) return fail(this.failure);
      this.failStep = fail;
      try {
        leave = start((value) => {
          if (end()) resolve(value);
        }, fail);
      } catch (error) {
        fail(error as Error);
      }
    });
  }

  /** Takes the steps. At their end, whichever, neither deadline nor signal mean anything any longer. */
  async run<T>(steps: () => Promise<T>): Promise<T> {
    try {
      if (this.failure !== undefined) throw this.failure;
      return await steps();
    } finally {
      this.timer?.cancel();
      this.signal?.removeEventListener('abort', this.onAbort);
    }
  }

  private readonly onAbort = (): void => {
    this.fail(new HandshakeError('The handshake was aborted', { reason: 'aborted', cause: this.signal?.reason }));
  };

  private fail(error: HandshakeError): void {
    this.failure ??= error;
    this.failStep?.(this.failure);
  }
}

function timedOut(handshakeTimeoutMs: number): HandshakeError {
  const seconds = String(handshakeTimeoutMs / 1000);
  return new HandshakeError(`No answer to the handshake within ${seconds} s`, { reason: 'timeout' });
}
