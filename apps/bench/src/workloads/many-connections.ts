import { SMALL_TEXT } from './small-echo.js';
import { trafficWorkload } from './traffic-workload.js';
import { COST, RATE } from './workload.js';

/** The same work on more and more connections: with 100 see `echo-64b-100x1`. */
export const manyConnections = [1000, 10_000].map((connections) =>
  trafficWorkload({
    name: `echo-64b-${String(connections)}x1`,
    title: `echo 64 B, ${connections.toLocaleString('en')} connections, 1 in flight`,
    kind: 'echo',
    shape: SMALL_TEXT,
    connections,
    inFlight: 1,
    metrics: [COST, RATE],
  }),
);
