import { describe, expect, it } from '@jest/globals';
import { TimingWheel } from '@nestwire/engine';
import { ManualClock } from '@nestwire/test-support';
import { type HandlingPlan, IN_ORDER } from '../message/handling-plan.js';
import { MessageQueue, type QueuedMessage } from './message-queue.js';

const SIDE_BY_SIDE: HandlingPlan = { limit: 3, ordered: true, timeoutMs: undefined, cost: 1, rate: undefined };
const TWO: HandlingPlan = { limit: 2, ordered: true, timeoutMs: undefined, cost: 1, rate: undefined };
const UNORDERED: HandlingPlan = { limit: 2, ordered: false, timeoutMs: undefined, cost: 1, rate: undefined };

class Message implements QueuedMessage {
  dueAt = Infinity;
  isFree = false;
  holding = false;
  readonly size = 10;

  constructor(
    readonly name: string,
    readonly plan: HandlingPlan,
    private readonly events: string[],
  ) {}

  release(): void {
    this.holding = false;
    this.events.push(`release ${this.name}`);
  }
}

/** A queue whose work ends when the test says so; what happens is in `events`. */
class Bench {
  readonly events: string[] = [];
  readonly clock = new ManualClock();
  readonly queue = new MessageQueue<Message>(
    {
      handle: (message) => {
        this.events.push(`begin ${message.name}`);
        if (this.instant) this.queue.free(message);
      },
      expire: (message) => {
        this.events.push(`expire ${message.name}`);
        this.queue.free(message);
      },
    },
    new TimingWheel(this.clock),
    30_000,
  );
  instant = false;

  constructor() {
    this.queue.release();
  }

  push(plan: HandlingPlan, ...names: string[]): Message[] {
    const messages = names.map((name) => new Message(name, plan, this.events));
    for (const message of messages) this.queue.push(message);
    return messages;
  }

  /** What has happened since the last call. */
  take(): string[] {
    return this.events.splice(0);
  }
}

