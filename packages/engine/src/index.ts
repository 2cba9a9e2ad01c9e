export { WsServer } from './server/ws-server.js';
export type { DrainOptions } from './server/drain.js';
export type { WsServerOptions } from './server/ws-server-options.js';
export type {
  HandshakeAcceptance,
  HandshakeClosure,
  HandshakeDecision,
  HandshakeRefusal,
} from './server/handshake-decision.js';
export type { RefusedHandshake } from './server/refused-handshake.js';
export type { HandshakeHook } from './server/handshake-gate.js';
export type { HandshakeRequest } from './server/handshake-request.js';
export { HttpListener, type HttpListenerOptions } from './server/http-listener.js';
export type { ListenAddress, ListenOptions, TcpListenOptions, UnixListenOptions } from './server/listen-address.js';
export type { ProxyProtocolOptions } from './server/proxy-protocol.js';
export { ServerLimits, type ServerLimitsOptions } from './server/server-limits.js';
export { Limit, type LimitsHit } from './connection/limit.js';
export type { AdmissionOptions } from './server/admission.js';
export type { Caller, TrustedProxies } from './server/caller.js';
export type { HostOptions } from './server/host-policy.js';
export type { NamePattern } from './server/name-patterns.js';
export type { OriginOptions } from './server/origin-policy.js';
export { connect } from './client/connect.js';
export type { ConnectOptions } from './client/connect-options.js';
export type { ClientTlsOptions } from './client/tls-options.js';
export type { ProxyOptions } from './client/proxy-options.js';
export { HandshakeError, type HandshakeErrorDetails, type HandshakeErrorReason } from './client/handshake-error.js';
export type { DeflateOptions } from './deflate/deflate-options.js';
export {
  CloseCause,
  SendResult,
  type ConnectionListener,
  type ConnectionRequest,
  type WsConnection,
} from './connection/ws-connection.js';
export { PreparedMessage } from './connection/prepared-message.js';
export { checkSendOptions, SlowConsumer, type OutboundOptions, type SendOptions } from './connection/slow-consumer.js';
export { LimitCloseCode } from './connection/limit-close-code.js';
export type { LivenessOptions } from './connection/liveness-options.js';
export type { TcpOptions } from './connection/tcp-options.js';
export type { TlsFacts } from './connection/tls-facts.js';
export { systemClock, type Clock, type Scheduled } from './time/clock.js';
export { Deadline, TimingWheel, WHEEL_TICK_MS } from './time/timing-wheel.js';
export { serializeCloseBody } from './connection/close-frame.js';
export { CloseCode, ReadyState, Role, Violation, type HeaderLines } from '@nestwire/protocol';
