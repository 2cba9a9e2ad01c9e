import { trafficWorkload } from './traffic-workload.js';

const KIB = 1024;

/** Bytes that have to be moved, as binary messages; windows small enough that what is under way fits into a processor's cache. */
export const largeEcho = [
  { name: '4kib', title: '4 KiB', bytes: 4 * KIB, connections: 100, inFlight: 4 },
  { name: '64kib', title: '64 KiB', bytes: 64 * KIB, connections: 20, inFlight: 4 },
  { name: '1mib', title: '1 MiB', bytes: KIB * KIB, connections: 4, inFlight: 2 },
].map(({ name, title, bytes, connections, inFlight }) =>
  trafficWorkload({
    name: `echo-${name}`,
    title: `echo ${title}, ${String(connections)} connections, ${String(inFlight)} in flight`,
    kind: 'echo',
    shape: { form: { kind: 'binary' }, bytes },
    connections,
    inFlight,
  }),
);
