import { checkSendOptions, type SendOptions } from '@nestwire/engine';
import { type CodeOrEntry, codeToSend, type ReplyData, type SendArguments } from './pattern.js';

/**
 * A handler's answer under another code than the request's, or with a word on what becomes of it if the client reads too slowly.
 *
 * ```ts
 * return new Reply(1002, { welcome: true });
 * return new Reply(chat.welcome, { text: 'hello' });
 * return prices.pipe(map((price) => new Reply(2001, price, { slowConsumer: 'keep-newest', key: price.symbol })));
 * ```
 */
export class Reply<To extends CodeOrEntry = CodeOrEntry> {
  readonly code: number;
  readonly data: ReplyData<To> | undefined;
  readonly options: SendOptions | undefined;

  /**
   * @throws RangeError for a code that is no integer from 1 to 2147483647, or a policy that is none.
   * @throws TypeError for a key that is no string.
   */
  constructor(to: To, ...[data, options]: SendArguments<ReplyData<To>>) {
    this.code = codeToSend(to);
    this.data = data;
    if (options !== undefined) checkSendOptions(options);
    this.options = options;
  }
}
