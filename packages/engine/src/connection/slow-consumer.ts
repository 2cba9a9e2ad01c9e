/** What becomes of a message to a peer that reads too slowly: once more than `outboundHighWaterBytes` wait for it. */
export const SlowConsumer = {
  /** It is taken, up to `maxOutboundBytes`; past that, the connection is closed with 4490. */
  Close: 'close',
  /** It is not taken, and counted: `send` says `'dropped'`. */
  DropNewest: 'drop-newest',
  /** It is kept until the peer has read on, unless another with the same `key` takes its place; without a key as `'close'`. */
  KeepNewest: 'keep-newest',
  /** It is taken. Whoever sends waits, for `onDrain` or `whenWritable()`; who does not fills the memory, up to `maxOutboundTotalBytes`. */
  Wait: 'wait',
} as const;

export type SlowConsumer = (typeof SlowConsumer)[keyof typeof SlowConsumer];

/** What `send` may be told of a message. */
export interface SendOptions {
  /** @default the server's, or the client's */
  readonly slowConsumer?: SlowConsumer;
  /** With `'keep-newest'`: what the message is about. A newer one about the same takes its place while it waits. */
  readonly key?: string;
}

export interface OutboundOptions {
  /**
   * Above this many bytes waiting to be sent, `send` says `'backpressure'`, and `slowConsumer` decides about the next ones.
   * @default 1 MiB
   */
  readonly outboundHighWaterBytes?: number;
  /**
   * At this many bytes or less, after that, `onDrain` is called, `whenWritable()` resolves, and messages that were kept go out.
   * @default a quarter of `outboundHighWaterBytes`
   */
  readonly outboundLowWaterBytes?: number;
  /**
   * The most bytes that may wait for one peer, but for `'wait'`: whoever has more waiting is closed with 4490 when the next message is sent,
   * or the next pong; what waits is given up, so that the close frame need not wait. One message may be longer. Each connection may
   * hold this much. `Infinity` for no limit.
   * @default twice `outboundHighWaterBytes`
   */
  readonly maxOutboundBytes?: number;
  /**
   * What becomes of messages to a peer that reads too slowly; `send` may say otherwise for one.
   * @default 'close' for a server, 'wait' for a client, which has chosen its server
   */
  readonly slowConsumer?: SlowConsumer;
}

/** OutboundOptions, checked. */
export interface ResolvedOutbound {
  readonly highWaterBytes: number;
  readonly lowWaterBytes: number;
  readonly maxBytes: number;
  readonly slowConsumer: SlowConsumer;
}

const POLICIES: readonly string[] = Object.values(SlowConsumer);

/** @throws RangeError for a policy that is none, TypeError for a key that is no string. */
export function checkSendOptions({ key, slowConsumer }: SendOptions): void {
  if (key !== undefined && typeof key !== 'string') throw new TypeError(`A key is a string, not ${typeof key}`);
  if (slowConsumer !== undefined) checkedSlowConsumer(slowConsumer);
}

/** @throws RangeError for what is none. */
export function checkedSlowConsumer(policy: SlowConsumer): SlowConsumer {
  if (POLICIES.includes(policy)) return policy;
  throw new RangeError(`slowConsumer must be one of ${POLICIES.join(', ')}; it is ${String(policy)}`);
}
