import { WsAdapter } from '@nestjs/platform-ws';
import { createEventApp } from '../nest/event-app.js';
import type { BenchServer } from './bench-server.js';
import { listeningApp } from './nest-server.js';

/** The same application on Nest's adapter for ws. */
export const platformWs: BenchServer = {
  async start({ gateways = 1, handlers = 1 }) {
    return listeningApp(await createEventApp((app) => new WsAdapter(app), gateways, handlers));
  },
};
