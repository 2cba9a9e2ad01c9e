import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Metric, register, type Registry } from 'prom-client';
import { type ConnectionSnapshot, takeSnapshot } from './connection-snapshot.js';
import { DEFAULT_BUCKETS, type NestwireMetricsOptions } from './nestwire-metrics.options.js';
import { PathTally, type Tally } from './path-tally.js';
import { LoopDelay } from '../observation/loop-delay.js';
import { NestwireObserver, type PathObserver } from '../observation/nestwire-observer.js';
import type { NestwireServer } from '../server/nestwire-server.js';

/** @internal */
export const NESTWIRE_METRICS_OPTIONS = Symbol('options of NestwireMetrics');

/** What handshakes on paths of nobody's count under. */
const UNSERVED = 'other';

/** Takes the value of one series. */
type Take<Label extends string> = (labels: Record<Label, string>, value: number) => void;

/**
 * The metrics of an application's gateways, for Prometheus: docs/metrics.md tells each. All but the time of handlers is put together when
 * the registry is read.
 */
@Injectable()
export class NestwireMetrics extends NestwireObserver implements OnApplicationShutdown {
  private readonly registry: Registry;
  private readonly tallies: PathTally[] = [];
  private readonly loop = new LoopDelay();
  private readonly names: string[] = [];
  private readonly durations: Histogram<'path' | 'code' | 'outcome'>;
  private snapshots: Map<PathTally, ConnectionSnapshot> | undefined = undefined;

  /** @throws Error where the registry has metrics of these names already. */
  constructor(@Optional() @Inject(NESTWIRE_METRICS_OPTIONS) private readonly options: NestwireMetricsOptions = {}) {
    super();
    this.registry = options.registry ?? register;
    this.durations = this.keep(
      new Histogram({
        name: 'nestwire_handler_duration_seconds',
        help: 'From the turn of a message until it was answered or gave a stream.',
        labelNames: ['path', 'code', 'outcome'],
        buckets: [...(options.buckets ?? DEFAULT_BUCKETS)],
        registers: [this.registry],
      }),
    );
    this.describeConnections();
    this.describeMessages();
    this.describeLoop();
  }

  override observe(server: NestwireServer): PathObserver {
    const tally = new PathTally(server, this.options, (path, code, outcome, seconds) =>
      this.durations.observe({ path, code, outcome }, seconds),
    );
    this.tallies.push(tally);
    return tally;
  }

  onApplicationShutdown(): void {
    this.loop.stop();
    for (const name of this.names) this.registry.removeSingleMetric(name);
  }

  private describeConnections(): void {
    this.gauge('nestwire_connections', 'Connections.', ['path', 'state'], (take) => {
      for (const [{ path }, { opening, open, closing }] of this.look()) {
        take({ path, state: 'opening' }, opening);
        take({ path, state: 'open' }, open);
        take({ path, state: 'closing' }, closing);
      }
    });
    this.counter('nestwire_handshakes_total', 'Opening handshakes.', ['path', 'outcome', 'code'], (take) => {
      for (const { path, handshakes, unserved } of this.tallies) {
        takeTally(handshakes, path, take);
        takeTally(unserved, UNSERVED, take);
      }
    });
    this.counter('nestwire_closed_connections_total', 'Closed connections.', ['path', 'code', 'cause'], (take) => {
      for (const { path, closes } of this.tallies) takeTally(closes, path, take);
    });
    const perPath = (name: string, help: string, valueOf: (snapshot: ConnectionSnapshot) => number): void => {
      this.gauge(name, help, ['path'], (take) => {
        for (const [{ path }, snapshot] of this.look()) take({ path }, valueOf(snapshot));
      });
    };
    perPath('nestwire_paused_connections', 'Connections that are not read from.', ({ paused }) => paused);
    perPath('nestwire_waiting_messages', 'Messages that wait for their turn.', ({ waitingMessages: n }) => n);
    perPath('nestwire_waiting_bytes', 'Bytes of messages that wait for their turn.', ({ waitingBytes: n }) => n);
    this.gauge('nestwire_round_trip_seconds', 'Of each connection’s last ping.', ['path', 'quantile'], (take) => {
      for (const [{ path }, { roundTripsMs }] of this.look()) {
        for (const quantile of [0.5, 0.99, 1]) {
          const at = roundTripsMs[Math.ceil(roundTripsMs.length * quantile) - 1];
          if (at !== undefined) take({ path, quantile: String(quantile) }, at / 1000);
        }
      }
    });
    perPath('nestwire_outbound_bytes', 'Bytes that wait to be sent.', ({ outboundBytes: n }) => n);
  }

