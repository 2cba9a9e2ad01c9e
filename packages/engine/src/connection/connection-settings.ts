import type { FrameParserSettings } from '@nestwire/protocol';
import type { Connection } from './connection.js';
import type { LimitCounts } from './limit.js';
import type { ResolvedLiveness } from './liveness-options.js';
import type { MemoryBudget } from './memory-budget.js';
import type { ResolvedOutbound } from './slow-consumer.js';
import type { DeflateCodec } from '../deflate/deflate-codec.js';
import type { TimingWheel } from '../time/timing-wheel.js';

/** What all connections of a server, or of a client, have in common. */
export interface ConnectionSettings {
  readonly parser: FrameParserSettings;
  readonly wheel: TimingWheel;
  readonly closeTimeoutMs: number;
  readonly liveness: ResolvedLiveness;
  readonly outbound: ResolvedOutbound;
  /** What waits on all connections for peers that do not take it. */
  readonly outboundTotal: MemoryBudget;
  readonly unfinished: MemoryBudget;
  readonly limitsHit: LimitCounts;
  /** Called after the connection's listener was told. */
  readonly onClosed: (connection: Connection) => void;
}

/** What an opening handshake has settled. */
export interface Negotiated {
  readonly subprotocol: string | undefined;
  /** `Sec-WebSocket-Extensions` as the server answered it; empty for none. */
  readonly extensions: string;
  /** Present where permessage-deflate was agreed upon. */
  readonly deflate: DeflateCodec | undefined;
}
