import 'reflect-metadata';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { NestwireAdapter, type NestwireOptions, NestwireServers } from '@nestwire/nestjs';
import { freePort } from '@nestwire/test-support';
import { ownPortGateway, TargetGateway } from './target.gateway.js';

/*
 * The process that is attacked: a Nest application on Nestwire as it is shipped, but for times that would have to be waited for, and nothing
 * else. Who connects as `?user=7` speaks for user 7. Its parent asks over the channel between them how it is.
 */

/** Where it listens. */
export interface TargetPorts {
  /** Nest's own HTTP server. */
  readonly http: number;
  /** A gateway's own. */
  readonly own: number;
}

/** How it is. */
export interface Health {
  /** Resident bytes now. */
  readonly resident: number;
  /** The most that was seen since the last toll was taken. */
  readonly mostResident: number;
  /** Connections that are open. */
  readonly connections: number;
  /** How connections have ended since the start. */
  readonly causes: Readonly<Record<string, number>>;
  /** `error`s by status, since the start. */
  readonly errors: Readonly<Record<string, number>>;
  /** How often each limit was met, by its name, since the start. */
  readonly limits: Readonly<Record<string, number>>;
  /** Whether every object has what a peer has sent. */
  readonly polluted: boolean;
}

const SAMPLE_EVERY_MS = 20;

/** By default 10 s, 30 s, 25 s and 10 s, 5 s. */
export const SHORTENED = {
  ownPorts: { host: '127.0.0.1', handshakeTimeoutMs: 1500 },
  silenceTimeoutMs: 2500,
  pingIntervalMs: 1000,
  pongTimeoutMs: 800,
  closeTimeoutMs: 1000,
} as const satisfies NestwireOptions;

let mostResident = 0;
setInterval(() => {
  mostResident = Math.max(mostResident, process.memoryUsage.rss());
}, SAMPLE_EVERY_MS);

/** Nest's HTTP server with times that are checked as often as those of our own; by default Node looks every 30 s whether 60 s are over. */
class ImpatientExpress extends ExpressAdapter {
  override initHttpServer(): void {
    const times = { headersTimeout: 1500, requestTimeout: 3000, connectionsCheckingInterval: 500 };
    this.httpServer = createServer(times, this.getInstance<RequestListener>());
  }
}

async function start(options: NestwireOptions): Promise<TargetPorts> {
  const own = await freePort();
  const gateways = [TargetGateway, ownPortGateway(own)];
  @Module({ providers: [...gateways, NestwireServers] })
  class TargetModule {}

  const app = await NestFactory.create(TargetModule, new ImpatientExpress(), {
    logger: false,
    forceCloseConnections: true,
  });
  const authenticate: NestwireOptions['authenticate'] = ({ searchParams }) => {
    const userId = searchParams.get('user');
    return userId === null ? undefined : { userId };
  };
  app.useWebSocketAdapter(new NestwireAdapter(app, { authenticate, ...SHORTENED, ...options }));
  await app.listen(0, '127.0.0.1');
  const target = app.get(TargetGateway);
  const server = app.get(NestwireServers).of(TargetGateway);
  const { counts } = server;
  process.on('message', (question: 'health' | 'toll') => {
    const resident = process.memoryUsage.rss();
    const health: Health = {
      resident,
      mostResident: Math.max(resident, mostResident),
      connections: target.connected,
      causes: target.causes,
      errors: Object.fromEntries(counts.errors),
      limits: { ...Object.fromEntries(counts.limits), ...server.limitsHit },
      polluted: 'polluted' in {},
    };
    if (question === 'toll') mostResident = 0;
    process.send?.(health);
  });
  return { http: (app.getHttpServer() as { address(): AddressInfo }).address().port, own };
}

process.on('disconnect', () => process.exit());
process.once('message', (options: NestwireOptions) => {
  void start(options).then((ports) => process.send?.(ports));
});
