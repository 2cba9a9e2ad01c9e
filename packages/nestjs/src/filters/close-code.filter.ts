import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { BaseWsExceptionFilter, WsException } from '@nestjs/websockets';
import { buildCloseReason, type CloseReason, fitCloseReason } from '@nestwire/envelope';
import { CloseConnectionException } from '../exceptions/close-connection.exception.js';
import { CLOSE_CODE_OF_STATUS, isGuardDenial, type Outcome, outcomeOf } from '../exceptions/outcome.js';
import { NestwireMessage } from '../message/nestwire-message.js';

type ExceptionClass = abstract new (...args: never[]) => object;

/**
 * Which exceptions a rule is for: those of a class; those that carry an HTTP status, as an `HttpException` does, or a `WsException`
 * with an object; or those that a function says yes to. A guard that returns false has a 403, like one that throws a
 * `ForbiddenException`; where only the second is to close, name the class.
 */
export type ExceptionMatch = ExceptionClass | number | ((exception: unknown) => boolean);

/** Exceptions, and what becomes of them: the end of the connection, or an `error`. `[when, close]` is short for the first. */
export type CloseCodeRule =
  | readonly [when: ExceptionMatch, close: number]
  | {
      readonly when: ExceptionMatch;
      /** The close code; one that a server may send. */
      readonly close: number;
      /**
       * The close reason, 123 bytes of UTF-8 at most. Without it, it is the exception's own message, as much of it as fits:
       * for an exception whose message is not for the peer, say another.
       */
      readonly reason?: string | CloseReason;
    }
  | {
      readonly when: ExceptionMatch;
      /** The `error`'s status, 400–599. */
      readonly error: number;
      /** @default the exception's own message: for one that is not for the peer, say another */
      readonly message?: string;
    };

type Decision =
  | { readonly when: ExceptionMatch; readonly close: number; readonly reason: string | undefined }
  | { readonly when: ExceptionMatch; readonly error: number; readonly message: string | undefined };

/** Rules for the HTTP statuses that have a close code of their own; to be put behind the rules that are yours. */
export const CLOSE_BY_STATUS: readonly CloseCodeRule[] = [...CLOSE_CODE_OF_STATUS];

/** Nest's own answer, for those who expect it. */
const NEST = new BaseWsExceptionFilter();

/**
 * Turns exceptions into close codes, or into `error`s of another status, by a table; the first rule that fits decides. What no rule
 * fits is answered as if there were no filter. A `CloseConnectionException` says itself what it means, and is not looked up. The
 * rules are for what guards, pipes, interceptors, handlers and their streams throw, and, where the filter is a gateway's, for its
 * `handleConnection`. It catches all, so, as ever in Nest, it stands *before* filters that catch some.
 *
 * ```ts
 * @UseFilters(new CloseCodeFilter([
 *   [RoomClosedError, 4000],
 *   { when: BannedError, close: 4403, reason: 'banned' },
 *   { when: (exception) => exception instanceof QueryError && exception.retriable, error: 503, message: 'try again' },
 *   ...CLOSE_BY_STATUS,
 * ]))
 * ```
 */
@Catch()
export class CloseCodeFilter implements ExceptionFilter {
  private readonly rules: readonly Decision[];

  /** @throws RangeError for a code that a server may not send, a longer reason, or a status that is no error. */
  constructor(rules: readonly CloseCodeRule[]) {
    this.rules = rules.map(checkRule);
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const outcome = this.outcomeOf(exception);
    const message = NestwireMessage.of(host);
    if (outcome?.kind === 'close') message?.close(outcome.closeCode, outcome.closeReason);
    else if (outcome?.kind === 'error') message?.error(outcome.error);
    // To others, it is the adapter that answers for what no rule fits.
    else if (message?.client.codec.bare === true) NEST.catch(exception, host);
  }

  /** What an exception means by this table; `undefined` if no rule fits. */
  outcomeOf(exception: unknown): Outcome | undefined {
    const outcome = outcomeOf(exception);
    if (outcome.kind === 'close') return undefined;
    const status = carriesStatus(exception) ? outcome.error.status : undefined;
    const rule = this.rules.find(({ when }) => fits(exception, when, status));
    if (rule === undefined) return undefined;
    const text = status === undefined ? messageOf(exception) : outcome.error.message;
    if ('close' in rule)
      return { kind: 'close', closeCode: rule.close, closeReason: rule.reason ?? fitCloseReason(text) };
    return {
      kind: 'error',
      error: { ...outcome.error, status: rule.error, message: rule.message ?? text },
      expected: true,
    };
  }
}

function checkRule(rule: CloseCodeRule): Decision {
  if (!('when' in rule)) return checkRule({ when: rule[0], close: rule[1] });
  const { when } = rule;
  if ('close' in rule) {
    const reason = typeof rule.reason === 'object' ? buildCloseReason(rule.reason) : rule.reason;
    return { when, close: new CloseConnectionException(rule.close, reason).closeCode, reason };
  }
  if (!Number.isInteger(rule.error) || rule.error < 400 || rule.error > 599) {
    throw new RangeError(`An error's status is an integer from 400 to 599, not ${String(rule.error)}`);
  }
  return { when, error: rule.error, message: rule.message };
}

function fits(exception: unknown, when: ExceptionMatch, status: number | undefined): boolean {
  if (typeof when === 'number') return status === when;
  return isClass(when) ? exception instanceof when : when(exception);
}

/** Functions that say yes or no can't be made instances of, or are no one's class; an exception's class is an Error, or a `class`. */
function isClass(when: ExceptionClass | ((exception: unknown) => boolean)): when is ExceptionClass {
  const { prototype } = when as { prototype?: unknown };
  if (prototype === undefined) return false;
  return (
    prototype === Error.prototype ||
    prototype instanceof Error ||
    /^class\b/.test(Function.prototype.toString.call(when))
  );
}

function carriesStatus(exception: unknown): boolean {
  if (exception instanceof HttpException || isGuardDenial(exception)) return true;
  return exception instanceof WsException && typeof exception.getError() === 'object';
}

function messageOf(exception: unknown): string {
  return exception instanceof Error ? exception.message : '';
}
