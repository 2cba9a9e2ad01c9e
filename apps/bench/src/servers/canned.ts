import type { Duplex } from 'node:stream';
import { HANDSHAKE_ACCEPT } from '../load/channel.js';
import { type Compression, MessageRing } from '../messages/message-ring.js';
import type { BenchServer, ServerTask } from './bench-server.js';
import { httpServer, listening } from './http-server.js';

const EXTENSIONS: Record<Compression, string> = {
  off: '',
  takeover: 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n',
  'no-takeover':
    'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n',
};

/** What requests and answers are, when they are known before. */
interface Canned {
  readonly requests: MessageRing;
  readonly replies: MessageRing;
  readonly burst: number;
}

/**
 * The floor: an upgraded socket of Node's that reads nothing of what it is sent. It counts bytes until they are a message, and writes an
 * answer that was ready before; one write for all of a chunk. What a server that understands its messages does on top is its own.
 */
export const canned: BenchServer = {
  start(task) {
    const answers = cannedFor(task);
    const sockets = new Set<Duplex>();
    const server = httpServer(task);
    server.on('upgrade', (request, socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      // HTTP's sockets are half-open ones: who has gone would take a file descriptor for ever.
      socket.on('end', () => socket.end());
      socket.on('close', () => sockets.delete(socket));
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${HANDSHAKE_ACCEPT}\r\n${EXTENSIONS[task.compression]}\r\n`,
      );
      if (answers === undefined) return void socket.resume();
      const start = Number(/start=(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
      const all = task.app === 'broadcast' ? sockets : undefined;
      socket.on('data', answering(answers, start, all ?? [socket]));
    });
    return listening(server, () => {
      for (const socket of sockets) socket.destroy();
    });
  },
};

function cannedFor({ canned, compression }: ServerTask): Canned | undefined {
  if (canned === undefined) return undefined;
  const settings = { ...canned, compression };
  return {
    requests: new MessageRing({ ...settings, masked: true }),
    replies: new MessageRing({ ...settings, masked: false }),
    burst: canned.burst,
  };
}

function answering({ requests, replies, burst }: Canned, start: number, to: Iterable<Duplex>): (chunk: Buffer) => void {
  let place = start;
  let received = 0;
  let needed = requests.slice(place, 1).length;
  return (chunk) => {
    received += chunk.length;
    const from = place;
    while (received >= needed) {
      received -= needed;
      needed = requests.slice(++place, 1).length;
    }
    for (let at = from; at < place; at += burst) {
      const answer = replies.slice(at, Math.min(burst, place - at));
      for (const socket of to) socket.write(answer);
    }
  };
}
