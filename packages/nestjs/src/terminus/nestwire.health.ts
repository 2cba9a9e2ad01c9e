import { Inject, Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { ReadyState } from '@nestwire/engine';
import { LoopDelay } from '../observation/loop-delay.js';
import { NestwireObserver } from '../observation/nestwire-observer.js';
import type { NestwireServer } from '../server/nestwire-server.js';

export interface NestwireHealthOptions {
  /**
   * With as many connections, or more, it is down, so that a balancer sends new ones elsewhere.
   * @default the adapter's `maxConnections`, 100,000: with those, new ones are refused
   */
  readonly maxConnections?: number | undefined;
  /**
   * With an event loop that came round later than this, in milliseconds, in one of a hundred cases since the last check, it is down.
   * @default Infinity
   */
  readonly maxLoopDelayMs?: number;
}

/** What is known besides up or down. */
interface Known extends Record<string, unknown> {
  readonly connections: number;
  readonly loopDelayMs: number;
}

/**
 * Whether this application's gateways can take new connections, for `@nestjs/terminus`. Down from the moment that the application begins to
 * close, which is before it stops to listen.
 *
 * ```ts
 * this.health.check([() => this.nestwire.check('nestwire', { maxConnections: 50_000 })]);
 * ```
 */
@Injectable()
export class NestwireHealthIndicator extends NestwireObserver implements OnModuleDestroy, OnApplicationShutdown {
  private readonly servers: NestwireServer[] = [];
  private readonly loop = new LoopDelay();
  private isClosing = false;

  constructor(@Inject(HealthIndicatorService) private readonly indicator: HealthIndicatorService) {
    super();
  }

  /** It looks when it is asked, and is told nothing. */
  override observe(server: NestwireServer): undefined {
    this.servers.push(server);
  }

  onModuleDestroy(): void {
    this.isClosing = true;
  }

  onApplicationShutdown(): void {
    this.loop.stop();
  }

  /** @param key - its name in the answer. */
  check<const Key extends string>(
    key: Key,
    { maxConnections, maxLoopDelayMs = Infinity }: NestwireHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    const known: Known = {
      connections: this.servers.reduce((sum, server) => sum + connectionsOf(server), 0),
      loopDelayMs: Math.round(this.loop.take().p99 * 1000),
    };
    const session = this.indicator.check(key);
    const message = this.problemOf(known, maxConnections, maxLoopDelayMs);
    return message === undefined ? session.up(known) : session.down({ ...known, message });
  }

  private problemOf({ connections, loopDelayMs }: Known, maxConnections: number | undefined, maxDelayMs: number) {
    if (this.isClosing || this.servers.some(({ isClosing }) => isClosing)) return 'closing';
    const isFull = this.servers.some((server) => server.isFull);
    if (isFull || (maxConnections !== undefined && connections >= maxConnections)) return 'too many connections';
    return loopDelayMs > maxDelayMs ? 'the event loop is late' : undefined;
  }
}

function connectionsOf({ clients }: NestwireServer): number {
  let count = 0;
  for (const { readyState } of clients) if (readyState !== ReadyState.Closed) count++;
  return count;
}
