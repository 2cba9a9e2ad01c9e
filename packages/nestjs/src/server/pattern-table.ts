import { isCode, MAX_CODE } from '@nestwire/envelope';
import { codeOfPattern } from '../message/pattern.js';

/** A code written out as an event: what clients of `{event, data}` may send for a number. */
const DECIMAL = /^[1-9][0-9]{0,9}$/;

/**
 * What `@SubscribeMessage()` was given – a pattern, in Nest's word – and the code that it means: the one place that knows. A code is
 * itself, a contract's entry its own, and so is one written out (`'1001'`). Where events have names, each gets a code of its own, from the largest one down, so
 * that it meets none that people choose; which one it is means nothing to anybody else.
 */
export class PatternTable {
  private readonly named = new Map<string, number>();

  /** @param patterns - all of the application's. @param names - whether an event may be a name. */
  constructor(
    patterns: readonly unknown[],
    private readonly names: boolean,
  ) {
    if (!names) return;
    const taken = new Set(patterns.map((pattern) => this.codeOf(pattern)));
    let code = MAX_CODE;
    for (const pattern of patterns) {
      if (typeof pattern !== 'string' || this.codeOf(pattern) !== undefined) continue;
      while (taken.has(code)) code--;
      this.named.set(pattern, code--);
    }
  }

  /** The code that a pattern means; `undefined` for what is none. */
  codeOf(pattern: unknown): number | undefined {
    if (!this.names || typeof pattern !== 'string') return codeOfPattern(pattern);
    const code = DECIMAL.test(pattern) ? Number(pattern) : undefined;
    return isCode(code) ? code : this.named.get(pattern);
  }

  /** The codes of a gateway's patterns, without what is none. */
  codesOf(patterns: Iterable<unknown>): ReadonlySet<number> {
    return new Set([...patterns].map((pattern) => this.codeOf(pattern)).filter((code) => code !== undefined));
  }

  /** What to say of a pattern that is no code. */
  get advice(): string {
    const code = 'use @SubscribeMessage() with a code from 1 to 2147483647, or with an entry of a contract';
    return this.names ? `${code}, or with a string` : `${code}; for events by name there is preset: 'platform-ws'`;
  }

  /** The events that have names, with their codes. */
  get events(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.named);
  }
}
