import { IoAdapter } from '@nestjs/platform-socket.io';
import { createEventApp } from '../nest/event-app.js';
import type { BenchServer } from './bench-server.js';
import { listeningApp } from './nest-server.js';

/** The same application on Nest's adapter for Socket.IO. */
export const platformSocketIo: BenchServer = {
  async start({ gateways = 1, handlers = 1 }) {
    return listeningApp(await createEventApp((app) => new IoAdapter(app), gateways, handlers));
  },
};
