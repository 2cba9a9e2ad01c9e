import { closeCodeEntry, ReconnectRule } from './close-codes.js';

/** A connection that lived for less has not proved that the next one will fare better. */
export const SHORT_LIFE_MS = 60_000;

/** What a client knows of the connection that has ended. */
export interface ConnectionPast {
  /** From its opening to its end, in milliseconds; 0 for one that never opened. */
  readonly livedMs: number;
  /** Whether it was the one try with a new token, after an end by `reauth`. @default false */
  readonly reauthenticated?: boolean;
}

/** What becomes of a rule: `now` is `backoff` after a life under 60 s, and `reauth` is `never` once it has been tried. */
export function ruleAfter(rule: ReconnectRule, { livedMs, reauthenticated = false }: ConnectionPast): ReconnectRule {
  // NaN is no life that was long enough.
  if (rule === ReconnectRule.Now && !(livedMs >= SHORT_LIFE_MS)) return ReconnectRule.Backoff;
  if (rule === ReconnectRule.Reauth && reauthenticated) return ReconnectRule.Never;
  return rule;
}

/**
 * What a client does next, when a connection of which this is known was closed with the code. Where the application has codes
 * of its own, ask its {@link CloseCodeRegistry}.
 */
export function reconnectRule(code: number, past: ConnectionPast): ReconnectRule {
  return ruleAfter(closeCodeEntry(code).client, past);
}