describe("A connection's queue", () => {
  it('lets nothing begin before it is released', () => {
    const bench = new Bench();
    const queue = new MessageQueue<Message>(
      { handle: () => bench.events.push('begin'), expire: () => undefined },
      new TimingWheel(bench.clock),
      1000,
    );
    queue.push(new Message('a', IN_ORDER, []));
    queue.push(new Message('b', UNORDERED, []));
    expect(bench.take()).toEqual([]);
    queue.release();
    expect(bench.take()).toEqual(['begin', 'begin']);
  });

  it('lets one begin when the one before it has finished', () => {
    const bench = new Bench();
    const [a, b] = bench.push(IN_ORDER, 'a', 'b', 'c') as [Message, Message];
    expect(bench.take()).toEqual(['begin a']);
    bench.queue.free(a);
    bench.queue.free(a);
    expect(bench.take()).toEqual(['begin b']);
    bench.queue.free(b);
    expect(bench.take()).toEqual(['begin c']);
  });

  it('takes up ten thousand that finish at once without a deep stack', () => {
    const bench = new Bench();
    const [first] = bench.push(IN_ORDER, 'first') as [Message];
    bench.push(IN_ORDER, ...Array.from({ length: 10_000 }, (_, i) => String(i)));
    bench.instant = true;
    bench.queue.free(first);
    expect(bench.take()).toHaveLength(10_001);
  });

  describe('with a limit above 1', () => {
    it('lets so many work, begins them in order, and holds back all answers but the first', () => {
      const bench = new Bench();
      const [a, b, c, d] = bench.push(SIDE_BY_SIDE, 'a', 'b', 'c', 'd') as [Message, Message, Message, Message];
      expect(bench.take()).toEqual(['begin a', 'begin b', 'begin c']);
      expect([a, b, c].map(({ holding }) => holding)).toEqual([false, true, true]);
      bench.queue.free(c);
      expect(bench.take()).toEqual(['begin d']);
      bench.queue.free(b);
      expect(bench.take()).toEqual([]);
      bench.queue.free(a);
      expect(bench.take()).toEqual(['release b', 'release c', 'release d']);
      expect(d.holding).toBe(false);
    });

    it('counts all at work towards the limit of the next, whatever their own', () => {
      const bench = new Bench();
      const [a] = bench.push(SIDE_BY_SIDE, 'a', 'b') as [Message];
      bench.push(TWO, 'two');
      bench.push(SIDE_BY_SIDE, 'behind');
      expect(bench.take()).toEqual(['begin a', 'begin b']);
      bench.queue.free(a);
      expect(bench.take()).toEqual(['release b', 'begin two', 'begin behind']);
    });

    it('has one without a limit work alone: after all before it, and before all behind it', () => {
      const bench = new Bench();
      const [a, b] = bench.push(SIDE_BY_SIDE, 'a', 'b') as [Message, Message];
      const [alone] = bench.push(IN_ORDER, 'alone') as [Message];
      bench.push(SIDE_BY_SIDE, 'c', 'd');
      bench.queue.free(a);
      expect(bench.take()).toEqual(['begin a', 'begin b', 'release b']);
      bench.queue.free(b);
      expect(bench.take()).toEqual(['begin alone']);
      expect(alone.holding).toBe(false);
      bench.queue.free(alone);
      expect(bench.take()).toEqual(['begin c', 'begin d']);
    });
  });

  describe('for what is unordered', () => {
    it('waits for nothing but its own kind', () => {
      const bench = new Bench();
      bench.push(IN_ORDER, 'long', 'behind');
      const [a, b] = bench.push(UNORDERED, 'a', 'b', 'c') as [Message, Message];
      expect(bench.take()).toEqual(['begin long', 'begin a', 'begin b']);
      expect(b.holding).toBe(false);
      bench.queue.free(b);
      expect(bench.take()).toEqual(['begin c']);
      bench.queue.free(a);
      expect(bench.take()).toEqual([]);
    });

    it('keeps the ordered ones from nothing', () => {
      const bench = new Bench();
      bench.push(UNORDERED, 'a', 'b');
      bench.push(IN_ORDER, 'ordered');
      expect(bench.take()).toEqual(['begin a', 'begin b', 'begin ordered']);
    });
  });

  describe('counts what waits', () => {
    it('in messages and bytes, and answers that are held', () => {
      const { queue, ...bench } = new Bench();
      expect([queue.length, queue.bytes]).toEqual([0, 0]);
      for (const name of ['a', 'b', 'c']) queue.push(new Message(name, IN_ORDER, bench.events));
      queue.push(new Message('d', UNORDERED, bench.events));
      expect([queue.length, queue.bytes]).toEqual([2, 20]);
      queue.countHeld(5);
      expect([queue.length, queue.bytes]).toEqual([3, 25]);
      queue.countReleased(1, 5);
      queue.clear();
      expect([queue.length, queue.bytes]).toEqual([0, 0]);
    });

    it('and says when nothing waits and nothing works', () => {
      const bench = new Bench();
      const [a] = bench.push(IN_ORDER, 'a') as [Message];
      bench.queue.whenIdle(() => bench.events.push('idle'));
      expect(bench.take()).toEqual(['begin a']);
      bench.queue.free(a);
      expect(bench.take()).toEqual(['idle']);
      bench.queue.whenIdle(() => bench.events.push('idle'));
      expect(bench.take()).toEqual(['idle']);
    });
  });

  describe('is the deadline of its handlers', () => {
    it('for each of them its own, with one entry on the wheel', () => {
      const bench = new Bench();
      bench.push({ ...SIDE_BY_SIDE, timeoutMs: 1000 }, 'short');
      bench.push(SIDE_BY_SIDE, 'long');
      bench.push({ ...SIDE_BY_SIDE, timeoutMs: Infinity }, 'ever');
      expect(bench.clock.scheduled).toBe(1);
      bench.take();
      bench.clock.advance(900);
      expect(bench.take()).toEqual([]);
      bench.clock.advance(200);
      expect(bench.take()).toEqual(['expire short', 'release long']);
      bench.clock.advance(28_800);
      expect(bench.take()).toEqual([]);
      bench.clock.advance(200);
      expect(bench.take()).toEqual(['expire long', 'release ever']);
      bench.clock.advance(1_000_000);
      expect(bench.take()).toEqual([]);
    });

    it('counted from when each began, not from when it came', () => {
      const bench = new Bench();
      const [a] = bench.push(IN_ORDER, 'a', 'b') as [Message];
      bench.clock.advance(29_000);
      bench.queue.free(a);
      bench.take();
      bench.clock.advance(29_900);
      expect(bench.take()).toEqual([]);
      bench.clock.advance(200);
      expect(bench.take()).toEqual(['expire b']);
    });

    it('which none needs that is answered at once', () => {
      const bench = new Bench();
      bench.instant = true;
      bench.push(IN_ORDER, 'a');
      bench.push(UNORDERED, 'b');
      expect(bench.clock.scheduled).toBe(0);
      bench.instant = false;
      bench.push(IN_ORDER, 'c');
      expect(bench.clock.scheduled).toBe(1);
      bench.take();
      bench.clock.advance(30_100);
      expect(bench.take()).toEqual(['expire c']);
    });

    it('and lets go of the wheel when nothing is at work', () => {
      const bench = new Bench();
      const [a] = bench.push(IN_ORDER, 'a') as [Message];
      bench.queue.free(a);
      bench.clock.advance(30_100);
      expect(bench.clock.scheduled).toBe(0);
    });

    it.each([
      ['has become idle', (queue: Bench['queue']) => queue.whenIdle(() => undefined)],
      ['is cleared', (queue: Bench['queue']) => queue.clear()],
    ])('and at once where the connection is over, and its queue %s', (_how, end) => {
      const bench = new Bench();
      const [a] = bench.push(IN_ORDER, 'a') as [Message];
      bench.queue.free(a);
      expect(bench.clock.scheduled).toBe(1);
      end(bench.queue);
      expect(bench.clock.scheduled).toBe(0);
    });

    it('but not while something is at work', () => {
      const bench = new Bench();
      bench.push(IN_ORDER, 'a');
      bench.queue.clear();
      bench.take();
      bench.clock.advance(30_100);
      expect(bench.take()).toEqual(['expire a']);
    });
  });
});
