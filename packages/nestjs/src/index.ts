export { NestwireAdapter } from './nestwire.adapter.js';
export type { Authentication, NestwireOptions, Order } from './nestwire.options.js';
export type { Preset } from './preset/platform-ws.js';
export {
  provideGatewayOptions,
  type GatewayOptionsFactory,
  type NestwireGatewayOptions,
  type ProvidedGatewayOptions,
} from './gateway.options.js';
export { NestwireServer, type NestwireServerEvents } from './server/nestwire-server.js';
export { Audience } from './audience/audience.js';
export type { ConnectionInfo } from './audience/connection-info.js';
export type { Room } from './audience/room.js';
export { NestwireModule, type NestwireModuleExtras } from './module/nestwire.module.js';
export { NestwireServers } from './module/nestwire-servers.js';
export { NestwireClient } from './client/nestwire-client.js';
export type { WsEvents } from './client/ws-socket.js';
export type { WsEvent, WsEventListener } from './client/ws-event-target.js';
export type { Written, WsData, WsSendOptions } from './client/ws-send.js';

export { Handshake } from './handshake/handshake.js';
export { UpgradeRequest, type RequestSocket } from './handshake/upgrade-request.js';
export type { Refusals } from './handshake/handshake-answer.js';
export { HandshakeAuthenticator, type Authenticate } from './handshake/handshake-authenticator.js';
export { HandshakeRefusedException, type HandshakeRefusalOptions } from './handshake/handshake-refused.exception.js';
export type { Principal } from './handshake/principal.js';
export { PrincipalGuard } from './handshake/principal.guard.js';
export type { TokenPlaces } from './handshake/token.js';
export { UseHandshakeGuards, type HandshakeGuard } from './handshake/use-handshake-guards.decorator.js';
export type { PathParams } from './server/path-pattern.js';
export type { ShutdownOptions } from './server/shutdown.js';
export type { OwnPortsOptions } from './server/own-ports.js';

export { NestwireMessage } from './message/nestwire-message.js';
export { Reply } from './message/reply.js';
export type { LimitName, MessageCounts } from './message/message-counts.js';
export { NestwireObserver, type PathObserver } from './observation/nestwire-observer.js';
export type { MessageOutcome } from './observation/message-outcome.js';
export { SchemaPipe } from './validation/schema.pipe.js';
export type { ValidationDetail } from './validation/validation-details.js';

export { ClientPrincipal } from './decorators/client-principal.decorator.js';
export { Code } from './decorators/code.decorator.js';
export { Concurrency } from './decorators/concurrency.decorator.js';
export { Cost } from './decorators/cost.decorator.js';
export { HandlerTimeout } from './decorators/handler-timeout.decorator.js';
export { Heartbeat } from './decorators/heartbeat.decorator.js';
export { Public } from './decorators/public.decorator.js';
export { RateLimit, type RateLimitOptions } from './decorators/rate-limit.decorator.js';
export { Unordered } from './decorators/unordered.decorator.js';
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
  SlowConsumer,
  type Caller,
  type Clock,
  type ConnectionRequest,
  type DeflateOptions,
  type NamePattern,
  type RefusedHandshake,
  type SendOptions,
  type TrustedProxies,
} from '@nestwire/engine';
export {
  CloseCodeRegistry,
  defineCloseCodes,
  EncodeOnce,
  defineContract,
  entryOfCode,
  EventDataCodec,
  JsonCodec,
  NestwireCloseCode,
  ReconnectRule,
  type,
  type CloseReason,
  type Contract,
  type ContractEntry,
  type EnvelopeCodec,
  type InputOf,
  type OutputOf,
  type PushOf,
  type ReplyOf,
  type RequestOf,
  type SentOf,
} from '@nestwire/envelope';
