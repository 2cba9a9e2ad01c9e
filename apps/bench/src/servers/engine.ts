import { type ConnectionListener, type DeflateOptions, PreparedMessage, WsServer } from '@nestwire/engine';
import type { Compression } from '../messages/message-ring.js';
import { ENGINE_LIMITS } from '../nest/raised-limits.js';
import type { BenchServer } from './bench-server.js';

const DEFLATE: Record<Compression, boolean | DeflateOptions> = {
  off: false,
  'no-takeover': true,
  takeover: { contextTakeover: true, peerContextTakeover: true },
};

/** Our engine, without Nest. */
export const engine: BenchServer = {
  async start({ app, compression, tls }) {
    const echo: ConnectionListener = { onMessage: (connection, message) => connection.send(message) };
    const broadcast: ConnectionListener = {
      onMessage: (_connection, message) => {
        const prepared = new PreparedMessage(message);
        for (const connection of server.connections) connection.send(prepared);
      },
    };
    const listener = app === 'broadcast' ? broadcast : echo;
    const server = new WsServer({
      ...ENGINE_LIMITS,
      onConnection: () => listener,
      perMessageDeflate: DEFLATE[compression],
      ...(tls === undefined ? {} : { tls }),
    });
    const { port } = await server.listen();
    return {
      port,
      close: () => {
        for (const connection of server.connections) connection.terminate();
        return server.close();
      },
    };
  },
};
