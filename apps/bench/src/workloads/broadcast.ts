import { trafficWorkload } from './traffic-workload.js';
import { COST, type Metric } from './workload.js';

const DELIVERIES: Metric = { name: 'rate', unit: 'deliveries/s', better: 'more' };

/** One message to all: 16 at a time, as where there is much to tell; and one at a time, where each delivery is a write of its own. */
export const broadcast = [
  { connections: 500, inFlight: 16 },
  { connections: 500, inFlight: 1 },
  { connections: 5000, inFlight: 16 },
].map(({ connections, inFlight }) =>
  trafficWorkload({
    name: `broadcast-${String(connections)}x${String(inFlight)}`,
    title: `broadcast 256 B to ${connections.toLocaleString('en')}, ${String(inFlight)} in flight`,
    kind: 'broadcast',
    shape: { form: { kind: 'text' }, bytes: 256 },
    connections,
    inFlight,
    metrics: [DELIVERIES, COST],
  }),
);
