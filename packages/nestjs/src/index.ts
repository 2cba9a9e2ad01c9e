export { NestwireAdapter } from './nestwire.adapter.js';
export type { NestwireOptions } from './nestwire.options.js';
export { NestwireServer } from './server/nestwire-server.js';
export { NestwireClient } from './client/nestwire-client.js';

export { NestwireMessage } from './message/nestwire-message.js';
export { Reply } from './message/reply.js';

export { Code } from './decorators/code.decorator.js';
export { Heartbeat } from './decorators/heartbeat.decorator.js';
export { UserId } from './decorators/user-id.decorator.js';
export { HeartbeatGuard } from './guards/heartbeat.guard.js';
export {
  CLOSE_BY_STATUS,
  CloseCodeFilter,
  type CloseCodeRule,
  type ExceptionMatch,
} from './filters/close-code.filter.js';
export { CloseConnectionException } from './exceptions/close-connection.exception.js';

export {
  CloseCause,
  CloseCode,
  ReadyState,
  SendResult,
  type Caller,
  type Clock,
  type ConnectionRequest,
  type DeflateOptions,
  type NamePattern,
  type TrustedProxies,
} from '@nestwire/engine';
export {
  CloseCodeRegistry,
  defineCloseCodes,
  EncodeOnce,
  EventDataCodec,
  JsonCodec,
  NestwireCloseCode,
  ReconnectRule,
  type CloseReason,
  type EnvelopeCodec,
} from '@nestwire/envelope';
