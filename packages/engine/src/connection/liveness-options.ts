/** How a connection's end is found out where nobody says it. TCP's own keep-alive is `keepAliveMs`. */
export interface LivenessOptions {
  /**
   * How often a ping is sent, in milliseconds, whatever else is sent and received: proxies between count each direction by itself (nginx
   * gives up after 60 s). 0 or `Infinity` for none; then `roundTripTimeMs` is not known.
   * @default 25000
   */
  readonly pingIntervalMs?: number;
  /**
   * How long a peer may be without a sign of life after a ping, in milliseconds, before it is dropped: `cause` is `'ping-timeout'`, the close
   * code 1006. Any byte is such a sign, because in the middle of a long frame no pong can come; so is it when our own bytes in front of the
   * ping go on their way. While we do not read, this clock stands still. 0 or `Infinity`: pings are sent, and nobody is dropped. Less than a
   * slow network's round trip drops the living.
   * @default 10000
   */
  readonly pongTimeoutMs?: number;
  /**
   * How long no message may come, in milliseconds, before the connection is closed with 4408 by a closing handshake: `cause` is
   * `'silence-timeout'`. A message that ends counts, and each KiB of one that has not; pings and pongs do not: they show that a machine
   * lives, not that the application does. While we do not read, this clock stands still. 0 or `Infinity` turns it off.
   * @default Infinity
   */
  readonly silenceTimeoutMs?: number;
}

/** LivenessOptions, checked; what is off is `Infinity`. */
export interface ResolvedLiveness {
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  readonly silenceTimeoutMs: number;
}
