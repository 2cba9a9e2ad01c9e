import { type Clock, type Scheduled, systemClock } from './clock.js';

/** How late a deadline may be, in milliseconds; it is never early. */
export const WHEEL_TICK_MS = 100;

const SLOTS = 512;

/**
 * Something that is due at a moment. An intrusive list entry: arming, disarming and postponing one allocates nothing.
 */
export abstract class Deadline {
  /** @internal When it is due, on the wheel's clock. Whole milliseconds fit into the object itself: others would be an object each. */
  at = 0;
  /** @internal The slot's list; both are null while disarmed. */
  next: Deadline | null = null;
  /** @internal */
  previous: Deadline | null = null;

  /** It is due. The wheel has let go of it; it may be armed again from here. MUST NOT throw. */
  abstract onDeadline(): void;
}

/** A list's head and end. */
class Slot extends Deadline {
  override next: Deadline = this;
  override previous: Deadline = this;

  override onDeadline(): void {
    // A slot is never due.
  }
}

const wheels = new WeakMap<Clock, TimingWheel>();

/**
 * One timer for any number of deadlines: a circle of slots, a tick each (the "hashed timing wheel" of Varghese and
 * Lauck). It ticks only while something is armed.
 */
export class TimingWheel {
  private readonly slots: readonly Slot[] = Array.from({ length: SLOTS }, () => new Slot());
  private armed = 0;
  /** The last tick that has been dealt with. */
  private tick = 0;
  private timer: Scheduled | null = null;

  constructor(private readonly clock: Clock = systemClock) {}

  /** The wheel of a clock: there is one for all servers and clients that live by it. */
  static of(clock: Clock = systemClock): TimingWheel {
    let wheel = wheels.get(clock);
    if (wheel === undefined) {
      wheel = new TimingWheel(clock);
      wheels.set(clock, wheel);
    }
    return wheel;
  }

  /** Milliseconds on the wheel's clock. */
  now(): number {
    return this.clock.now();
  }

  /** Sets a deadline, or sets it anew; one that is `Infinity` away is never due. */
  arm(deadline: Deadline, delayMs: number): void {
    if (delayMs === Infinity) return this.disarm(deadline);
    if (this.isArmed(deadline)) unlink(deadline);
    else this.armed++;
    if (this.timer === null) {
      this.tick = Math.floor(this.clock.now() / WHEEL_TICK_MS);
      this.schedule();
    }
    deadline.at = Math.ceil(this.clock.now() + delayMs);
    this.link(deadline);
  }

  /**
   * Moves a deadline away from now: what a sign of life does. It stays where it hangs and is looked at again when its old
   * moment comes, so that this costs one store. A disarmed deadline is armed.
   */
  postpone(deadline: Deadline, delayMs: number): void {
    const at = Math.ceil(this.clock.now() + delayMs);
    if (this.isArmed(deadline) && at >= deadline.at && at !== Infinity) deadline.at = at;
    else this.arm(deadline, delayMs);
  }

  disarm(deadline: Deadline): void {
    if (!this.isArmed(deadline)) return;
    unlink(deadline);
    this.armed--;
    if (this.armed === 0) {
      this.timer?.cancel();
      this.timer = null;
    }
  }

  isArmed(deadline: Deadline): boolean {
    return deadline.next !== null;
  }

  private link(deadline: Deadline): void {
    // A slot that has been visited is not visited again for a revolution: what is due at once waits for the next tick.
    const tick = Math.max(Math.ceil(deadline.at / WHEEL_TICK_MS), this.tick + 1);
    const slot = this.slots[tick % SLOTS] as Slot;
    deadline.previous = slot.previous;
    deadline.next = slot;
    slot.previous.next = deadline;
    slot.previous = deadline;
  }

  /** Ticks come at multiples of a tick: ones that were counted from the last would be late for what is due at theirs. */
  private schedule(): void {
    // A callback that disarmed the last deadline and armed another has started the timer already.
    this.timer?.cancel();
    const now = this.clock.now();
    const next = (Math.floor(now / WHEEL_TICK_MS) + 1) * WHEEL_TICK_MS;
    this.timer = this.clock.schedule(() => this.onTick(), next - now);
  }

  private onTick(): void {
    const current = Math.floor(this.clock.now() / WHEEL_TICK_MS);
    // After a long stall one turn of the wheel visits every slot; more would visit them again.
    this.tick = Math.max(this.tick, current - SLOTS);
    while (this.tick < current) {
      this.tick++;
      this.visit(this.slots[this.tick % SLOTS] as Slot);
    }
    if (this.armed > 0) this.schedule();
    else this.timer = null;
  }

  private visit(slot: Slot): void {
    const now = this.clock.now();
    // What is due may disarm its neighbours, so the list is taken off and emptied from its head.
    const due = new Slot();
    if (slot.next === slot) return;
    due.next = slot.next;
    due.previous = slot.previous;
    due.next.previous = due;
    due.previous.next = due;
    slot.next = slot;
    slot.previous = slot;
    while (due.next !== due) {
      const deadline = due.next;
      unlink(deadline);
      if (deadline.at > now) {
        this.link(deadline);
      } else {
        this.armed--;
        deadline.onDeadline();
      }
    }
  }
}

function unlink(deadline: Deadline): void {
  (deadline.previous as Deadline).next = deadline.next;
  (deadline.next as Deadline).previous = deadline.previous;
  deadline.next = null;
  deadline.previous = null;
}
