import { CloseCode, type DrainOptions, Role, serializeCloseBody } from '@nestwire/engine';

/** How clients are sent away when the application ends. */
export interface ShutdownOptions {
  /**
   * The close code.
   * @default 1012, a restart, for SIGTERM; 1001, going away, for all else: SIGINT, and `app.close()` without a signal
   */
  readonly code?: number;
  /**
   * Over how many milliseconds clients are told to spread their return, where the code is 1012: `{"retryAfter":…}`, another for each.
   * @default 5000
   */
  readonly retryAfterMs?: number;
  /**
   * Over how many milliseconds the connections are closed, in batches of 50 at least. All of it has to fit into the time that an orchestrator
   * gives before it kills.
   * @default 10000
   */
  readonly durationMs?: number;
  /**
   * How long after that handlers at work, and messages that wait for them, may still take, in milliseconds, before their connection is
   * closed as it is.
   * @default 5000
   */
  readonly finishMs?: number;
}

const RETRY_AFTER_MS = 5000;

/** @throws RangeError for an option out of its range: now, not when the application ends. */
export function checkShutdown(options: ShutdownOptions = {}): ShutdownOptions {
  drainOf(options, undefined);
  for (const name of ['retryAfterMs', 'durationMs', 'finishMs'] as const) {
    const value: unknown = options[name] ?? 0;
    if (typeof value === 'number' && value >= 0 && value < Infinity) continue;
    throw new RangeError(`shutdown.${name} must be a number of milliseconds from 0; it is ${String(value)}`);
  }
  return options;
}

/**
 * What an engine's server is to do.
 *
 * @param signal - what ended the process, if a signal did.
 * @throws RangeError for a code that a server may not send.
 */
export function drainOf(
  { code: given, retryAfterMs = RETRY_AFTER_MS, durationMs, finishMs }: ShutdownOptions,
  signal: string | undefined,
): DrainOptions {
  const code = given ?? (signal === 'SIGTERM' ? CloseCode.ServiceRestart : CloseCode.GoingAway);
  serializeCloseBody(code, '', Role.Server);
  return {
    code,
    refuseUntilClosed: true,
    ...(code === CloseCode.ServiceRestart ? { retryAfterMs } : {}),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(finishMs === undefined ? {} : { finishMs }),
  };
}
