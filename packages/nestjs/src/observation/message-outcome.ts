import { outcomeOf } from '../exceptions/outcome.js';
import type { NestwireMessage } from '../message/nestwire-message.js';

/** What came of a message. */
export interface MessageOutcome {
  /**
   * `'ok'`, also without an answer; `'stream'`, which goes on; `'error'`; `'late'`: past its handler's deadline; `'close'`: it ended its
   * connection.
   */
  readonly kind: 'ok' | 'stream' | 'error' | 'late' | 'close';
  /** The status of the `error`; `undefined` where there is none. */
  readonly status: number | undefined;
  /** What was thrown, if something was. */
  readonly exception: unknown;
}

const OK: MessageOutcome = { kind: 'ok', status: undefined, exception: undefined };
const STREAM: MessageOutcome = { kind: 'stream', status: undefined, exception: undefined };
const LATE: MessageOutcome = { kind: 'late', status: 503, exception: undefined };

/** What has come of a message so far. */
export function messageOutcomeOf({ expired, failure, errorStatus, streams }: NestwireMessage): MessageOutcome {
  if (expired) return LATE;
  if (failure !== undefined) {
    const { exception } = failure;
    const outcome = outcomeOf(exception);
    if (outcome.kind === 'close') return { kind: 'close', status: undefined, exception };
    return { kind: 'error', status: errorStatus === 0 ? outcome.error.status : errorStatus, exception };
  }
  if (errorStatus !== 0) return { kind: 'error', status: errorStatus, exception: undefined };
  return streams ? STREAM : OK;
}
