import type { Type } from '@nestjs/common';
import type { DeflateOptions } from '@nestwire/engine';
import type { PathOptions } from '../gateway.options.js';

/** Options of `ws` that would be missed, and what to do instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  verifyClient: 'use @UseHandshakeGuards(), or the option authenticate',
  handleProtocols: 'have a codec for each subprotocol, or leave it out: the first that a client offers is chosen',
  server: 'give the adapter the application, whose server it uses',
  noServer: 'leave it out',
  namespace: 'give it a path instead: WsAdapter knows no namespaces either',
  WebSocket: 'leave it out: a client is a NestwireClient',
  host: "use the adapter's ownPorts: { host }",
};

/** What `ws` calls permessage-deflate's options. */
interface WsDeflateOptions {
  readonly threshold?: number;
  readonly serverNoContextTakeover?: boolean;
  readonly clientNoContextTakeover?: boolean | undefined;
  readonly serverMaxWindowBits?: number;
  readonly clientMaxWindowBits?: number | boolean;
  readonly zlibDeflateOptions?: { readonly level?: number; readonly memLevel?: number };
  readonly zlibInflateOptions?: unknown;
  readonly concurrencyLimit?: unknown;
}

const WS_DEFLATE_NAMES = [
  'threshold',
  'serverNoContextTakeover',
  'clientNoContextTakeover',
  'serverMaxWindowBits',
  'clientMaxWindowBits',
  'zlibDeflateOptions',
  'zlibInflateOptions',
  'concurrencyLimit',
] as const satisfies readonly (keyof WsDeflateOptions)[];

/**
 * What `WsAdapter` would have handed from `@WebSocketGateway()` to `ws`, in our words. What neither has a word for costs nothing to
 * leave out.
 *
 * @throws Error for an option that would be missed: a `verifyClient` that nobody asks lets everybody in.
 */
export function translateWsOptions(gateway: Type, options: PathOptions): PathOptions {
  const given = options as PathOptions & Readonly<Record<string, unknown>>;
  for (const [name, instead] of Object.entries(INSTEAD)) {
    if (given[name] === undefined || given[name] === null) continue;
    throw new Error(`${gateway.name} has the option ${name} of ws, which is not carried over: ${instead}`);
  }
  const { maxPayload, closeTimeout, perMessageDeflate } = given;
  return {
    // 0 is no limit there.
    ...(typeof maxPayload === 'number' ? { maxMessageBytes: maxPayload === 0 ? Infinity : maxPayload } : {}),
    ...(typeof closeTimeout === 'number' ? { closeTimeoutMs: closeTimeout } : {}),
    ...options,
    ...(isWsDeflate(perMessageDeflate) ? { perMessageDeflate: deflateOf(perMessageDeflate) } : {}),
  };
}

function isWsDeflate(value: unknown): value is WsDeflateOptions {
  return typeof value === 'object' && value !== null && WS_DEFLATE_NAMES.some((name) => name in value);
}

function deflateOf(options: WsDeflateOptions): DeflateOptions {
  const { threshold, serverMaxWindowBits, clientMaxWindowBits, zlibDeflateOptions: zlib = {} } = options;
  return {
    contextTakeover: options.serverNoContextTakeover !== true,
    peerContextTakeover: options.clientNoContextTakeover !== true,
    ...(threshold === undefined ? {} : { thresholdBytes: threshold }),
    ...(serverMaxWindowBits === undefined ? {} : { windowBits: serverMaxWindowBits }),
    ...(typeof clientMaxWindowBits === 'number' ? { peerWindowBits: clientMaxWindowBits } : {}),
    ...(zlib.level === undefined ? {} : { level: zlib.level }),
    ...(zlib.memLevel === undefined ? {} : { memLevel: zlib.memLevel }),
  };
}
