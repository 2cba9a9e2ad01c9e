import { NestwireCloseCode } from '@nestwire/envelope';
import { RepeatCounter } from './repeat-counter.js';
import type { ResolvedOptions } from '../nestwire.options.js';

/** What is answered with an `error`, and ends the connection when it is repeated. */
export const MessageViolation = {
  Malformed: 'malformed',
  Forged: 'forged',
  TooMany: 'too-many',
} as const;

export type MessageViolation = (typeof MessageViolation)[keyof typeof MessageViolation];

interface Tolerance {
  readonly limit: 'maxMalformedMessages' | 'maxForgedMessages' | 'maxExcessMessages';
  readonly closeCode: number;
  readonly closeReason: string;
}

const TOLERANCES: Readonly<Record<MessageViolation, Tolerance>> = {
  [MessageViolation.Malformed]: {
    limit: 'maxMalformedMessages',
    closeCode: NestwireCloseCode.Malformed,
    closeReason: 'too many malformed messages',
  },
  [MessageViolation.Forged]: {
    limit: 'maxForgedMessages',
    closeCode: NestwireCloseCode.Forbidden,
    closeReason: 'too many messages in another name',
  },
  [MessageViolation.TooMany]: {
    limit: 'maxExcessMessages',
    closeCode: NestwireCloseCode.TooManyMessages,
    closeReason: 'too many messages',
  },
};

/** What one client has done wrong lately. */
export class Violations {
  private readonly counters = new Map<MessageViolation, RepeatCounter>();

  constructor(private readonly options: ResolvedOptions) {}

  /** Another one. @returns how the connection ends, if this is one too many of its kind. */
  count(violation: MessageViolation, now: number): Tolerance | undefined {
    const tolerance = TOLERANCES[violation];
    let counter = this.counters.get(violation);
    if (counter === undefined) {
      counter = new RepeatCounter(this.options[tolerance.limit]);
      this.counters.set(violation, counter);
    }
    return counter.isTooOften(now) ? tolerance : undefined;
  }
}
