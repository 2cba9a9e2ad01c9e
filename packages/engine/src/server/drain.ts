import { CloseCode, Role } from '@nestwire/protocol';
import { serializeCloseBody } from '../connection/close-frame.js';
import { nextSpread } from '../connection/spread.js';
import type { WsConnection } from '../connection/ws-connection.js';
import { Deadline, type TimingWheel, WHEEL_TICK_MS } from '../time/timing-wheel.js';

/** How a server sends its clients away without all of them coming back at once, to it or to its neighbours. */
export interface DrainOptions {
  /**
   * The close code; what a server may send.
   * @default 1001
   */
  readonly code?: number;
  /**
   * The close reason, at most 123 bytes of UTF-8; a function is asked for each connection, when its turn comes. What that throws, or a reason
   * of its that is too long, is none: `drain()` rejects with it in the end.
   * @default ''
   */
  readonly reason?: string | ((connection: WsConnection) => string);
  /**
   * Instead of a reason: over how many milliseconds clients are to spread their return. Each gets another share of it, in a reason that our
   * own client understands: `{"retryAfter":1500}`. It goes with the code 1012.
   * @default none
   */
  readonly retryAfterMs?: number;
  /**
   * Over how many milliseconds the connections are closed, in batches of 50 at least: few of them take less. 0 closes all at once.
   * @default 10000
   */
  readonly durationMs?: number;
  /**
   * How long after the last batch, in milliseconds, a connection's listener may take to finish (`onGoingAway`): then it is closed as it is.
   * @default 5000
   */
  readonly finishMs?: number;
  /**
   * How long after its beginning the draining ends: what is left then is dropped. `Infinity` for no limit but each connection's own
   * `closeTimeoutMs`.
   * @default durationMs, finishMs and closeTimeoutMs together
   */
  readonly deadlineMs?: number;
  /**
   * On an HTTP server that is shared: whether newcomers are refused until that is closed, instead of being nobody's once all clients have gone.
   * For an application that ends as a whole.
   * @default false
   */
  readonly refuseUntilClosed?: boolean;
}

/** DrainOptions, checked. */
export interface DrainPlan {
  readonly code: number;
  readonly reasonFor: (connection: WsConnection) => string;
  readonly durationMs: number;
  readonly finishMs: number;
  readonly deadlineMs: number;
  readonly refuseUntilClosed: boolean;
}

/** What is drained. */
export interface Drained extends WsConnection {
  /** Has its listener finish; `undefined` where there is nothing to wait for. */
  goAway(): PromiseLike<unknown> | undefined;
}

const DURATION_MS = 10_000;

const FINISH_MS = 5000;

const LEAST_BATCH = 50;

/** @throws RangeError or TypeError for what can't be done. */
export function planDrain(options: DrainOptions, closeTimeoutMs: number): DrainPlan {
  const { code = CloseCode.GoingAway, reason, retryAfterMs, durationMs = DURATION_MS, finishMs = FINISH_MS } = options;
  const { deadlineMs = durationMs + finishMs + closeTimeoutMs } = options;
  checkTime('durationMs', durationMs, false);
  checkTime('finishMs', finishMs, false);
  checkTime('deadlineMs', deadlineMs, true);
  if (retryAfterMs !== undefined) {
    checkTime('retryAfterMs', retryAfterMs, false);
    if (reason !== undefined) throw new TypeError('retryAfterMs makes the reason: give either of them');
  }
  serializeCloseBody(code, typeof reason === 'string' ? reason : '', Role.Server);
  const { refuseUntilClosed = false } = options;
  return { code, reasonFor: reasonsOf(reason, retryAfterMs), durationMs, finishMs, deadlineMs, refuseUntilClosed };
}

function reasonsOf(reason: DrainOptions['reason'] = '', retryAfterMs?: number): DrainPlan['reasonFor'] {
  if (retryAfterMs !== undefined) return () => JSON.stringify({ retryAfter: Math.round(retryAfterMs * nextSpread()) });
  return typeof reason === 'string' ? () => reason : reason;
}

function checkTime(name: string, value: number, mayBeInfinite: boolean): void {
  if (typeof value === 'number' && value >= 0 && (mayBeInfinite || value !== Infinity)) return;
  throw new RangeError(`${name} must be a number of milliseconds from 0; it is ${String(value)}`);
}

/** Closes connections by and by; one deadline, a batch each time that it comes. */
export class Drain extends Deadline {
  /** What the caller's own function threw first. */
  failure: Error | undefined = undefined;
  private readonly all: readonly Drained[];
  private readonly begunAt: number;
  /** How many have had their turn. */
  private turned = 0;
  private readonly finishing = new Set<Drained>();

  /** @param live - those that are open; what is left of them at the end is dropped. */
  constructor(
    private readonly live: ReadonlySet<Drained>,
    private readonly plan: DrainPlan,
    private readonly wheel: TimingWheel,
  ) {
    super();
    this.all = [...live];
    this.begunAt = wheel.now();
  }

  start(): void {
    this.onDeadline();
  }

  stop(): void {
    this.wheel.disarm(this);
  }

  override onDeadline(): void {
    const elapsed = this.wheel.now() - this.begunAt;
    const { durationMs, finishMs, deadlineMs } = this.plan;
    if (elapsed >= deadlineMs) {
      for (const connection of this.live) connection.terminate();
      return;
    }
    const share = durationMs === 0 ? 1 : Math.min(1, (elapsed + WHEEL_TICK_MS) / durationMs);
    const due = Math.max(Math.ceil(this.all.length * share), this.turned + LEAST_BATCH);
    while (this.turned < Math.min(due, this.all.length)) this.turnTo(this.all[this.turned++] as Drained);
    if (elapsed >= durationMs + finishMs) for (const connection of this.finishing) this.close(connection);
    this.wheel.arm(this, this.nextAfter(elapsed));
  }

  /** When there is something to do again. */
  private nextAfter(elapsed: number): number {
    const { durationMs, finishMs, deadlineMs } = this.plan;
    if (this.turned < this.all.length) return Math.min(WHEEL_TICK_MS, deadlineMs - elapsed);
    const finish = durationMs + finishMs - elapsed;
    return this.finishing.size > 0 && finish > 0 ? Math.min(finish, deadlineMs - elapsed) : deadlineMs - elapsed;
  }

  private turnTo(connection: Drained): void {
    const finishing = connection.goAway();
    if (finishing === undefined) return this.close(connection);
    this.finishing.add(connection);
    const close = (): void => this.close(connection);
    finishing.then(close, close);
  }

  private close(connection: Drained): void {
    this.finishing.delete(connection);
    const { code, reasonFor } = this.plan;
    try {
      connection.close(code, reasonFor(connection));
    } catch (error) {
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      connection.close(code);
    }
  }
}
