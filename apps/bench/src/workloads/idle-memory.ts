import { ENGINES, HEAP, RESIDENT, type Workload } from './workload.js';

const CONNECTIONS = 10_000;

/** Open before the first look, so that what the server needs once is not counted for each. */
export const CONNECTIONS_BEFORE = 2000;

/** What a connection takes that says nothing; "canned" is an upgraded socket of Node's with nothing on it. */
export const idleMemory: readonly Workload[] = (['off', 'no-takeover'] as const).map((compression) => ({
  name: compression === 'off' ? 'idle-memory' : 'idle-memory-deflate',
  title: `memory of an idle connection, 10,000 of them${compression === 'off' ? '' : ', permessage-deflate agreed upon'}`,
  servers: ENGINES,
  metrics: [RESIDENT, HEAP],
  plan: (_server, { connections }) => ({
    server: { app: 'echo', compression },
    load: {
      kind: 'idle',
      compression,
      before: connections(CONNECTIONS_BEFORE),
      connections: connections(CONNECTIONS),
    },
  }),
}));
