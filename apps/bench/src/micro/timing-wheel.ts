import { Deadline, TimingWheel } from '@nestwire/engine';
import { bench, do_not_optimize } from 'mitata';

class Never extends Deadline {
  override onDeadline(): void {
    throw new Error('It is an hour away');
  }
}

const HOUR_MS = 3_600_000;

/** What a sign of life costs, with many others on the wheel. */
export function benchWheel(): void {
  const wheel = new TimingWheel();
  const deadlines = Array.from({ length: 10_000 }, () => new Never());
  for (const deadline of deadlines) wheel.arm(deadline, HOUR_MS);
  let next = 0;
  bench('timing wheel: postpone one of 10,000', () => {
    wheel.postpone(deadlines[next++ % deadlines.length] as Never, HOUR_MS);
    return do_not_optimize(next);
  });
  bench('timing wheel: disarm and arm one of 10,000', () => {
    const deadline = deadlines[next++ % deadlines.length] as Never;
    wheel.disarm(deadline);
    wheel.arm(deadline, HOUR_MS);
    return do_not_optimize(next);
  });
}
