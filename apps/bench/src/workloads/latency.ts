import { SERVERS } from '../servers/registry.js';
import { GATEWAY_MESSAGE_BYTES } from './gateway-echo.js';
import { SMALL_TEXT } from './small-echo.js';
import { trafficWorkload } from './traffic-workload.js';
import { GATEWAYS, type Metric } from './workload.js';

const METRICS: readonly [Metric, ...Metric[]] = [
  { name: 'p50', unit: 'µs', better: 'less' },
  { name: 'p99', unit: 'µs', better: 'less' },
  { name: 'rate', unit: 'messages/s', better: 'more' },
];

/** How long an answer takes at half of what the server can do; `rate` is that half, each server's own. */
export const latency = [
  trafficWorkload({
    name: 'latency-echo-64b',
    title: 'latency at half of saturation: echo 64 B, 100 connections',
    kind: 'latency',
    shape: SMALL_TEXT,
    connections: 100,
    inFlight: 1,
    metrics: METRICS,
  }),
  trafficWorkload({
    name: 'latency-gateway-guarded',
    title: 'latency at half of saturation: gateway echo, a guard, 100 connections',
    kind: 'latency',
    shape: (server) => ({ form: SERVERS[server].gatewayForm('guarded'), bytes: GATEWAY_MESSAGE_BYTES }),
    connections: 100,
    inFlight: 1,
    servers: GATEWAYS,
    gateways: { gateways: 1, handlers: 1 },
    metrics: METRICS,
  }),
];
