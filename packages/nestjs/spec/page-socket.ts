import { WebSocket } from 'ws';

/**
 * Gives code that is made for a browser what it finds there: a global `WebSocket`, which tells the server the page's origin. Answers
 * with what takes it away again.
 */
export function openPageSockets(origin: string): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  class PageSocket extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols, { origin });
      // As in a browser, where nothing happens if nobody listens.
      this.on('error', () => undefined);
    }
  }
  Object.defineProperty(globalThis, 'WebSocket', { configurable: true, writable: true, value: PageSocket });
  return () => {
    if (before === undefined) delete (globalThis as { WebSocket?: unknown }).WebSocket;
    else Object.defineProperty(globalThis, 'WebSocket', before);
  };
}
