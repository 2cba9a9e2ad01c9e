import { ENGINES, type Workload } from './workload.js';

/** Connections that come, upgrade and go. */
export const handshakes: Workload = {
  name: 'handshakes',
  title: 'opening handshakes, 64 at a time',
  servers: ENGINES,
  metrics: [
    { name: 'rate', unit: 'handshakes/s', better: 'more' },
    { name: 'cost', unit: 'µs/handshake', better: 'less' },
  ],
  plan: (_server, { ms, warmUpMs, connections }) => ({
    server: { app: 'echo', compression: 'off' },
    load: { kind: 'handshakes', atOnce: connections(64), warmUpMs, ms },
  }),
};
