import type { Route } from '../message/route-table.js';

/** How many messages may come: so many a second on the long run, so many at once. `@Cost()` says which count for several. */
export interface RateRule {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * One rule's state for one connection: the "generic cell rate algorithm" (ITU-T I.371). What has been let in is paid for at an even
 * pace; how far ahead of the clock that reaches is all that has to be known.
 */
export class RateMeter {
  private paidUntil = 0;

  constructor(private readonly rule: RateRule) {}

  /**
   * @param now - milliseconds.
   * @returns 0 where it may come in; else in how many milliseconds it might. What is refused costs nothing.
   */
  take(cost: number, now: number): number {
    const msEach = 1000 / this.rule.perSecond;
    const paidUntil = Math.max(this.paidUntil, now) + cost * msEach;
    // Half a microsecond for what was rounded.
    const ahead = paidUntil - now - this.rule.burst * msEach;
    if (ahead > 0.0005) return Math.ceil(ahead);
    this.paidUntil = paidUntil;
    return 0;
  }
}

/** What one connection sends, against the limit for all of its messages and those of single codes. */
export class MessageRates {
  private readonly overall: RateMeter | undefined;
  private further: Map<RateRule, RateMeter> | undefined = undefined;

  /** @param rule - for all of its messages; `undefined` for no limit. */
  constructor(rule: RateRule | undefined) {
    if (rule !== undefined) this.overall = new RateMeter(rule);
  }

  /** @returns 0 where a message may be handled; else in how many milliseconds it might. */
  take(route: Route | undefined, now: number): number {
    const cost = route?.plan.cost ?? 1;
    const rule = route?.plan.rate;
    if (rule !== undefined) {
      const meters = (this.further ??= new Map<RateRule, RateMeter>());
      let meter = meters.get(rule);
      if (meter === undefined) meters.set(rule, (meter = new RateMeter(rule)));
      const wait = meter.take(cost, now);
      if (wait > 0) return wait;
    }
    return this.overall?.take(cost, now) ?? 0;
  }
}
