import { type AddressInfo, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { connect } from '@nestwire/engine';
import { WebSocket } from 'ws';
import { type Form, formFor, OUR_DEFLATE, WS_DEFLATE } from './server-target.js';
import { LIMITS, type Target, type TargetName } from './target.js';
import { openAsServer, type Opening } from '../wire/opening.js';
import { Peer } from '../wire/peer.js';

/** Has an echo client under test connect to this URL. */
type Connect = (url: string, form: Form) => void;

/** The driver plays the server, and listens anew for every connection: so it is known whose it is. */
function clientTarget(name: TargetName, connectTo: Connect): Promise<Target> {
  return Promise.resolve({
    name,
    open: async (opening: Opening) => {
      const listener = createServer({ allowHalfOpen: true });
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const connected = once(listener, 'connection');
      const { port } = listener.address() as AddressInfo;
      connectTo(`ws://127.0.0.1:${String(port)}/`, formFor(opening));
      const [socket] = (await connected) as [Socket];
      listener.close();
      try {
        return new Peer('server', await openAsServer(socket, opening));
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
    close: () => Promise.resolve(),
  });
}

export function ourClient(): Promise<Target> {
  return clientTarget('client', (url, form) => {
    const connected = connect(url, {
      ...LIMITS,
      perMessageDeflate: OUR_DEFLATE[form],
      onConnection: () => ({ onMessage: (connection, message) => void connection.send(message) }),
    });
    // A case that fails in its opening handshake says so itself.
    connected.catch(() => undefined);
  });
}

export function wsClient(): Promise<Target> {
  return clientTarget('ws-client', (url, form) => {
    const socket = new WebSocket(url, {
      maxPayload: LIMITS.maxMessageBytes,
      maxFragments: LIMITS.maxFragments,
      perMessageDeflate: WS_DEFLATE[form],
    });
    // What is wrong with a peer's frames is told as an error, which would end the process.
    socket.on('error', () => undefined);
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
  });
}
