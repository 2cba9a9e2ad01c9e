import { bytesOf } from './wire/frame.js';
import type { Opening } from './wire/opening.js';
import type { Peer, Seen } from './wire/peer.js';

/** How a case ends; there is one right end each, with its close code. */
export interface End {
  readonly code: number;
  /**
   * `closing`: once everything expected has come, the driver closes with 1000, which must be answered. `answered`: the
   * script has sent a close frame, which must be answered. `failed`: the other end must fail the connection.
   */
  readonly by: 'closing' | 'answered' | 'failed';
}

/** One rule, as what is sent and what must come of it. */
export interface ConformanceCase {
  /** Section, group and number, as the public suite numbers them where it has the case. */
  readonly id: string;
  readonly title: string;
  readonly opening: Opening;
  /** Messages, pings and pongs that must come, all of them, in this order, byte for byte, and no others. */
  readonly expected: () => readonly Seen[];
  readonly end: End;
  readonly script: (peer: Peer) => Promise<void> | void;
}

type Payload = string | Uint8Array;

const seen = (kind: Seen['kind'], payload: Payload): Seen => ({ kind, payload: Buffer.from(bytesOf(payload)) });

export const textMessage = (payload: Payload = ''): Seen => seen('text', payload);
export const binaryMessage = (payload: Uint8Array): Seen => seen('binary', payload);
export const pongWith = (payload: Payload = ''): Seen => seen('pong', payload);

export const closes: End = { by: 'closing', code: 1000 };
export const answersClose = (code: number): End => ({ by: 'answered', code });
export const fails = (code: number): End => ({ by: 'failed', code });

/** Protocol error: a frame that breaks a rule. RFC 6455 §7.4.1. */
export const PROTOCOL_ERROR = fails(1002);
/** Data that is not what it says: text that is not UTF-8, a compressed message that does not inflate. §7.4.1 */
export const INVALID_PAYLOAD = fails(1007);

/** A case without extensions. */
export function aCase(
  id: string,
  title: string,
  script: ConformanceCase['script'],
  expected: readonly Seen[],
  end: End = closes,
): ConformanceCase {
  return { id, title, opening: {}, script, expected: () => expected, end };
}
