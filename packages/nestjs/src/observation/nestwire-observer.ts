import type { RefusedHandshake } from '@nestwire/engine';
import type { MessageOutcome } from './message-outcome.js';
import type { AnyClient } from '../client/nestwire-client.js';
import type { NestwireMessage } from '../message/nestwire-message.js';
import type { NestwireServer } from '../server/nestwire-server.js';

/**
 * Who is told what happens, for metrics and traces. A provider that extends it is found wherever it is, and asked once for each path; where
 * none wants to be told of something, nothing is done for it.
 *
 * ```ts
 * @Injectable()
 * export class Arrivals extends NestwireObserver {
 *   observe(server: NestwireServer): PathObserver {
 *     return { opened: (client) => console.log(server.path, client.id) };
 *   }
 * }
 * ```
 */
export abstract class NestwireObserver {
  /** A path is served from now on. @returns who is told what happens there; `undefined` for nobody. */
  abstract observe(server: NestwireServer): PathObserver | undefined;
}

/**
 * What happens on one path. Each is called where it happens, on the way of a message: an implementation SHOULD do no more than count.
 * It MUST NOT throw; what it throws is logged like an exception that nobody expected, and changes nothing.
 */
export interface PathObserver {
  /** A handshake has become no connection. */
  refused?(handshake: RefusedHandshake): void;
  opened?(client: AnyClient): void;
  /** A connection has ended; `closeCode` and `cause` are settled. Its last messages may still be at work. */
  closed?(client: AnyClient): void;
  /**
   * A message came, also one that is malformed, or one too many.
   *
   * @param code - 0 where none could be read.
   * @param bytes - as text or bytes, without frame and compression.
   */
  received?(client: AnyClient, code: number, bytes: number): void;
  /**
   * A message is on its way, to one client.
   *
   * @param code - `undefined` for a message of the application's own making.
   */
  sent?(client: AnyClient, code: number | undefined, bytes: number): void;
  /**
   * A message's turn has come. Its work runs within: what this sets up, such as an `AsyncLocalStorage`, holds for guards, handler and
   * filters. It MUST call `work` once, and before it returns. What is answered at once is
   * {@link handled} and {@link settled} before `work` returns.
   */
  around?(message: NestwireMessage, work: () => void): void;
  /**
   * A message's slot is free: it was answered, or has given a stream. Only where there was a turn.
   *
   * @param durationMs - from its turn, on the adapter's clock.
   */
  handled?(message: NestwireMessage, outcome: MessageOutcome, durationMs: number): void;
  /** A message's end: for a stream, the stream's. Once, behind {@link handled}. */
  settled?(message: NestwireMessage, outcome: MessageOutcome): void;
}
