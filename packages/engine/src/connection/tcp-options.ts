import type { Socket } from 'node:net';

/** The options of the TCP connection below. On a unix socket they mean nothing. */
export interface TcpOptions {
  /**
   * Whether small writes go out at once, instead of waiting for the acknowledgement of what went before (Nagle's algorithm, RFC
   * 896). What one turn of the event loop produces is one write already; turned off, a message may wait for 40 ms and more.
   * @default true
   */
  readonly noDelay?: boolean;
  /**
   * TCP keep-alive (RFC 9293 §3.8.4): how long a connection is idle before the kernel asks whether the other machine is still
   * there, in milliseconds, in whole seconds; 0 or `Infinity` turns it off. Node fixes the rest: 10 probes, 1 s apart, then the
   * connection ends with ETIMEDOUT; the kernel's own settings for it do not apply. A ping that comes more often keeps the probes from being
   * sent. While sent bytes are unacknowledged there are none either: the kernel sends those again, for about 15 minutes.
   * @default 60000
   */
  readonly keepAliveMs?: number;
}

/** TcpOptions, checked. */
export interface ResolvedTcp {
  readonly noDelay: boolean;
  readonly keepAliveMs: number;
}

/** Makes a socket what a connection needs. */
export function prepareSocket(socket: Socket, { noDelay, keepAliveMs }: ResolvedTcp): void {
  // Where it has none already, it would keep the 0.
  if (socket.timeout !== undefined) socket.setTimeout(0);
  socket.setNoDelay(noDelay);
  // Less than a second would be none for the kernel, which then takes its own two hours.
  const on = keepAliveMs > 0 && keepAliveMs !== Infinity;
  socket.setKeepAlive(on, on ? Math.max(1000, keepAliveMs) : 0);
}
