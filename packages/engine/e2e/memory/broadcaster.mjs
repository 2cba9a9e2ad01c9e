import { setImmediate } from 'node:timers/promises';
import { PreparedMessage, WsServer } from '@nestwire/engine';

/*
 * A server in a process of its own, which pushes a GB to 100 clients, 64 KiB at a time, and tells its parent what memory that took:
 * node broadcaster.mjs POLICY prepared|copied
 */

const [slowConsumer, form] = process.argv.slice(2);

const CLIENTS = 100;
const MESSAGE_BYTES = 64 * 1024;
const ROUNDS = 1_000_000_000 / CLIENTS / MESSAGE_BYTES;

const results = {};
/** What the kernel calls the most is that of the process which was forked for this one. */
let mostResident = 0;
const listener = { onMessage: () => undefined };

const server = new WsServer({
  slowConsumer,
  onConnection: () => {
    if (server.connections.size === CLIENTS) void push();
    return listener;
  },
});

async function push() {
  for (let round = 0; round < ROUNDS; round++) {
    const message = new Uint8Array(MESSAGE_BYTES).fill(round);
    const each = form === 'prepared' ? new PreparedMessage(message) : message;
    for (const connection of server.connections) {
      const result = connection.send(each, { key: String(round % 4) });
      results[result] = (results[result] ?? 0) + 1;
    }
    mostResident = Math.max(mostResident, process.memoryUsage.rss());
    await setImmediate();
  }
  process.send({ residentMiB: mostResident / 1024 / 1024, results, limitsHit: server.limitsHit });
}

const { port } = await server.listen();
process.send({ port });
process.on('disconnect', () => process.exit());
