import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, type Type } from '@nestjs/common';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import { NestwireMessage } from '../message/nestwire-message.js';

/** Exceptions – by their class, or by their HTTP status – and the code that each closes the connection with. */
export type CloseCodeRule = readonly [when: Type<Error> | number, closeCode: number];

/**
 * Turns exceptions into close codes, by a table; the first rule that fits decides, and an exception's message becomes the
 * reason. What no rule fits is answered with an `error`, as if there were no filter. It catches all, so, as ever in Nest,
 * it stands *before* filters that catch some.
 *
 * ```ts
 * @UseFilters(new CloseCodeFilter([[RoomClosedError, 4000], [HttpStatus.FORBIDDEN, 4403]]))
 * ```
 */
@Catch()
export class CloseCodeFilter implements ExceptionFilter {
  private readonly rules: readonly (readonly [CloseCodeRule[0], CloseConnectionException])[];

  /** @throws RangeError for a code that a server may not send. */
  constructor(rules: readonly CloseCodeRule[]) {
    this.rules = rules.map(([when, closeCode]) => [when, new CloseConnectionException(closeCode)]);
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const rule = this.rules.find(([when]) => fits(exception, when));
    if (rule === undefined) return;
    const [, { closeCode }] = rule;
    NestwireMessage.of(host)?.client.close(closeCode, reasonOf(exception));
  }
}

function fits(exception: unknown, when: CloseCodeRule[0]): boolean {
  if (typeof when === 'number') return exception instanceof HttpException && exception.getStatus() === when;
  return exception instanceof when;
}

/** A close reason has 123 bytes; a UTF-16 unit becomes three of them at most. */
function reasonOf(exception: unknown): string {
  return exception instanceof Error ? exception.message.slice(0, 41) : '';
}
