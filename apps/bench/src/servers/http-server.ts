import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerTask, StartedServer } from './bench-server.js';

/** Node's own server, for those that stand on one. */
export function httpServer({ tls }: ServerTask): Server {
  return tls === undefined ? createHttpServer() : createHttpsServer(tls);
}

/** Listens; `close` ends what was upgraded too, which Node forgets about. */
export async function listening(server: Server, terminate: () => void): Promise<StartedServer> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}
