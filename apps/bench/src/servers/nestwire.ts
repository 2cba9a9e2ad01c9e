import { createGatewayApp } from '../nest/gateway-app.js';
import type { BenchServer } from './bench-server.js';
import { listeningApp } from './nest-server.js';

/** A Nest application on our adapter. */
export const nestwire: BenchServer = {
  async start({ gateways = 1, handlers = 1 }) {
    return listeningApp(await createGatewayApp({ gateways, handlers }));
  },
};
