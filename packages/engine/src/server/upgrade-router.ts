import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import type { Duplex } from 'node:stream';
import { asksForWebSocket, type HeaderLines, parseTarget, type Refusal, refuse } from '@nestwire/protocol';
import { headerLines } from './header-lines.js';

/** Where upgrades on some paths of an HTTP server go. */
export interface UpgradeEndpoint {
  serves(path: string): boolean;
  /** @param headers - those of the request, which have been read already. */
  upgrade(request: IncomingMessage, headers: HeaderLines, socket: Duplex, head: Buffer): void;
  /** Whether it answers for paths of nobody's, too. */
  readonly takesUnserved: boolean;
  upgradeUnserved(request: IncomingMessage, headers: HeaderLines, socket: Duplex, head: Buffer): void;
  /** Answers for a path of nobody's. */
  refuseUnserved(socket: Duplex, refusal: Refusal): void;
}

const routers = new WeakMap<HttpServer, UpgradeRouter>();

/** The router of this HTTP server; there is one, however many endpoints share the server. */
export function upgradeRouterOf(server: HttpServer): UpgradeRouter {
  let router = routers.get(server);
  if (router === undefined) {
    router = new UpgradeRouter(server);
    routers.set(server, router);
  }
  return router;
}

/**
 * One `upgrade` listener for all endpoints of an HTTP server. It leaves alone what others may want: an upgrade on a path
 * of nobody's is answered here only while nobody else listens, and an upgrade to anything but WebSocket goes back to the
 * application, which got it before this listener existed.
 */
export class UpgradeRouter {
  private readonly endpoints = new Set<UpgradeEndpoint>();

  constructor(private readonly server: HttpServer) {}

  add(endpoint: UpgradeEndpoint): void {
    if (this.endpoints.size === 0) this.server.on('upgrade', this.onUpgrade);
    this.endpoints.add(endpoint);
  }

  remove(endpoint: UpgradeEndpoint): void {
    if (this.endpoints.delete(endpoint) && this.endpoints.size === 0) this.server.off('upgrade', this.onUpgrade);
  }

  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const alone = this.server.listenerCount('upgrade') === 1;
    const headers = headerLines(request);
    if (!asksForWebSocket(headers)) {
      if (alone) returnToApplication(this.server, request, socket, head);
      return;
    }
    const path = parseTarget(request.url ?? '')?.path;
    for (const endpoint of this.endpoints) {
      // Without a readable path any endpoint will say what is wrong with the request.
      if (path === undefined ? alone : endpoint.serves(path)) return endpoint.upgrade(request, headers, socket, head);
    }
    if (!alone) return;
    for (const endpoint of this.endpoints) {
      if (endpoint.takesUnserved) return endpoint.upgradeUnserved(request, headers, socket, head);
    }
    const [endpoint] = this.endpoints;
    if (endpoint === undefined) return;
    endpoint.refuseUnserved(socket, refuse(404, 'Nothing is served on this path'));
  };
}

/**
 * Hands a request whose upgrade nobody wants back to the HTTP server, as the plain request that a server may take it for
 * (RFC 9110 §7.8: a server may ignore `Upgrade`). Its head is put together again without the upgrade and goes through
 * the server's parser once more, so that a body, and what follows on the connection, are read as ever.
 */
function returnToApplication(server: HttpServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/${request.httpVersion}`];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] as string;
    const value = request.rawHeaders[i + 1] as string;
    if (/^(?:upgrade|http2-settings)$/i.test(name)) continue;
    if (/^connection$/i.test(name)) {
      const kept = value.split(',').filter((option) => !/^\s*(?:upgrade|http2-settings)\s*$/i.test(option));
      if (kept.length > 0) lines.push(`${name}: ${kept.join(',').trim()}`);
      continue;
    }
    lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', socket);
}
