import { CONNECTIONS_BEFORE } from './idle-memory.js';
import { GATEWAYS, HEAP, RESIDENT, type Workload } from './workload.js';

/** What an idle client of a Nest application takes, with one handler and with a hundred. */
export const gatewayMemory: readonly Workload[] = [
  { gateways: 1, handlers: 1 },
  { gateways: 5, handlers: 20 },
].map(({ gateways, handlers }) => ({
  name: `gateway-memory-${String(gateways)}x${String(handlers)}`,
  title: `memory of an idle client, ${String(gateways)} × ${String(handlers)} handlers, 10,000 of them`,
  servers: GATEWAYS,
  metrics: [RESIDENT, HEAP],
  plan: (_server, { connections }) => ({
    server: { app: 'gateways', compression: 'off', gateways, handlers },
    load: {
      kind: 'idle',
      compression: 'off',
      before: connections(CONNECTIONS_BEFORE),
      connections: connections(10_000),
    },
  }),
}));
