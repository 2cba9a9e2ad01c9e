import { parseArgs } from 'node:util';
import { WsServer } from '@nestwire/engine';

/*
 * npm run serve:echo -- [--port 9001] [--deflate] [--mode echo|broadcast]
 *
 * The bare engine for outside tools: its limits raised to what such tools send, every extension parameter accepted.
 */

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9001' },
    deflate: { type: 'boolean', default: false },
    mode: { type: 'string', default: 'echo' },
  },
});
if (values.mode !== 'echo' && values.mode !== 'broadcast') throw new Error(`There is no mode ${values.mode}`);
const broadcasts = values.mode === 'broadcast';

const server: WsServer = new WsServer({
  maxMessageBytes: 64 * 1024 * 1024,
  maxFragments: Infinity,
  maxUnfinishedBytes: Infinity,
  // A load generator is one address.
  maxConnectionsPerAddress: Infinity,
  handshakesPerSecond: Infinity,
  // Whatever the client offers; its messages are compressed as ours are, down to the empty one.
  perMessageDeflate: values.deflate && {
    contextTakeover: true,
    peerContextTakeover: true,
    windowBits: 15,
    peerWindowBits: 15,
    thresholdBytes: 0,
  },
  onConnection: () => ({
    onMessage: (connection, message) => {
      if (!broadcasts) connection.send(message);
      else for (const each of server.connections) each.send(message);
    },
  }),
});

const { port } = await server.listen(Number(values.port));
console.log(`listening ws://127.0.0.1:${String(port)}/`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
