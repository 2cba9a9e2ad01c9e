import {
  type DecodedEnvelope,
  isCode,
  isCorrelationId,
  isUserId,
  type MalformedEnvelope,
  NO_CODE,
  SERVER_ID_PREFIX,
} from './envelope.js';

/**
 * Reads a decoded value as an envelope. Fields that the contract does not name are ignored; of a malformed one, what can
 * be read is kept, so that the answer finds its way.
 */
export function validateEnvelope(value: unknown): DecodedEnvelope {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return malformed('A message must be an object', value);
  }
  const { userId, code, data, id, cancel } = value as Record<string, unknown>;
  if (!isCode(code)) return malformed('code must be an integer from 1 to 2147483647', value);
  if (userId !== undefined && !isUserId(userId)) {
    return malformed('userId must be a safe integer from 0 or a string of 1 to 64 characters', value);
  }
  if (id !== undefined && !isCorrelationId(id)) {
    return malformed('id must be a safe integer or a string of 1 to 64 characters', value);
  }
  if (typeof id === 'string' && id.startsWith(SERVER_ID_PREFIX)) {
    return malformed(`id must not start with ${SERVER_ID_PREFIX}`, value);
  }
  if (cancel !== undefined && typeof cancel !== 'boolean') return malformed('cancel must be a boolean', value);
  return { ok: true, envelope: { userId, code, data, id, cancel: cancel === true } };
}

/** The outcome for input that no envelope can be made of. */
export function malformed(problem: string, value?: unknown): DecodedEnvelope {
  return { ok: false, malformed: describeMalformed(problem, value) };
}

function describeMalformed(problem: string, value: unknown): MalformedEnvelope {
  const { userId, code, id } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return {
    problem,
    userId: isUserId(userId) ? userId : undefined,
    code: isCode(code) ? code : NO_CODE,
    id: isCorrelationId(id) ? id : undefined,
  };
}
