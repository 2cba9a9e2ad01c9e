import {
  type DecodedEnvelope,
  type DecodedReply,
  type EnvelopeError,
  isCode,
  isCorrelationId,
  isTraceparent,
  isUserId,
  type MalformedEnvelope,
  NO_CODE,
  type OutgoingEnvelope,
  SERVER_ID_PREFIX,
} from './envelope.js';

const NO_OBJECT = 'A message must be an object';
const BAD_CODE = 'code must be an integer from 1 to 2147483647';
const BAD_USER_ID = 'userId must be a safe integer from 0 or a string of 1 to 64 characters';
const BAD_TRACEPARENT = 'traceparent must be one of the W3C, 55 characters';
const BAD_ID = 'id must be a safe integer or a string of 1 to 64 characters';

type Fields = Record<string, unknown>;

/**
 * Reads a decoded value as a client's message. Fields that the contract does not name are ignored; of a malformed one, what
 * can be read is kept, so that the answer finds its way.
 */
export function validateEnvelope(value: unknown): DecodedEnvelope {
  if (!isFields(value)) return malformed(NO_OBJECT);
  const { userId, code, data, id, cancel, traceparent } = value;
  if (!isCode(code)) return malformed(BAD_CODE, value);
  if (userId !== undefined && !isUserId(userId)) return malformed(BAD_USER_ID, value);
  if (id !== undefined && !isCorrelationId(id)) return malformed(BAD_ID, value);
  if (typeof id === 'string' && id.startsWith(SERVER_ID_PREFIX)) {
    return malformed(`id must not start with ${SERVER_ID_PREFIX}`, value);
  }
  if (cancel !== undefined && typeof cancel !== 'boolean') return malformed('cancel must be a boolean', value);
  // What is no traceparent begins a trace of its own, as Trace Context has it: it is no reason to refuse a message.
  if (traceparent === undefined || !isTraceparent(traceparent)) {
    return { ok: true, envelope: { userId, code, data, id, cancel: cancel === true } };
  }
  return { ok: true, envelope: { userId, code, data, id, cancel: cancel === true, traceparent } };
}

/** Reads a decoded value as a server's message, in the same way. */
export function validateReply(value: unknown): DecodedReply {
  if (!isFields(value)) return malformed(NO_OBJECT);
  const { userId, code, data, id, error, done } = value;
  if (error !== undefined && !isEnvelopeError(error)) {
    return malformed('error must have a status from 400 to 599 and a message', value);
  }
  if (!isCode(code) && !(code === NO_CODE && error !== undefined)) return malformed(BAD_CODE, value);
  if (userId !== undefined && !isUserId(userId)) return malformed(BAD_USER_ID, value);
  if (id !== undefined && !isCorrelationId(id)) return malformed(BAD_ID, value);
  if (done !== undefined && typeof done !== 'boolean') return malformed('done must be a boolean', value);
  return { ok: true, reply: { userId, code, id, data, error, done: done === true } };
}

/** The outcome for input that no message can be made of. */
export function malformed(problem: string, value?: unknown): { ok: false; malformed: MalformedEnvelope } {
  const { userId, code, id } = isFields(value) ? value : ({} as Fields);
  return {
    ok: false,
    malformed: {
      problem,
      userId: isUserId(userId) ? userId : undefined,
      code: isCode(code) ? code : NO_CODE,
      id: isCorrelationId(id) ? id : undefined,
    },
  };
}

/**
 * For `encode`: nothing goes out that the other end would have to refuse.
 *
 * @throws RangeError for a code, an id or a traceparent that is none.
 */
export function checkOutgoing({ userId, code, id, traceparent }: OutgoingEnvelope): void {
  if (!isCode(code) && code !== NO_CODE) throw new RangeError(`${BAD_CODE}; it is ${String(code)}`);
  if (userId !== undefined && !isUserId(userId)) throw new RangeError(`${BAD_USER_ID}; it is ${String(userId)}`);
  if (id !== undefined && !isCorrelationId(id)) throw new RangeError(`${BAD_ID}; it is ${String(id)}`);
  if (traceparent !== undefined && !isTraceparent(traceparent)) {
    throw new RangeError(`${BAD_TRACEPARENT}; it is ${String(traceparent)}`);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEnvelopeError(value: unknown): value is EnvelopeError {
  if (!isFields(value)) return false;
  const { status, message } = value;
  return (
    Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599 && typeof message === 'string'
  );
}
