import { randomBytes } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import {
  acceptKey,
  buildOffer,
  buildRequestHeaders,
  HandshakeFailure,
  type ResponseResult,
  Role,
  type SentOffer,
  serializeOffer,
  validateResponse,
} from '@nestwire/protocol';
import { type ConnectOptions, DEFAULT_HANDSHAKE_TIMEOUT_MS } from './connect-options.js';
import { HandshakeError, KEPT_BODY_BYTES } from './handshake-error.js';
import { parseWebSocketUrl } from './parse-url.js';
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
  const { sent, requestHeaders } = prepareHandshake(options, deflate);
  const { response, socket, head } = await exchange(target, requestHeaders, options, sent);

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
    remoteAddress: socket.remoteAddress,
    peerAddress: socket.remoteAddress,
    tls: socket instanceof TLSSocket ? tlsFacts(socket) : undefined,
  });
  const negotiated = {
    subprotocol: result.subprotocol,
    extensions: headers['sec-websocket-extensions']?.join(', ') ?? '',
    deflate: codecOf(result, deflate, settings),
  };
  const connection = new Connection(socket, settings, facts, negotiated);
  connection.start(options.onConnection(connection), head);
  return connection;
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
  options: ConnectOptions,
  deflate: ResolvedDeflate | undefined,
): { readonly sent: SentOffer; readonly requestHeaders: Record<string, string> } {
  const reserved = Object.keys(options.headers ?? {}).find((name) => RESERVED_HEADERS.test(name));
  if (reserved !== undefined) throw new SyntaxError(`The header ${reserved} belongs to the handshake itself`);
  const key = randomBytes(KEY_BYTES).toString('base64');
  const subprotocols = options.subprotocols ?? [];
  const offer = deflate && buildOffer(deflate.policy);
  return {
    sent: { accept: acceptKey(key, sha1Base64), subprotocols, deflate: offer },
    requestHeaders: {
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

interface Exchanged {
  readonly response: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
}

/** Sends the request and waits for the answer: a 101, or the reason why there is none. */
function exchange(
  target: URL,
  headers: Record<string, string>,
  options: ConnectOptions,
  sent: SentOffer,
): Promise<Exchanged> {
  const { signal, clock = systemClock, handshakeTimeoutMs = DEFAULT_HANDSHAKE_TIMEOUT_MS } = options;
  const secure = target.protocol === 'wss:';
  return new Promise<Exchanged>((resolve, reject) => {
    if (signal?.aborted === true) return reject(aborted(signal));
    const request = (secure ? httpsRequest : httpRequest)({
      // An IPv6 literal stands in brackets in a URL, and without in a look-up.
      hostname: target.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: target.port === '' ? (secure ? 443 : 80) : Number(target.port),
      path: `${target.pathname}${target.search}`,
      headers: { Host: target.host, ...headers },
      ...(target.username === ''
        ? {}
        : { auth: `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}` }),
      // A connection of its own: an agent would hand it to another request.
      agent: false,
    });
    const fail = (error: Error): void => {
      settle();
      reject(error);
      request.destroy();
    };
    const timer =
      handshakeTimeoutMs === Infinity
        ? undefined
        : clock.schedule(() => {
            const seconds = String(handshakeTimeoutMs / 1000);
            fail(new HandshakeError(`No answer to the handshake within ${seconds} s`, { reason: 'timeout' }));
          }, handshakeTimeoutMs);
    const onAbort = (): void => fail(aborted(signal));
    const settle = (): void => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('upgrade', (response, socket, head) => {
      settle();
      resolve({ response, socket: socket, head });
    });
    request.on('response', (response) => {
      // To Node, a 101 that lacks its headers is a response like any other.
      if (response.statusCode === 101) fail(unusable(response, sent));
      else readRefusal(request, response, fail);
    });
    request.on('error', (cause) =>
      fail(new HandshakeError(`No connection: ${cause.message}`, { reason: 'network', cause })),
    );
    request.end();
  });
}

/** A 101 that fails the handshake. */
function unusable(response: IncomingMessage, sent: SentOffer): HandshakeError {
  const status = response.statusCode ?? 0;
  const result = validateResponse({ status, headers: headerLines(response) }, sent);
  const reason = result.ok ? HandshakeFailure.Upgrade : result.failure;
  const { headers } = response;
  return new HandshakeError(`The server's answer fails the handshake: ${reason}`, { reason, status, headers });
}

/** Any other status is an answer as well: it is read, and told. */
function readRefusal(request: ClientRequest, response: IncomingMessage, fail: (error: Error) => void): void {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let length = 0;
  const tell = (): void => {
    const body = Buffer.concat(chunks).subarray(0, KEPT_BODY_BYTES).toString();
    const { headers } = response;
    fail(
      new HandshakeError(`The server refused with ${String(status)}`, {
        reason: HandshakeFailure.Status,
        status,
        headers,
        body,
      }),
    );
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= KEPT_BODY_BYTES) tell();
  });
  response.on('end', tell);
  response.on('error', tell);
  request.on('close', tell);
}

function aborted(signal: AbortSignal | undefined): HandshakeError {
  return new HandshakeError('The handshake was aborted', { reason: 'aborted', cause: signal?.reason });
}
