import { type PerMessageDeflateOptions, WebSocketServer } from 'ws';
import type { Compression } from '../messages/message-ring.js';
import type { BenchServer } from './bench-server.js';
import { httpServer, listening } from './http-server.js';

const DEFLATE: Record<Compression, boolean | PerMessageDeflateOptions> = {
  off: false,
  'no-takeover': { serverNoContextTakeover: true, clientNoContextTakeover: true },
  takeover: true,
};

/** ws, with bufferutil where that is installed: it finds it by itself. */
export const ws: BenchServer = {
  start(task) {
    const http = httpServer(task);
    const server = new WebSocketServer({ server: http, perMessageDeflate: DEFLATE[task.compression] });
    server.on('connection', (socket) => {
      socket.on('error', () => socket.terminate());
      socket.on('message', (message: Buffer, binary) => {
        if (task.app === 'broadcast') for (const client of server.clients) client.send(message, { binary });
        else socket.send(message, { binary });
      });
    });
    return listening(http, () => {
      for (const client of server.clients) client.terminate();
    });
  },
};
