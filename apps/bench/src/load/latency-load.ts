import { createHistogram, performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { counted } from './counted.js';
import type { LatencyTask, LoadOutcome, Mark, Target } from './load-task.js';
import { Traffic, type TrafficConnection } from './traffic.js';

const NANOSECONDS_IN_MS = 1e6;

/** More than this many under way on one connection, and the server is not keeping up with half of its own pace. */
const MOST_UNDER_WAY = 1024;

/** When the messages of one connection were due, the oldest first. */
class DueTimes {
  private readonly times: number[] = [];
  private head = 0;

  push(time: number): void {
    this.times.push(time);
  }

  shift(): number {
    const time = this.times[this.head++] as number;
    if (this.head > MOST_UNDER_WAY) {
      this.times.splice(0, this.head);
      this.head = 0;
    }
    return time;
  }

  get length(): number {
    return this.times.length - this.head;
  }
}

/**
 * First finds out how much the server can do, then gives it half of that at a steady pace, whatever it takes for an answer: who waits
 * with the next message until the last is answered does not see how long everybody else would have waited.
 */
export async function loadAtHalf(task: LatencyTask, target: Target, mark: Mark): Promise<LoadOutcome> {
  const { warmUpMs, ms, connections } = task;
  const traffic = new Traffic(task, 1);
  const due = new Map<TrafficConnection, DueTimes>();
  const histogram = createHistogram();
  let saturating = true;
  let recording = false;
  try {
    await traffic.open(target, (connection, replies) => {
      if (saturating) return connection.send(1);
      const now = performance.now();
      const times = due.get(connection) as DueTimes;
      for (let i = 0; i < replies && times.length > 0; i++) {
        const nanoseconds = Math.round((now - times.shift()) * NANOSECONDS_IN_MS);
        if (recording) histogram.record(Math.max(1, nanoseconds));
      }
    });
    for (const connection of traffic.connections) {
      due.set(connection, new DueTimes());
      connection.send(1);
    }
    await traffic.warmUp(warmUpMs);
    const saturated = await traffic.during(
      counted(
        () => Promise.resolve(),
        ms / 2,
        () => traffic.replies,
      ),
    );
    // What is under way is answered before the pace begins.
    saturating = false;
    await traffic.during(quiet(traffic, connections));

    const pace = new Pace(traffic.connections, due, saturated.perSecond / 2);
    pace.start();
    await traffic.during(delay(Math.min(warmUpMs, 200)));
    recording = true;
    const { loadCpu, perSecond } = await traffic.during(counted(mark, ms, () => traffic.replies));
    pace.stop();
    const microseconds = (percentile: number): number => histogram.percentile(percentile) / 1000;
    return {
      values: { p50: microseconds(50), p99: microseconds(99), rate: perSecond },
      loadCpu,
      replies: traffic.replies,
      checked: traffic.check.checked,
    };
  } finally {
    traffic.close();
  }
}

async function quiet(traffic: Traffic, connections: number): Promise<void> {
  const sent = (): number => traffic.connections.reduce((sum, { place, reader }) => sum + place - reader.place, 0);
  for (let i = 0; i < 100 * connections && sent() > 0; i++) await delay(1);
}

/** Sends what is due, once a turn of the event loop; timers of a millisecond would send in bursts. */
class Pace {
  private running = false;
  private next = 0;
  private dueAt = 0;
  private readonly everyMs: number;

  constructor(
    private readonly connections: readonly TrafficConnection[],
    private readonly due: ReadonlyMap<TrafficConnection, DueTimes>,
    perSecond: number,
  ) {
    this.everyMs = 1000 / Math.max(1, perSecond);
  }

  start(): void {
    this.running = true;
    this.dueAt = performance.now();
    this.turn();
  }

  stop(): void {
    this.running = false;
  }

  private turn(): void {
    if (!this.running) return;
    const now = performance.now();
    for (; this.dueAt <= now; this.dueAt += this.everyMs) {
      const connection = this.connections[this.next++ % this.connections.length] as TrafficConnection;
      const times = this.due.get(connection) as DueTimes;
      if (times.length >= MOST_UNDER_WAY) continue;
      times.push(this.dueAt);
      connection.send(1);
    }
    setImmediate(() => this.turn());
  }
}
