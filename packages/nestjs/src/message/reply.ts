import { isCode } from '@nestwire/envelope';

/**
 * A handler's answer under another code than the request's.
 *
 * ```ts
 * return new Reply(1002, { welcome: true });
 * ```
 */
export class Reply {
  /** @throws RangeError for a code that is no integer from 1 to 2147483647. */
  constructor(
    readonly code: number,
    readonly data?: unknown,
  ) {
    if (!isCode(code)) throw new RangeError(`A code is an integer from 1 to 2147483647, not ${String(code)}`);
  }
}
