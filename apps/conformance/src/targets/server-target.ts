import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { once } from 'node:events';
import { type DeflateOptions, WsServer } from '@nestwire/engine';
import { type PerMessageDeflateOptions, WebSocketServer } from 'ws';
import { LIMITS, type Target, type TargetName } from './target.js';
import { openAsClient, type Opening } from '../wire/opening.js';
import { Peer } from '../wire/peer.js';

/** An echo server under test, in three forms: one port each. */
interface EchoServer {
  readonly ports: Readonly<Record<Form, number>>;
  close(): Promise<void>;
}

/** Without permessage-deflate, with all of it, and with it as it is by default. */
export type Form = 'plain' | 'deflate' | 'default-deflate';

const FORMS = ['plain', 'deflate', 'default-deflate'] as const;

export function formFor({ deflate, ownTerms }: Opening): Form {
  if (deflate === undefined) return 'plain';
  return ownTerms === true ? 'default-deflate' : 'deflate';
}

/** The driver plays the client. */
function serverTarget(name: TargetName, server: EchoServer): Target {
  const { ports } = server;
  return {
    name,
    close: () => server.close(),
    open: async (opening: Opening) => {
      // A half-closed connection is a state of its own here: the server must end its side by itself.
      const socket: Socket = connectTcp({ port: ports[formFor(opening)], host: '127.0.0.1', allowHalfOpen: true });
      await once(socket, 'connect');
      try {
        return new Peer('client', await openAsClient(socket, opening));
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
  };
}

export async function ourServer(): Promise<Target> {
  const servers = FORMS.map(
    (form) =>
      new WsServer({
        ...LIMITS,
        // Cases run side by side; what they hold together is no case's concern.
        maxUnfinishedBytes: Infinity,
        // All of them come from here.
        maxConnectionsPerAddress: Infinity,
        handshakesPerSecond: Infinity,
        perMessageDeflate: OUR_DEFLATE[form],
        onConnection: () => ({ onMessage: (connection, message) => void connection.send(message) }),
      }),
  );
  const addresses = await Promise.all(servers.map((server) => server.listen()));
  return serverTarget('server', {
    ports: portsOf(addresses),
    close: async () => void (await Promise.all(servers.map((server) => server.close()))),
  });
}

function portsOf(addresses: readonly AddressInfo[]): Record<Form, number> {
  const [plain, deflate, defaults] = addresses.map(({ port }) => port);
  return { plain: plain ?? 0, deflate: deflate ?? 0, 'default-deflate': defaults ?? 0 };
}

/** All that RFC 7692 allows, and every message compressed; or nothing but the wish to compress. */
export const OUR_DEFLATE: Readonly<Record<Form, DeflateOptions | boolean>> = {
  plain: false,
  deflate: { contextTakeover: true, peerContextTakeover: true, windowBits: 15, peerWindowBits: 15, thresholdBytes: 0 },
  'default-deflate': true,
};

export const WS_DEFLATE: Readonly<Record<Form, PerMessageDeflateOptions | boolean>> = {
  plain: false,
  deflate: { threshold: 0 },
  'default-deflate': true,
};

export async function wsServer(): Promise<Target> {
  const servers = FORMS.map((form) => {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      maxPayload: LIMITS.maxMessageBytes,
      maxFragments: LIMITS.maxFragments,
      perMessageDeflate: WS_DEFLATE[form],
    });
    server.on('connection', (socket) => {
      // What is wrong with a peer's frames is told as an error, which would end the process.
      socket.on('error', () => undefined);
      socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
    });
    return server;
  });
  await Promise.all(servers.map((server) => once(server, 'listening')));
  return serverTarget('ws-server', {
    ports: portsOf(servers.map((server) => server.address() as AddressInfo)),
    close: async () => {
      for (const server of servers) for (const client of server.clients) client.terminate();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  });
}
