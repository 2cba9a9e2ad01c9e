export { Opcode, isControlOpcode, isReservedOpcode, type DataOpcode } from './opcode.js';
export { Role } from './role.js';
export { CloseCode, isReceivableCloseCode, isSendableCloseCode, MAX_CLOSE_REASON_BYTES } from './close-code.js';
export { Violation, CLOSE_CODE_OF_VIOLATION } from './violation.js';
export { ConnectionEvent, ConnectionState, nextState, ReadyState, readyStateOf } from './connection-state.js';

export { FrameParser } from './frame/frame-parser.js';
export { FrameParserSettings } from './frame/frame-parser-settings.js';
export {
  type FrameParserOptions,
  DEFAULT_MAX_FRAGMENTS,
  DEFAULT_MAX_MESSAGE_BYTES,
} from './frame/frame-parser-options.js';
export type { FrameSink } from './frame/frame-sink.js';
export type { Allocate } from './frame/message-buffer.js';
export { serializeFrame, serializeFrameHeader, type FrameHeader } from './frame/serialize-frame.js';
export { FIN_BIT, headerLengthFor, MAX_HEADER_BYTES, RSV1_BIT } from './frame/frame-header.js';
export { applyMask, copyMasked, readMaskingKey } from './frame/mask.js';
export { advanceUtf8, isUtf8, UTF8_ACCEPT, UTF8_REJECT } from './utf8.js';

export { acceptKey, isHandshakeKey, type Sha1Base64 } from './handshake/accept-key.js';
export type { HeaderLines } from './handshake/headers.js';
export {
  asksForWebSocket,
  isHost,
  parseTarget,
  validateRequest,
  WEBSOCKET_VERSION,
  type ClientHandshake,
  type HandshakeResult,
  type RequestTarget,
  type UpgradeRequest,
} from './handshake/request.js';
export { refuse, serializeAcceptance, serializeRefusal, type Acceptance, type Refusal } from './handshake/response.js';
export { buildRequestHeaders, type ClientOffer } from './handshake/client-request.js';
export {
  HandshakeFailure,
  validateResponse,
  type ResponseResult,
  type SentOffer,
  type UpgradeResponse,
} from './handshake/client-response.js';
export {
  parseExtensions,
  serializeExtension,
  type Extension,
  type ExtensionParameter,
} from './handshake/extensions.js';
export { selectSubprotocol } from './handshake/subprotocol.js';

export {
  acceptOffer,
  buildOffer,
  checkResponse,
  serializeOffer,
  type AcceptedOffer,
  type DeflatePolicy,
} from './deflate/negotiate.js';
export {
  MAX_WINDOW_BITS,
  MIN_WINDOW_BITS,
  PERMESSAGE_DEFLATE,
  type DeflateAgreement,
  type DeflateParameters,
} from './deflate/parameters.js';
