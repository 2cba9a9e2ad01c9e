import type { Gatekeepers } from '../servers/bench-server.js';
import { SERVERS } from '../servers/registry.js';
import { trafficWorkload } from './traffic-workload.js';
import { GATEWAYS } from './workload.js';

const BEHIND: Record<Gatekeepers, string> = {
  plain: 'nothing in front',
  guarded: 'a guard',
  intercepted: 'guard, pipe and interceptor',
};

const ONE = { gateways: 1, handlers: 1 };
const MANY = { gateways: 5, handlers: 20 };

/** The length of a gateway's message and of its answer: all envelopes fit into it. */
export const GATEWAY_MESSAGE_BYTES = 120;

function echo(gatekeepers: Gatekeepers, inFlight: number, size: typeof ONE) {
  const { gateways, handlers } = size;
  return trafficWorkload({
    name: `gateway-${gatekeepers}-100x${String(inFlight)}${size === MANY ? '-5x20' : ''}`,
    title: `gateway echo, ${BEHIND[gatekeepers]}, ${String(gateways)} × ${String(handlers)} handlers, 100 connections, ${String(inFlight)} in flight`,
    kind: 'echo',
    shape: (server) => ({ form: SERVERS[server].gatewayForm(gatekeepers), bytes: GATEWAY_MESSAGE_BYTES }),
    connections: 100,
    inFlight,
    servers: GATEWAYS,
    gateways: size,
  });
}

/** A message through Nest: JSON of 120 bytes, which a gateway's method gives back. */
export const gatewayEcho = [
  ...(['plain', 'guarded', 'intercepted'] as const).flatMap((gatekeepers) => [
    echo(gatekeepers, 1, ONE),
    echo(gatekeepers, 32, ONE),
  ]),
  echo('guarded', 1, MANY),
  echo('guarded', 32, MANY),
];
