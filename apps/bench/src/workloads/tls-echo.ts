import { SMALL_TEXT } from './small-echo.js';
import { trafficWorkload } from './traffic-workload.js';

/** Small messages by TLS. */
export const tlsEcho = [1, 32].map((inFlight) =>
  trafficWorkload({
    name: `tls-echo-64b-100x${String(inFlight)}`,
    title: `TLS echo 64 B, 100 connections, ${String(inFlight)} in flight`,
    kind: 'echo',
    shape: SMALL_TEXT,
    tls: true,
    connections: 100,
    inFlight,
  }),
);
