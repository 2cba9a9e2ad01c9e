/** The close codes by which a limit ends a connection, where RFC 6455 has none; from Nestwire's range, 4400–4499. */
export const LimitCloseCode = {
  /** No message for longer than `silenceTimeoutMs`. */
  Silent: 4408,
  /** The peer reads too slowly for what it is sent. */
  SlowConsumer: 4490,
} as const;
