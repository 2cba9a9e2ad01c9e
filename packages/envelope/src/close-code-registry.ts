import { CLOSE_CODES, type CloseCodeEntry, closeCodeEntry, ReconnectRule } from './close-codes.js';
import { type ConnectionPast, ruleAfter } from './reconnect-rule.js';

/** A close code of the application's own. */
export interface OwnCloseCode {
  /** 4000–4399 or 4500–4999; 4400–4499 are Nestwire's. */
  readonly code: number;
  /** What a client does next. @default backoff */
  readonly client?: ReconnectRule;
  /** When it is used, in one line. @default its name */
  readonly meaning?: string;
}

/** Names and their close codes, as in {@link NestwireCloseCode}. */
type CodesOf<Own extends Readonly<Record<string, OwnCloseCode>>> = { readonly [Name in keyof Own]: Own[Name]['code'] };

/**
 * All close codes that an application may meet: those of RFC 6455 and Nestwire's, and its own. Make one where both the server
 * and its clients can import it.
 */
export class CloseCodeRegistry<Own extends Readonly<Record<string, OwnCloseCode>> = Record<never, OwnCloseCode>> {
  /** The application's own codes, by name. */
  readonly code: CodesOf<Own>;
  private readonly own = new Map<number, CloseCodeEntry>();

  /** @throws RangeError for a code that is not the application's; Error for a code or a name that is taken. */
  constructor(own: Own) {
    const taken = new Set(CLOSE_CODES.map(({ name }) => name));
    const codes: Record<string, number> = {};
    for (const [name, { code, client = ReconnectRule.Backoff, meaning = name }] of Object.entries(own)) {
      if (!isOwnCode(code)) {
        throw new RangeError(`The close code ${name} is ${String(code)}: an application has 4000–4399 and 4500–4999`);
      }
      if (!RULES.has(client)) {
        throw new RangeError(`The rule of ${name} is ${String(client)}: use ${[...RULES].join(', ')}`);
      }
      if (taken.has(name)) throw new Error(`${name} is the name of a close code already: give yours another`);
      const other = this.own.get(code);
      if (other !== undefined) {
        throw new Error(`${other.name} and ${name} are both ${String(code)}: give one of them another code`);
      }
      codes[name] = code;
      this.own.set(code, { code, name, meaning, sender: 'both', client });
    }
    this.code = codes as CodesOf<Own>;
  }

  /** Every code that has a name, in order. */
  get entries(): readonly CloseCodeEntry[] {
    return [...CLOSE_CODES, ...this.own.values()].sort((a, b) => a.code - b.code);
  }

  /** The entry of any code; one that nobody named is `backoff`. */
  entry(code: number): CloseCodeEntry {
    return this.own.get(code) ?? closeCodeEntry(code);
  }

  /** What a client does next, when a connection of which this is known was closed with the code. */
  reconnectRule(code: number, past: ConnectionPast): ReconnectRule {
    return ruleAfter(this.entry(code).client, past);
  }
}

const RULES: ReadonlySet<string> = new Set(Object.values(ReconnectRule));

/**
 * The application's own close codes, with their names and what a client does next.
 *
 * ```ts
 * export const closeCodes = defineCloseCodes({
 *   RoomClosed: { code: 4000, client: 'never', meaning: 'the room has closed' },
 * });
 * closeCodes.code.RoomClosed; // 4000
 * ```
 *
 * @throws RangeError for a code that is not the application's; Error for a code or a name that is taken.
 */
export function defineCloseCodes<const Own extends Readonly<Record<string, OwnCloseCode>>>(
  own: Own,
): CloseCodeRegistry<Own> {
  return new CloseCodeRegistry(own);
}

function isOwnCode(code: number): boolean {
  return Number.isInteger(code) && ((code >= 4000 && code <= 4399) || (code >= 4500 && code <= 4999));
}
