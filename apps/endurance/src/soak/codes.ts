/** The codes between the soak's clients and its gateways. */
export const Code = {
  /** Comes back as it is; with `push`, a {@link Code.Direct} with that number goes before it. */
  Echo: 1001,
  /** Comes back after `ms`. */
  Slow: 1002,
  /** A stream of the numbers from 0, below `to`. */
  Count: 1003,
  /** Enters a room; says which numbers its pushes will have, and those for everybody. */
  Join: 1004,
  /** Leaves it; says which numbers would have been next. */
  Leave: 1005,
  /** Asks for the end of the connection, `by` one of {@link EndedBy}. */
  EndMe: 1006,
  /** Pushes: to a room, to everybody, to one user. */
  Room: 2001,
  Everybody: 2002,
  Direct: 2003,
} as const;

export type EndedBy = 'terminate' | 'disconnect' | 'exception';

/** The close codes by which the soak's server ends connections. */
export const SoakCloseCode = {
  /** {@link Code.EndMe}, by `disconnect`. */
  AsAsked: 4001,
  /** {@link Code.EndMe}, by an exception. */
  Thrown: 4002,
  /** Killed, though nobody asked. */
  Killed: 4003,
} as const;

/** What {@link Code.Join} and {@link Code.Leave} answer. */
export interface NextNumbers {
  readonly room: number;
  readonly everybody: number;
}

/** Who a connection is, as its handshake's query says (`kind`). */
export type Kind = 'steady' | 'slow' | 'churn' | 'silent' | 'greedy';

export interface EchoData {
  readonly n: number;
  readonly pad: string;
  /** The number of the push that is to go before the answer. */
  readonly push?: number;
}

/** Under which names it is counted what those come to that never read. */
export const NEVER_READS = { silent: 'never reads: silent', greedy: 'never reads: greedy' } as const;
