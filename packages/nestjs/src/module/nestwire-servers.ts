import { Injectable, type Type } from '@nestjs/common';
import { NestwireServer } from '../server/nestwire-server.js';
import type { PathServer } from '../server/path-server.js';

/**
 * The servers of an application's gateways, for whoever pushes from elsewhere: a service, a controller. It may be asked at any time; a
 * server reaches nobody before the application has started.
 *
 * ```ts
 * constructor(servers: NestwireServers) {
 *   this.chat = servers.of(ChatGateway);
 * }
 * ```
 */
@Injectable()
export class NestwireServers {
  private readonly byGateway = new Map<Type, NestwireServer>();
  private readonly paths = new Set<string>();

  /** @internal What is injected as `NestwireServer`: the application's only one. */
  readonly only = new NestwireServer();

  /** The server of a gateway, which it shares with the others of its path. */
  of(gateway: Type): NestwireServer {
    let server = this.byGateway.get(gateway);
    if (server === undefined) this.byGateway.set(gateway, (server = new NestwireServer()));
    return server;
  }

  /** @internal A path is served. @returns what its gateways are given. */
  attach(running: PathServer, port: number, gateways: readonly Type[]): NestwireServer {
    const own = new NestwireServer();
    for (const server of [own, ...gateways.map((gateway) => this.of(gateway))]) server.attach(running);
    this.paths.add(port === 0 ? running.path : `${running.path} on port ${String(port)}`);
    this.only.attach(running);
    if (this.paths.size > 1) {
      this.only.refuse(
        `NestwireServer could be that of ${[...this.paths].sort().join(', ')}: inject NestwireServers, and take of(YourGateway)`,
      );
    }
    return own;
  }

  /** @internal @throws Error where somebody has asked for the server of what is no gateway. */
  check(): void {
    for (const [gateway, server] of this.byGateway) {
      if (server.running === undefined) {
        throw new Error(`NestwireServers.of(${gateway.name}): ${gateway.name} is no gateway of this application`);
      }
    }
  }
}
