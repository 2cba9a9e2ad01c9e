import { randomBytes } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import {
  acceptKey,
  buildOffer,
  buildRequestHeaders,
  type ResponseResult,
  Role,
  type SentOffer,
  serializeOffer,
  validateResponse,
} from '@nestwire/protocol';
import { Attempt } from './attempt.js';
import { type ConnectOptions, DEFAULT_HANDSHAKE_TIMEOUT_MS } from './connect-options.js';
import { basicCredentials } from './credentials.js';
import { exchange, unusable } from './exchange.js';
import { parseWebSocketUrl } from './parse-url.js';
import { proxyFor } from './proxy-options.js';
import { ignore, openTransport, type Route } from './transport.js';
import { Connection, type ConnectionSettings } from '../connection/connection.js';
import { MemoryBudget } from '../connection/memory-budget.js';
import { RequestFacts } from '../connection/request-facts.js';
import { sha1Base64 } from '../connection/sha1.js';
import { prepareSocket } from '../connection/tcp-options.js';
import { tlsFacts } from '../connection/tls-facts.js';
import type { WsConnection } from '../connection/ws-connection.js';
import { DeflateCodec } from '../deflate/deflate-codec.js';
import { type ResolvedDeflate, resolveDeflate } from '../deflate/deflate-options.js';
import { headerLines } from '../server/header-lines.js';
import { checkedLimit, resolveTcp } from '../server/ws-server-options.js';
import { systemClock } from '../time/clock.js';
import { TimingWheel } from '../time/timing-wheel.js';

const KEY_BYTES = 16;

/** Header fields that the handshake itself decides. */
const RESERVED_HEADERS = /^(?:host|upgrade|connection|content-length|transfer-encoding|sec-websocket-.*)$/i;

/**
 * Opens a connection to a WebSocket server. RFC 6455 §4.1.
 *
 * @param url - `ws:` or `wss:`, without a fragment.
 * @throws SyntaxError for a URL, a subprotocol or a header that can't be; RangeError for an option out of its range;
 * {@link HandshakeError} where the server refuses, answers wrongly or not in time, where the network fails, or on abort.
 */
export async function connect(url: string | URL, options: ConnectOptions): Promise<WsConnection> {
  const target = parseWebSocketUrl(url);
  const deflate = resolveDeflate(options.perMessageDeflate);
  const settings = settingsOf(options);
  const tcp = resolveTcp(options);
  const { sent, requestHeaders } = prepareHandshake(target, options, deflate);
  const route = routeTo(target, options);
  const { signal, clock = systemClock, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = options;
  const attempt = new Attempt({ signal, clock, handshakeTimeoutMs });
  const { socket, response, head } = await openTransport(route, attempt)
    .then(async (socket) => ({ socket, ...(await exchange(socket, target, requestHeaders, sent, attempt)) }))
    .finally(() => attempt.end());

  const headers = headerLines(response);
  const result = validateResponse({ status: response.statusCode ?? 0, headers }, sent);
  if (!result.ok) {
    socket.destroy();
    throw unusable(response, sent);
  }
  prepareSocket(socket, tcp);
  const facts = new RequestFacts({
    path: target.pathname,
    query: target.search.slice(1),
    host: target.host,
    origin: undefined,
    secure: target.protocol === 'wss:',
    // Behind a proxy, only the proxy knows.
    remoteAddress: route.proxy === undefined ? socket.remoteAddress : undefined,
    peerAddress: socket.remoteAddress,
    // Not the session with a proxy.
    tls: route.tls !== undefined && socket instanceof TLSSocket ? tlsFacts(socket) : undefined,
  });
  const negotiated = {
    subprotocol: result.subprotocol,
    extensions: headers['sec-websocket-extensions']?.join(', ') ?? '',
    deflate: codecOf(result, deflate, settings),
  };
  const connection = new Connection(socket, settings, facts, negotiated);
  connection.start(options.onConnection(connection), head);
  socket.off('error', ignore);
  return connection;
}

/** @throws TypeError for options that exclude each other, SyntaxError for a proxy that can't be. */
function routeTo(target: URL, options: ConnectOptions): Route {
  const { socketPath, localAddress, proxy, tls = {} } = options;
  const secure = target.protocol === 'wss:';
  if (socketPath !== undefined && proxy !== undefined && proxy !== false) {
    throw new TypeError('A unix socket is on this machine: give either socketPath or proxy');
  }
  return {
    // An IPv6 literal stands in brackets in a URL, and without in a look-up.
    host: target.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: target.port === '' ? (secure ? 443 : 80) : Number(target.port),
    tls: secure ? tls : undefined,
    socketPath,
    proxy: socketPath === undefined ? proxyFor(target, proxy) : undefined,
    from: localAddress === undefined ? {} : { localAddress },
  };
}

function settingsOf(options: ConnectOptions): ConnectionSettings {
  return {
    parser: {
      role: Role.Client,
      maxMessageBytes: checkedLimit('maxMessageBytes', options.maxMessageBytes),
      maxFragments: checkedLimit('maxFragments', options.maxFragments),
      allocate: (size) => Buffer.allocUnsafeSlow(size),
    },
    wheel: TimingWheel.of(options.clock),
    closeTimeoutMs: checkedLimit('closeTimeoutMs', options.closeTimeoutMs),
    // A client chooses its server; there is one connection to hold memory, and its message limit.
    unfinished: new MemoryBudget(Infinity),
    outboundHighWaterBytes: checkedLimit('outboundHighWaterBytes', options.outboundHighWaterBytes),
    onClosed: () => undefined,
  };
}

function prepareHandshake(
  target: URL,
  options: ConnectOptions,
  deflate: ResolvedDeflate | undefined,
): { readonly sent: SentOffer; readonly requestHeaders: Record<string, string> } {
  const reserved = Object.keys(options.headers ?? {}).find((name) => RESERVED_HEADERS.test(name));
  if (reserved !== undefined) throw new SyntaxError(`The header ${reserved} belongs to the handshake itself`);
  const credentials = basicCredentials(target);
  const key = randomBytes(KEY_BYTES).toString('base64');
  const subprotocols = options.subprotocols ?? [];
  const offer = deflate && buildOffer(deflate.policy);
  return {
    sent: { accept: acceptKey(key, sha1Base64), subprotocols, deflate: offer },
    requestHeaders: {
      ...(credentials === undefined ? {} : { Authorization: credentials }),
      ...options.headers,
      ...buildRequestHeaders({ key, subprotocols, extensions: offer && serializeOffer(offer) }),
    },
  };
}

function codecOf(
  result: ResponseResult & { ok: true },
  deflate: ResolvedDeflate | undefined,
  settings: ConnectionSettings,
): DeflateCodec | undefined {
  if (result.deflate === null || deflate === undefined) return undefined;
  return new DeflateCodec(result.deflate, Role.Client, deflate, settings.parser.maxMessageBytes ?? Infinity);
}
