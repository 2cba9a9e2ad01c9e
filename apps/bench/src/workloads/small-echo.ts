import { trafficWorkload } from './traffic-workload.js';

export const SMALL_TEXT = { form: { kind: 'text' }, bytes: 64 } as const;

/** Few bytes and little to do: what a message costs. */
export const smallEcho = [
  trafficWorkload({
    name: 'echo-64b-100x1',
    title: 'echo 64 B, 100 connections, 1 in flight',
    kind: 'echo',
    shape: SMALL_TEXT,
    connections: 100,
    inFlight: 1,
  }),
  trafficWorkload({
    name: 'echo-64b-100x32',
    title: 'echo 64 B, 100 connections, 32 in flight',
    kind: 'echo',
    shape: SMALL_TEXT,
    connections: 100,
    inFlight: 32,
  }),
  trafficWorkload({
    name: 'echo-64b-500x1',
    title: 'echo 64 B, 500 connections, 1 in flight',
    kind: 'echo',
    shape: SMALL_TEXT,
    connections: 500,
    inFlight: 1,
  }),
];
