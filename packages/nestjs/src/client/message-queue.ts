import { Deadline, type TimingWheel } from '@nestwire/engine';
import type { HandlingPlan } from '../message/handling-plan.js';

/** What the queue needs of a message, and notes on it. */
export interface QueuedMessage {
  readonly plan: HandlingPlan;
  /** What it takes while it waits, in bytes. */
  readonly size: number;
  /** When its handler is late, on the wheel's clock. */
  dueAt: number;
  /** Its slot is free: it has been answered, or it streams. */
  isFree: boolean;
  /** Its answers wait for those of earlier messages. */
  holding: boolean;
  /** The earlier ones have theirs: what was held goes out. */
  release(): void;
}

/**
 * Does the work of one message. `handle` MUST have the queue's {@link MessageQueue.free} called for it, at once or later; `expire` MUST
 * have it called at once. Neither may throw.
 */
export interface MessageWorker<T> {
  handle(message: T): void;
  /** The message is past its deadline. */
  expire(message: T): void;
}

/**
 * A connection's messages: in what order they begin, how many at a time, and for how long.
 *
 * There are two lanes. In the ordered one a message begins while fewer than its plan's `limit` are at work, and never before
 * an earlier one has begun; one with limit 1 works alone, and nothing begins beside it. Those that may have company hold
 * their answers back until the earlier ones have theirs. In the other lane messages begin while fewer than their limit of
 * *that* lane are at work, and hold nothing back.
 *
 * The queue is the deadline of its handlers, all of them: it hangs on the wheel at the earliest, or before it.
 */
export class MessageQueue<T extends QueuedMessage> extends Deadline {
  private readonly ordered: T[] = [];
  private unordered: T[] | undefined = undefined;
  private atWork: T[] | undefined = undefined;
  private orderedAtWork = 0;
  /** Whether the one at work is one that works alone. */
  private alone = false;
  /** Ordered ones that may have company: begun, and not all answered, in the order of arrival. */
  private turns: T[] | undefined = undefined;
  private waitingBytes = 0;
  private heldAnswers = 0;
  private held = true;
  private beginning = false;
  private onIdle: (() => void) | undefined = undefined;

  /** Messages wait until {@link release}. */
  constructor(
    private readonly worker: MessageWorker<T>,
    private readonly wheel: TimingWheel,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  /** How many wait: messages for their turn, and answers for that of earlier messages. */
  get length(): number {
    return this.ordered.length + (this.unordered?.length ?? 0) + this.heldAnswers;
  }

  /** The bytes of what waits. */
  get bytes(): number {
    return this.waitingBytes;
  }

  push(message: T): void {
    this.waitingBytes += message.size;
    if (!message.plan.ordered) (this.unordered ??= []).push(message);
    // Most find nobody in front of them: these are spared the list.
    else if (this.ordered.length === 0 && !this.held && !this.beginning && this.mayBegin(message))
      this.beginAlone(message);
    else this.ordered.push(message);
    this.beginNext();
  }

  release(): void {
    this.held = false;
    this.beginNext();
  }

  /** A message has been answered, or streams: the next may begin. Later calls for it change nothing. */
  free(message: T): void {
    if (message.isFree) return;
    message.isFree = true;
    const { atWork = [] } = this;
    const at = atWork.indexOf(message);
    if (at === -1) return;
    // Mostly there is one alone; what `splice` gives back, and what it leaves, would have to be allocated each time.
    if (at === atWork.length - 1) atWork.pop();
    else atWork.splice(at, 1);
    if (message.plan.ordered) {
      this.orderedAtWork--;
      if (message.plan.limit === 1) this.alone = false;
      else this.passTurns();
    }
    this.beginNext();
  }

  /** An answer of this many bytes is held back. */
  countHeld(bytes: number): void {
    this.heldAnswers++;
    this.waitingBytes += bytes;
  }

  /** So many held answers, of so many bytes, have gone out. */
  countReleased(answers: number, bytes: number): void {
    this.heldAnswers -= answers;
    this.waitingBytes -= bytes;
  }

  /** Whether messages wait for {@link release}. */
  get isHeld(): boolean {
    return this.held;
  }

  /** Forgets what waits for its turn, or for {@link release}. */
  clear(): void {
    for (const { size } of this.ordered) this.waitingBytes -= size;
    for (const { size } of this.unordered ?? []) this.waitingBytes -= size;
    this.ordered.length = 0;
    this.unordered = undefined;
    this.release();
    this.letGo();
  }

  /** Whether nothing waits and nothing is at work. */
  get isIdle(): boolean {
    return !this.atWork?.length && this.ordered.length === 0 && !this.unordered?.length;
  }

  /** Calls back once nothing waits and nothing is at work: at once, or behind the last message. */
  whenIdle(callback: () => void): void {
    this.onIdle = callback;
    this.beginNext();
  }

  /** @internal The wheel's call: some handler may be late. */
  override onDeadline(): void {
    const now = this.wheel.now();
    for (const message of [...(this.atWork ?? [])]) if (message.dueAt <= now) this.worker.expire(message);
    const earliest = (this.atWork ?? []).reduce((at, { dueAt }) => Math.min(at, dueAt), Infinity);
    this.wheel.arm(this, earliest - now);
  }

  private beginNext(): void {
    // What is answered at once calls `free` from within `handle`: this loop goes on with the next one, not the call stack.
    if (this.held || this.beginning) return;
    this.beginning = true;
    const { ordered } = this;
    while (ordered.length > 0 && this.mayBegin(ordered[0] as T)) this.begin(ordered.shift() as T);
    const { unordered } = this;
    while (unordered !== undefined && unordered.length > 0 && this.mayBegin(unordered[0] as T)) {
      this.begin(unordered.shift() as T);
    }
    this.beginning = false;
    if (this.onIdle === undefined || this.atWork?.length || ordered.length > 0) return;
    const { onIdle } = this;
    this.onIdle = undefined;
    this.letGo();
    onIdle();
  }

  private beginAlone(message: T): void {
    this.beginning = true;
    this.begin(message);
    this.beginning = false;
  }

  private mayBegin({ plan: { ordered, limit } }: T): boolean {
    if (ordered) return !this.alone && this.orderedAtWork < limit;
    return (this.atWork?.length ?? 0) - this.orderedAtWork < limit;
  }

  private begin(message: T): void {
    const { limit, ordered, timeoutMs = this.timeoutMs } = message.plan;
    this.waitingBytes -= message.size;
    (this.atWork ??= []).push(message);
    if (ordered) {
      this.orderedAtWork++;
      if (limit === 1) {
        this.alone = true;
      } else {
        const turns = (this.turns ??= []);
        message.holding = turns.length > 0;
        turns.push(message);
      }
    }
    this.worker.handle(message);
    // Nothing can be late before it lets go of the thread: what is answered at once needs no look at the clock.
    if (!message.isFree && timeoutMs !== Infinity) this.watch(message, timeoutMs);
  }

  /** Where the wheel looks at this queue in time anyway, nothing is done: a message costs a comparison. */
  private watch(message: T, timeoutMs: number): void {
    message.dueAt = this.wheel.now() + timeoutMs;
    if (!this.wheel.isArmed(this) || this.at > message.dueAt) this.wheel.arm(this, timeoutMs);
  }

  /** Nothing more begins: the wheel would hold the queue of a connection that is gone, for as long as a handler may take. */
  private letGo(): void {
    if (!this.atWork?.length) this.wheel.disarm(this);
  }

  private passTurns(): void {
    const turns = this.turns as T[];
    while (turns[0]?.isFree === true) {
      turns.shift();
      turns[0]?.release();
    }
  }
}
