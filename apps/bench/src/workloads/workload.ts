import type { LoadTask } from '../load/load-task.js';
import type { ServerTask } from '../servers/bench-server.js';
import type { ServerName } from '../servers/registry.js';

/** One figure of a workload. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
}

/** How a run is scaled: as the benchmark runs, or as little as shows that it works. */
export interface Scale {
  /** For how long is counted, in milliseconds. */
  readonly ms: number;
  readonly warmUpMs: number;
  /** What a workload's number of connections becomes. */
  readonly connections: (count: number) => number;
}

/** What is measured: what the server does, and what is put on it. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** The first is ours, which the others are compared with. */
  readonly servers: readonly [ServerName, ...ServerName[]];
  /** The first is the one that a chart shows. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** What to do with one of its servers. */
  readonly plan: (server: ServerName, scale: Scale) => Plan;
}

export interface Plan {
  readonly server: Omit<ServerTask, 'tls'>;
  /** Whether by TLS; the certificate is the runner's. */
  readonly tls?: boolean;
  readonly load: LoadTask;
}

export const RATE: Metric = { name: 'rate', unit: 'messages/s', better: 'more' };
/** The server's processor time for a message: tells of the server also where the load or the machine holds it up. */
export const COST: Metric = { name: 'cost', unit: 'µs/message', better: 'less' };
export const RESIDENT: Metric = { name: 'resident', unit: 'B/connection', better: 'less' };
export const HEAP: Metric = { name: 'heap', unit: 'B/connection', better: 'less' };

/** Ours without Nest, who it is compared with, and the floor. */
export const ENGINES = ['engine', 'ws', 'uws', 'canned'] as const;
/** Ours on Nest, Nest's own adapters, and what it would be without Nest. */
export const GATEWAYS = ['nestwire', 'platform-ws', 'platform-socket.io', 'engine', 'canned'] as const;
