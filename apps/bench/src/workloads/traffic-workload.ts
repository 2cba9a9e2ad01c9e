import type { Compression } from '../messages/message-ring.js';
import type { MessageShape } from '../messages/message-shape.js';
import { type ServerName } from '../servers/registry.js';
import { COST, ENGINES, type Metric, RATE, type Workload } from './workload.js';

export interface TrafficSettings {
  readonly name: string;
  readonly title: string;
  readonly kind: 'echo' | 'broadcast' | 'latency';
  readonly shape: MessageShape | ((server: ServerName) => MessageShape);
  readonly connections: number;
  /** Messages under way; on each connection, but for a broadcast. */
  readonly inFlight: number;
  /** @default 'off' */
  readonly compression?: Compression;
  /** @default false */
  readonly tls?: boolean;
  /** @default the engines */
  readonly servers?: readonly [ServerName, ...ServerName[]];
  /** Of the Nest application; 1 × 1 unless it says otherwise. */
  readonly gateways?: { readonly gateways: number; readonly handlers: number };
  /** @default the rate, and what a message costs */
  readonly metrics?: readonly [Metric, ...Metric[]];
}

/** A workload in which messages go to and fro. */
export function trafficWorkload(settings: TrafficSettings): Workload {
  const { name, title, kind, connections, inFlight, compression = 'off', tls = false } = settings;
  const { servers = ENGINES, metrics = [RATE, COST], gateways } = settings;
  const app = kind === 'broadcast' ? 'broadcast' : gateways === undefined ? 'echo' : 'gateways';
  return {
    name,
    title,
    servers,
    metrics,
    plan: (server, scale) => {
      const shape = typeof settings.shape === 'function' ? settings.shape(server) : settings.shape;
      const traffic = {
        shape,
        compression,
        connections: scale.connections(connections),
        warmUpMs: scale.warmUpMs,
        ms: scale.ms,
      };
      return {
        tls,
        server: { app, compression, canned: { shape, burst: inFlight }, ...gateways },
        load: kind === 'latency' ? { kind, ...traffic } : { kind, inFlight, ...traffic },
      };
    },
  };
}
