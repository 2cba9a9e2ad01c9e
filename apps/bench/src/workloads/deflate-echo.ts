import { trafficWorkload } from './traffic-workload.js';

/**
 * permessage-deflate on JSON. With takeover, a message refers to those before it: ours within 4 KiB (12 bits), as it is shipped, ws within
 * its default of 32 KiB (15 bits).
 */
export const deflateEcho = (['no-takeover', 'takeover'] as const).map((compression) =>
  trafficWorkload({
    name: `deflate-${compression}`,
    title: `permessage-deflate echo 1 KiB JSON, ${compression.replace('-', ' ')}, 100 connections, 16 in flight`,
    kind: 'echo',
    shape: { form: { kind: 'json' }, bytes: 1024 },
    compression,
    connections: 100,
    inFlight: 16,
  }),
);
