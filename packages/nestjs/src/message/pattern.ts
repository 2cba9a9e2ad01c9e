import type { SendOptions } from '@nestwire/engine';
import { type AnyContractEntry, isCode, isContractEntry, MAX_CODE, type PushOf, type SentOf } from '@nestwire/envelope';

/** What stands for a code: itself, or a contract's entry. */
export type CodeOrEntry = number | AnyContractEntry;

/** What may be pushed under a code, or an entry of a contract, whose schema says it. */
export type PushData<To extends CodeOrEntry> = To extends AnyContractEntry ? PushOf<To> : unknown;

/** What may be replied under a code, or an entry of a contract, whose schemas say it. */
export type ReplyData<To extends CodeOrEntry> = To extends AnyContractEntry ? SentOf<To> : unknown;

/** What is sent, which is left out where it may be `undefined`, and what becomes of it if the client reads too slowly. */
export type SendArguments<Data> = undefined extends Data
  ? [data?: Data, options?: SendOptions | undefined]
  : [data: Data, options?: SendOptions | undefined];

/** The code that `@SubscribeMessage()` was given, itself or as an entry of a contract; `undefined` for what is neither. */
export function codeOfPattern(pattern: unknown): number | undefined {
  const code = isContractEntry(pattern) ? pattern.code : pattern;
  return isCode(code) ? code : undefined;
}

/**
 * The code to send under.
 *
 * @throws RangeError for what stands for none.
 */
export function codeToSend(codeOrEntry: CodeOrEntry): number {
  const code = codeOfPattern(codeOrEntry);
  if (code === undefined) {
    throw new RangeError(
      `A code is an integer from 1 to ${String(MAX_CODE)}, or an entry of a contract, not ${String(codeOrEntry)}`,
    );
  }
  return code;
}
