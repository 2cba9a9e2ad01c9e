/**
 * The life of a connection after its opening handshake, as a closed set with a table. RFC 6455 §7.
 *
 * There is no state for "both close frames are on their way": who sent first is a fact of the connection (its cause), not
 * a state, and what follows is the same.
 */
export const ConnectionState = {
  /** Messages flow. */
  Open: 'open',
  /** We sent a close frame and wait for the peer's. §7.1.2 */
  CloseSent: 'close-sent',
  /** Both close frames are out, or the peer broke a rule and is owed nothing: what remains is to end TCP. §7.1.1 */
  Ending: 'ending',
  /** The transport is gone. §7.1.4 */
  Closed: 'closed',
} as const;

export type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

export const ConnectionEvent = {
  /** `close()` was called. */
  SendClose: 'send-close',
  /** The peer's close frame came; if ours is not out yet, it goes out now. §5.5.1 */
  ReceiveClose: 'receive-close',
  /** "_Fail the WebSocket Connection_": a close frame that says why, and then the end. §7.1.7 */
  Fail: 'fail',
  /** The transport closed. */
  TransportClosed: 'transport-closed',
} as const;

export type ConnectionEvent = (typeof ConnectionEvent)[keyof typeof ConnectionEvent];

const { Open, CloseSent, Ending, Closed } = ConnectionState;

const TRANSITIONS: Readonly<Record<ConnectionState, Readonly<Record<ConnectionEvent, ConnectionState>>>> = {
  [Open]: { 'send-close': CloseSent, 'receive-close': Ending, fail: Ending, 'transport-closed': Closed },
  [CloseSent]: { 'send-close': CloseSent, 'receive-close': Ending, fail: Ending, 'transport-closed': Closed },
  [Ending]: { 'send-close': Ending, 'receive-close': Ending, fail: Ending, 'transport-closed': Closed },
  [Closed]: { 'send-close': Closed, 'receive-close': Closed, fail: Closed, 'transport-closed': Closed },
};

export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  return TRANSITIONS[state][event];
}

/** The numeric states of a WHATWG socket, for code that expects one. */
export const ReadyState = { Connecting: 0, Open: 1, Closing: 2, Closed: 3 } as const;
export type ReadyState = (typeof ReadyState)[keyof typeof ReadyState];

export function readyStateOf(state: ConnectionState): ReadyState {
  switch (state) {
    case ConnectionState.Open:
      return ReadyState.Open;
    case ConnectionState.CloseSent:
    case ConnectionState.Ending:
      return ReadyState.Closing;
    case ConnectionState.Closed:
      return ReadyState.Closed;
  }
}
