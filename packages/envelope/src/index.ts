export {
  canonicalUserId,
  isCode,
  isCorrelationId,
  isUserId,
  MAX_CODE,
  MAX_ID_LENGTH,
  NO_CODE,
  SERVER_ID_PREFIX,
  type CorrelationId,
  type DecodedEnvelope,
  type EnvelopeError,
  type IncomingEnvelope,
  type MalformedEnvelope,
  type OutgoingEnvelope,
  type UserId,
} from './envelope.js';
export type { BinaryEnvelopeCodec, EnvelopeCodec, TextEnvelopeCodec } from './envelope-codec.js';
export { JsonCodec } from './json.codec.js';
export { malformed, validateEnvelope } from './validate-envelope.js';
export {
  CLOSE_CODES,
  closeCodeEntry,
  NestwireCloseCode,
  ReconnectRule,
  type CloseCodeEntry,
  type CloseCodeSender,
} from './close-codes.js';
