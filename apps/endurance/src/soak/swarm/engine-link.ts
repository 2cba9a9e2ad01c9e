import { connect, type DeflateOptions } from '@nestwire/engine';
import type { Link, LinkListener, Target } from './link.js';

/** Connects with the engine's own client: for permessage-deflate, and because it is to endure as well. */
export function openEngineLink(
  { port, path, localAddress, subprotocol }: Target,
  listener: LinkListener,
  perMessageDeflate: boolean | DeflateOptions,
): Promise<Link> {
  return connect(`ws://127.0.0.1:${String(port)}${path}`, {
    proxy: false,
    localAddress,
    perMessageDeflate,
    subprotocols: subprotocol === undefined ? [] : [subprotocol],
    onConnection: () => ({
      onMessage: (_connection, message) => listener.onMessage(message),
      onClose: ({ closeCode }) => listener.onEnd(closeCode),
    }),
  });
}
