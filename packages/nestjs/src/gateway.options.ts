import { isDeepStrictEqual } from 'node:util';
import type { FactoryProvider, InjectionToken, Type } from '@nestjs/common';
import type { NestwireOptions } from './nestwire.options.js';

/** What of the adapter's options a path may have otherwise. */
const PATH_OPTIONS = [
  'allowNoOrigin',
  'authentication',
  'authenticationTimeoutMs',
  'closeTimeoutMs',
  'decisionTimeoutMs',
  'heartbeatTimeoutMs',
  'hosts',
  'maxConnectionsPerUser',
  'maxExcessMessages',
  'maxForgedMessages',
  'maxMalformedMessages',
  'maxMessageBytes',
  'maxOutboundBytes',
  'maxStreams',
  'maxWaitingMessages',
  'messageBurst',
  'messagesPerSecond',
  'origins',
  'outboundHighWaterBytes',
  'outboundLowWaterBytes',
  'perMessageDeflate',
  'pingIntervalMs',
  'pongTimeoutMs',
  'refusals',
  'silenceTimeoutMs',
  'slowConsumer',
  'trustedProxies',
] as const satisfies readonly (keyof NestwireOptions)[];

export type PathOptions = Pick<NestwireOptions, (typeof PATH_OPTIONS)[number]>;

/**
 * What `@WebSocketGateway()` and {@link provideGatewayOptions} take: where the gateway is, and what is otherwise there than the adapter's
 * options say. Gateways of one path share it; what one says holds for all, and two that contradict each other do not start.
 */
export interface NestwireGatewayOptions extends PathOptions {
  /**
   * Literal, or a pattern: `/rooms/:room`, `/files/*path`, `/a{/:b}`. Paths are compared as sent, percent-encoding included; the query is
   * no part of them.
   * @default '/'
   */
  readonly path?: string;
}

/** What a factory gives; it wins over what the decorator says. */
export interface ProvidedGatewayOptions extends NestwireGatewayOptions {
  /**
   * A port of the gateway's own; 0 for the application's.
   * @default the decorator's
   */
  readonly port?: number;
}

export interface GatewayOptionsFactory {
  readonly inject?: FactoryProvider['inject'];
  // What is injected is known to whoever writes the factory: Nest has no type for it either.
  readonly useFactory: FactoryProvider<ProvidedGatewayOptions>['useFactory'];
}

const tokens = new WeakMap<object, symbol>();

/**
 * A provider of a gateway's options, for what is not known before the application is put together: it may inject, and may be
 * asynchronous. The adapter reads it when it is created, before anything is bound.
 *
 * ```ts
 * providers: [
 *   ChatGateway,
 *   provideGatewayOptions(ChatGateway, {
 *     inject: [ConfigService],
 *     useFactory: (config: ConfigService) => ({ port: config.get('CHAT_PORT'), path: '/chat' }),
 *   }),
 * ]
 * ```
 */
export function provideGatewayOptions(
  gateway: Type,
  { inject = [], useFactory }: GatewayOptionsFactory,
): FactoryProvider<ProvidedGatewayOptions> {
  return { provide: gatewayOptionsToken(gateway), inject, useFactory };
}

/** @internal */
export function gatewayOptionsToken(gateway: Type): InjectionToken & symbol {
  let token = tokens.get(gateway);
  if (token === undefined) {
    token = Symbol(`options of ${gateway.name}`);
    tokens.set(gateway, token);
  }
  return token;
}

/**
 * What all gateways of a path say of it.
 *
 * @throws Error where two contradict each other.
 */
export function mergePathOptions(
  gateways: readonly { readonly type: Type; readonly options: PathOptions }[],
): PathOptions {
  const merged: Record<string, unknown> = {};
  const saidBy: Record<string, string> = {};
  for (const { type, options } of gateways) {
    for (const name of PATH_OPTIONS) {
      const value = options[name];
      if (value === undefined) continue;
      const other = saidBy[name];
      if (other !== undefined && !isDeepStrictEqual(merged[name], value)) {
        throw new Error(`${other} and ${type.name} share a path and disagree about ${name}`);
      }
      merged[name] = value;
      saidBy[name] = type.name;
    }
  }
  return merged;
}
