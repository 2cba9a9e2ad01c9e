/** The message of Nestwire: who speaks, which handler is meant, and the payload. */

/** A user. `10001` and `"10001"` are one user: identity is the canonical string. */
export type UserId = number | string;

/** Pairs a reply with its request; chosen by whoever asks. */
export type CorrelationId = number | string;

/** The reserved code of an `error` that belongs to no handler. */
export const NO_CODE = 0;

/** Codes are 1 … 2^31−1. */
export const MAX_CODE = 0x7fff_ffff;

/** User and correlation ids that are strings have 1–64 UTF-16 units. */
export const MAX_ID_LENGTH = 64;

/** Ids with this beginning belong to the server's own questions. */
export const SERVER_ID_PREFIX = 's:';

/** A message as it came in at a server. */
export interface IncomingEnvelope {
  /** Who claims to speak; never trusted where the connection has a principal. */
  readonly userId: UserId | undefined;
  /** {@link NO_CODE} where a well-formed message names, in its format's own way, what nobody has given a code. */
  readonly code: number;
  readonly data: unknown;
  readonly id: CorrelationId | undefined;
  /** `true`: stop the stream with this `id`. */
  readonly cancel: boolean;
  /** The span that the message comes from, in the form of {@link isTraceparent}; not there where it has another, or none. */
  readonly traceparent?: string;
}

/** What went wrong, with the meanings of HTTP's status codes. */
export interface EnvelopeError {
  readonly status: number;
  readonly message: string;
  readonly details?: unknown;
}

/** A message as it came in at a client: a reply, a push, an `error`, a stream's end, or the server's own question. */
export interface IncomingReply {
  /** Whom it is for. */
  readonly userId: UserId | undefined;
  /** {@link NO_CODE} with an `error` that belongs to no handler. */
  readonly code: number;
  readonly id: CorrelationId | undefined;
  readonly data: unknown;
  readonly error: EnvelopeError | undefined;
  /** The stream with this `id` has ended. */
  readonly done: boolean;
}

/** A message to go out: a server's reply, push, `error` or stream's end, or a client's request. */
export interface OutgoingEnvelope {
  /** Whom it is for, or who speaks. */
  readonly userId?: UserId | undefined;
  readonly code: number;
  readonly id?: CorrelationId | undefined;
  readonly data?: unknown;
  readonly error?: EnvelopeError;
  /** The stream with this `id` has ended. */
  readonly done?: true;
  /** Stop the stream with this `id`. */
  readonly cancel?: true;
  /** The span that a request comes from, in the form of {@link isTraceparent}. */
  readonly traceparent?: string | undefined;
  /** What a handler gave, for {@link EnvelopeCodec.bare} formats to tell it from a push; no format carries it. */
  readonly reply?: true;
}

/** Input that is no envelope, with as much of it as could be read. */
export interface MalformedEnvelope {
  /** What is wrong, in words that echo nothing of the input. */
  readonly problem: string;
  readonly userId: UserId | undefined;
  /** {@link NO_CODE} where no code could be read. */
  readonly code: number;
  readonly id: CorrelationId | undefined;
}

export type DecodedEnvelope =
  | { readonly ok: true; readonly envelope: IncomingEnvelope }
  | { readonly ok: false; readonly malformed: MalformedEnvelope };

export type DecodedReply =
  { readonly ok: true; readonly reply: IncomingReply } | { readonly ok: false; readonly malformed: MalformedEnvelope };

/** One user, one string: the form in which identity is compared. */
export function canonicalUserId(userId: UserId): string {
  return String(userId);
}

export function isCode(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_CODE;
}

export function isUserId(value: unknown): value is UserId {
  return (Number.isSafeInteger(value) && (value as number) >= 0) || isIdString(value);
}

export function isCorrelationId(value: unknown): value is CorrelationId {
  return Number.isSafeInteger(value) || isIdString(value);
}

/** Of version 00: version, trace id, parent id, flags. What a later version appends is longer, and for none of ours. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACEPARENT_LENGTH = 55;

/** Whether this is a `traceparent` as the W3C's Trace Context writes it (§3.2), in its 55 characters. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && value.length === TRACEPARENT_LENGTH && TRACEPARENT.test(value);
}

function isIdString(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_ID_LENGTH;
}
