import { randomBytes } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import {
  acceptKey,
  buildOffer,
  buildRequestHeaders,
  FrameParserSettings,
  type ResponseResult,
  Role,
  type SentOffer,
  serializeOffer,
  validateResponse,
} from '@nestwire/protocol';
import { Attempt } from './attempt.js';
import { checkHeaders } from './check-headers.js';
import type { ConnectOptions } from './connect-options.js';
import { basicCredentials } from './credentials.js';
import { exchange, unusable } from './exchange.js';
import { parseWebSocketUrl } from './parse-url.js';
import { proxyFor } from './proxy-options.js';
import { resolveTls } from './tls-options.js';
import { ignore, openTransport, type Route } from './transport.js';
import { Connection } from '../connection/connection.js';
import type { ConnectionSettings } from '../connection/connection-settings.js';
import { noLimitsHit } from '../connection/limit.js';
import { MemoryBudget } from '../connection/memory-budget.js';
import { RequestFacts } from '../connection/request-facts.js';
import { sha1Base64 } from '../connection/sha1.js';
import { tlsFacts } from '../connection/tls-facts.js';
import type { ConnectionListener, WsConnection } from '../connection/ws-connection.js';
import { DeflateCodec } from '../deflate/deflate-codec.js';
import { type ResolvedDeflate, resolveDeflate } from '../deflate/deflate-options.js';
import { headerLines } from '../server/header-lines.js';
import { checkedLimit, resolveLiveness, resolveOutbound, resolveTcp } from '../server/ws-server-options.js';
import { systemClock } from '../time/clock.js';
import { SlowConsumer } from '../connection/slow-consumer.js';
import { TimingWheel } from '../time/timing-wheel.js';

const KEY_BYTES = 16;

/** Header fields that the handshake itself decides. */
const RESERVED_HEADERS = /^(?:host|upgrade|connection|content-length|transfer-encoding|sec-websocket-.*)$/i;

/**
 * Opens a connection to a WebSocket server. RFC 6455 §4.1.
 *
 * @param url - `ws:` or `wss:`, without a fragment.
 * @throws SyntaxError for a URL, a subprotocol, a header or a proxy that can't be; RangeError for an option out of its range; TypeError for
 * what TLS can't use, and for options that exclude each other: all that before anything is opened. {@link HandshakeError} where the
 * server or a proxy refuses, answers wrongly or not in time, where TLS or the network fails, or on abort.
 */
export async function connect(url: string | URL, options: ConnectOptions): Promise<WsConnection> {
  const target = parseWebSocketUrl(url);
  const deflate = resolveDeflate(options.perMessageDeflate);
  const settings = settingsOf(options);
  const { sent, requestHeaders } = prepareHandshake(target, options, deflate);
  const route = routeTo(target, options);
  const handshakeTimeoutMs = checkedLimit('handshakeTimeoutMs', options.handshakeTimeoutMs);
  const attempt = new Attempt({ signal: options.signal, clock: options.clock ?? systemClock, handshakeTimeoutMs });
  const { socket, response, head } = await attempt.run(async () => {
    const socket = await openTransport(route, attempt);
    return { socket, ...(await exchange(socket, target, requestHeaders, sent, attempt)) };
  });

  const headers = headerLines(response);
  const result = validateResponse({ status: response.statusCode ?? 0, headers }, sent);
  if (!result.ok) {
    socket.destroy();
    throw unusable(response, sent);
  }
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
    deflate: codecOf(result, deflate, options),
  };
  const connection = new Connection(socket, settings, facts, negotiated);
  connection.start(listenerFor(connection, options), head);
  socket.off('error', ignore);
  return connection;
}

function listenerFor(connection: Connection, { onConnection }: ConnectOptions): ConnectionListener {
  try {
    return onConnection(connection);
  } catch (error) {
    // Nobody has it, and nobody would end it.
    connection.terminate();
    throw error;
  }
}

/** @throws TypeError for options that exclude each other or that TLS can't use, SyntaxError for a proxy that can't be. */
function routeTo(target: URL, options: ConnectOptions): Route {
  const { socketPath, localAddress, family, lookup, proxy, tls } = options;
  const secure = target.protocol === 'wss:';
  if (socketPath !== undefined && proxy !== undefined && proxy !== false) {
    throw new TypeError('A unix socket is on this machine: give either socketPath or proxy');
  }
  return {
    // An IPv6 literal stands in brackets in a URL, and without in a look-up.
    host: target.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: target.port === '' ? (secure ? 443 : 80) : Number(target.port),
    tls: secure ? resolveTls('tls', tls) : undefined,
    socketPath,
    proxy: socketPath === undefined ? proxyFor(target, proxy) : undefined,
    dialing: {
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(family === undefined ? {} : { family }),
      ...(lookup === undefined ? {} : { lookup }),
    },
    tcp: resolveTcp(options),
  };
}

function settingsOf(options: ConnectOptions): ConnectionSettings {
  return {
    parser: new FrameParserSettings({
      role: Role.Client,
      maxMessageBytes: checkedLimit('maxMessageBytes', options.maxMessageBytes),
      maxFragments: checkedLimit('maxFragments', options.maxFragments),
      allocate: (size) => Buffer.allocUnsafeSlow(size),
    }),
    wheel: TimingWheel.of(options.clock),
    closeTimeoutMs: checkedLimit('closeTimeoutMs', options.closeTimeoutMs),
    liveness: resolveLiveness(options),
    // A client chooses its server; there is one connection to hold memory, and its message limit.
    unfinished: new MemoryBudget(Infinity),
    limitsHit: noLimitsHit(),
    outbound: resolveOutbound(options, SlowConsumer.Wait),
    outboundTotal: new MemoryBudget(Infinity),
    onClosed: () => undefined,
  };
}

function prepareHandshake(
  target: URL,
  options: ConnectOptions,
  deflate: ResolvedDeflate | undefined,
): { readonly sent: SentOffer; readonly requestHeaders: Record<string, string> } {
  checkHeaders('headers', options.headers ?? {}, RESERVED_HEADERS);
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
  options: ConnectOptions,
): DeflateCodec | undefined {
  if (result.deflate === null || deflate === undefined) return undefined;
  const maxMessageBytes = checkedLimit('maxMessageBytes', options.maxMessageBytes);
  return new DeflateCodec(result.deflate, Role.Client, deflate, maxMessageBytes);
}
