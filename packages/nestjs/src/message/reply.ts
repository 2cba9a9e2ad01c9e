import type { DataArgument } from '@nestwire/envelope';
import { type CodeOrEntry, codeToSend, type ReplyData } from './pattern.js';

/**
 * A handler's answer under another code than the request's.
 *
 * ```ts
 * return new Reply(1002, { welcome: true });
 * return new Reply(chat.welcome, { text: 'hello' });
 * ```
 */
export class Reply<To extends CodeOrEntry = CodeOrEntry> {
  readonly code: number;
  readonly data: ReplyData<To> | undefined;

  /** @throws RangeError for a code that is no integer from 1 to 2147483647. */
  constructor(to: To, ...[data]: DataArgument<ReplyData<To>>) {
    this.code = codeToSend(to);
    this.data = data;
  }
}
