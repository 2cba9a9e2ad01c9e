import { broadcast } from './broadcast.js';
import { deflateEcho } from './deflate-echo.js';
import { gatewayEcho } from './gateway-echo.js';
import { gatewayMemory } from './gateway-memory.js';
import { handshakes } from './handshakes.js';
import { idleMemory } from './idle-memory.js';
import { largeEcho } from './large-echo.js';
import { latency } from './latency.js';
import { manyConnections } from './many-connections.js';
import { smallEcho } from './small-echo.js';
import { tlsEcho } from './tls-echo.js';
import type { Workload } from './workload.js';

/** In the order in which they run. */
export const WORKLOADS: readonly Workload[] = [
  ...smallEcho,
  ...manyConnections,
  ...largeEcho,
  ...broadcast,
  ...deflateEcho,
  ...tlsEcho,
  handshakes,
  ...idleMemory,
  ...gatewayEcho,
  ...gatewayMemory,
  ...latency,
];