  private describeMessages(): void {
    const labels = ['path', 'direction', 'code'] as const;
    const traffic = (name: string, help: string, value: 'messages' | 'bytes'): void => {
      this.counter(name, help, labels, (take) => {
        for (const { path, traffic } of this.tallies) {
          for (const direction of ['received', 'sent'] as const) {
            for (const entry of traffic[direction].entries) {
              take({ path, direction, code: entry.label }, entry[value]);
            }
          }
        }
      });
    };
    traffic('nestwire_messages_total', 'Messages.', 'messages');
    traffic('nestwire_message_bytes_total', 'Bytes of messages, without frames and compression.', 'bytes');
    this.counter('nestwire_errors_total', 'Errors that were sent.', ['path', 'status'], (take) => {
      for (const { path, server } of this.tallies) {
        for (const [status, count] of server.counts.errors) take({ path, status: String(status) }, count);
      }
    });
    this.counter('nestwire_limits_total', 'How often limits were met.', ['path', 'limit'], (take) => {
      for (const { path, server } of this.tallies) {
        for (const [limit, count] of server.counts.limits) take({ path, limit }, count);
        for (const [limit, count] of Object.entries(server.limitsHit)) take({ path, limit }, count);
      }
    });
    this.counter('nestwire_late_results_total', 'Results of handlers past their deadline.', ['path'], (take) => {
      for (const { path, server } of this.tallies) take({ path }, server.counts.late);
    });
  }

  private describeLoop(): void {
    const help = 'How late the event loop came round since the last scrape.';
    this.gauge('nestwire_event_loop_delay_seconds', help, ['quantile'], (take) => {
      const { p50, p99, max } = this.loop.take();
      take({ quantile: '0.5' }, p50);
      take({ quantile: '0.99' }, p99);
      take({ quantile: '1' }, max);
    });
  }

  /** The connections of each path: looked at once, however many metrics of one scrape ask. */
  private look(): Map<PathTally, ConnectionSnapshot> {
    if (this.snapshots === undefined) {
      this.snapshots = new Map(this.tallies.map((tally) => [tally, takeSnapshot(tally.server)]));
      queueMicrotask(() => (this.snapshots = undefined));
    }
    return this.snapshots;
  }

  private gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: (take: Take<Label>) => void,
  ): void {
    const gauge = new Gauge<Label>({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => {
        gauge.reset();
        // Two ports may have a path of the same name: they are one series.
        collect((labels, value) => gauge.inc(labels, value));
      },
    });
    this.keep(gauge);
  }

  private counter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: (take: Take<Label>) => void,
  ): void {
    const counter = new Counter<Label>({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect: () => {
        counter.reset();
        collect((labels, value) => counter.inc(labels, value));
      },
    });
    this.keep(counter);
  }

  private keep<M extends Metric>(metric: M & { readonly name?: string }): M {
    this.names.push((metric as { name: string }).name);
    return metric;
  }
}

function takeTally<T extends { readonly [Name in keyof T]: string }>(
  tally: Tally<T>,
  path: string,
  take: (labels: { path: string } & T, count: number) => void,
): void {
  for (const { labels, count } of tally.entries) take({ path, ...labels }, count);
}
