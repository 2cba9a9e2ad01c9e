import type { WsServerOptions } from '@nestwire/engine';
import type { NestwireOptions } from '@nestwire/nestjs';

/*
 * Limits of rate, connections and handshakes, raised for the benchmark, which has one address and sends as much as it can. All else is as
 * shipped. Each new limit of that kind belongs here.
 */

const ONE_ADDRESS = { maxConnectionsPerAddress: Infinity, handshakesPerSecond: Infinity };

export const ENGINE_LIMITS: Partial<WsServerOptions> = ONE_ADDRESS;

export const GATEWAY_LIMITS: NestwireOptions = { ...ONE_ADDRESS, messagesPerSecond: Infinity };
