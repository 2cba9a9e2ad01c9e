import type { LookupFunction } from 'node:net';
import type { ProxyOptions } from './proxy-options.js';
import type { ClientTlsOptions } from './tls-options.js';
import type { ConnectionListener, WsConnection } from '../connection/ws-connection.js';
import type { LivenessOptions } from '../connection/liveness-options.js';
import type { OutboundOptions } from '../connection/slow-consumer.js';
import type { TcpOptions } from '../connection/tcp-options.js';
import type { DeflateOptions } from '../deflate/deflate-options.js';
import type { Clock } from '../time/clock.js';

export interface ConnectOptions extends TcpOptions, LivenessOptions, OutboundOptions {
  /** Who listens. Messages that come with the handshake are told before `connect` resolves. */
  readonly onConnection: (connection: WsConnection) => ConnectionListener;
  /**
   * The subprotocols that are offered, in order of preference. RFC 6455 §1.9.
   * @default none
   */
  readonly subprotocols?: readonly string[];
  /**
   * Further header fields, such as `Authorization`, `Cookie` or `Origin`. Those of the handshake itself can't be set.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * permessage-deflate, RFC 7692: offered where `true` or given.
   * @default false
   */
  readonly perMessageDeflate?: boolean | DeflateOptions;
  /**
   * TLS for `wss:`, with what `node:tls` takes: `ca`, a client's `cert` and `key`, `servername`, `minVersion`, `ALPNProtocols` … Where it
   * goes is the URL's to say. With `rejectUnauthorized: false` anybody may answer: give `ca` instead.
   * @default Node's own: the server's certificate is verified for the URL's host, which is also its SNI unless it is an address
   */
  readonly tls?: ClientTlsOptions;
  /**
   * An HTTP proxy to go through by `CONNECT`, for `ws:` as for `wss:`; `false` for none.
   * @default the environment's: `https_proxy` for `wss:`, `http_proxy` for `ws:`, else `all_proxy`, unless `no_proxy` names the host;
   * each in upper case as well, and none with `socketPath`
   */
  readonly proxy?: string | URL | ProxyOptions | false;
  /**
   * A unix socket, or a named pipe of Windows, to connect to instead of the URL's host; no proxy is used then.
   * @default none
   */
  readonly socketPath?: string;
  /**
   * The address of this machine that the connection comes from.
   * @default the operating system's choice
   */
  readonly localAddress?: string;
  /**
   * The family of addresses that a name is looked up in, 4 or 6.
   * @default both: what answers first is taken
   */
  readonly family?: 4 | 6;
  /**
   * Looks a name up, as `dns.lookup` does: the server's, or the proxy's where there is one, which then looks up the server's.
   * @default `dns.lookup`
   */
  readonly lookup?: LookupFunction;
  /**
   * How long the handshake may take, in milliseconds, from the look-up of the name to the answer, with all that proxies and TLS take;
   * `Infinity` for no limit.
   * @default 10000
   */
  readonly handshakeTimeoutMs?: number;
  /** Ends the handshake when it aborts; a connection that is open already stays so. */
  readonly signal?: AbortSignal;
  /**
   * The longest message in bytes; a longer one is closed with 1009 before it is buffered. `Infinity` for none.
   * @default 1 MiB
   */
  readonly maxMessageBytes?: number;
  /**
   * The most fragments in one message, empty ones included; past it 1008. `Infinity` for none.
   * @default 1024
   */
  readonly maxFragments?: number;
  /**
   * How long the closing handshake may take, in milliseconds, before the connection is dropped. RFC 6455 §7.1.1.
   * @default 5000
   */
  readonly closeTimeoutMs?: number;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}
