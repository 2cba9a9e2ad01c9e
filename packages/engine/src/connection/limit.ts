import { Violation } from '@nestwire/protocol';

/** The limits that a peer can run into, by the names under which they are counted. */
export const Limit = {
  /** `maxConnections`: 503. */
  Connections: 'connections',
  /** `maxConnectionsPerAddress`: 429. */
  ConnectionsPerAddress: 'connections-per-address',
  /** `handshakesPerSecond` and `handshakeBurst`: 429. */
  HandshakesPerAddress: 'handshakes-per-address',
  /** `maxMessageBytes`, as announced, or inflated: 1009. */
  MessageBytes: 'message-bytes',
  /** `maxFragments`: 1008. */
  Fragments: 'fragments',
  /** `maxUnfinishedBytes`: 1013. */
  UnfinishedBytes: 'unfinished-bytes',
  /** `pongTimeoutMs`: dropped. */
  Ping: 'ping',
  /** `silenceTimeoutMs`: 4408. */
  Silence: 'silence',
  /** `maxOutboundBytes`: 4490. */
  OutboundQueue: 'outbound-queue',
  /** `maxOutboundTotalBytes`: 4490. */
  OutboundTotal: 'outbound-total',
  /** Messages that `'drop-newest'` did not take. */
  DroppedMessages: 'dropped-messages',
  /** Messages in whose place `'keep-newest'` took a newer one. */
  ReplacedMessages: 'replaced-messages',
} as const;

/** @internal Those that the parser, or the inflater, finds met. */
export const LIMIT_OF_VIOLATION: Readonly<Partial<Record<Violation, Limit>>> = {
  [Violation.MessageTooBig]: Limit.MessageBytes,
  [Violation.TooManyFragments]: Limit.Fragments,
};

export type Limit = (typeof Limit)[keyof typeof Limit];

/** How often each limit was run into. Only ever counts up. */
export type LimitsHit = Readonly<Record<Limit, number>>;

/** @internal The same, to count in. */
export type LimitCounts = Record<Limit, number>;

/** @internal */
export function noLimitsHit(): LimitCounts {
  return Object.fromEntries(Object.values(Limit).map((limit) => [limit, 0])) as LimitCounts;
}
