import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/**
 * Ends a transport whose other side has ended. Where TCP has all that was written, closing it says FIN as well as ending its stream does, and
 * does without a request and two turns of the event loop: there is nothing left to read that would make a reset of it.
 */
export function endBehindPeer(socket: Duplex): void {
  const isBare = socket instanceof Socket && !(socket instanceof TLSSocket);
  if (isBare && socket.writableLength === 0) socket.destroy();
  else socket.end();
}
