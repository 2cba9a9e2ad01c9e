import type { RefusedHandshake } from '@nestwire/engine';
import { CLOSE_CODES, isCode } from '@nestwire/envelope';
import { type Traffic, TrafficByCode } from './traffic-by-code.js';
import type { NestwireMetricsOptions } from './nestwire-metrics.options.js';
import type { AnyClient } from '../client/nestwire-client.js';
import type { NestwireMessage } from '../message/nestwire-message.js';
import type { MessageOutcome } from '../observation/message-outcome.js';
import type { PathObserver } from '../observation/nestwire-observer.js';
import type { NestwireServer } from '../server/nestwire-server.js';

/** Told of each message that was handled. */
export type RecordDuration = (path: string, code: string, outcome: MessageOutcome['kind'], seconds: number) => void;

/** How a handshake ended, and with which status or close code. */
export interface HandshakeOutcome {
  readonly outcome: 'accepted' | 'refused' | 'closed' | 'abandoned';
  readonly code: string;
}

export interface CloseOutcome {
  readonly code: string;
  readonly cause: string;
}

const OUTCOMES = { response: 'refused', close: 'closed', abandoned: 'abandoned' } as const;

/**
 * Counts what happens on one path. A message costs an addition or two here; what becomes of it for Prometheus is done when somebody asks.
 */
export class PathTally implements PathObserver {
  readonly path: string;
  readonly traffic: { readonly received: TrafficByCode; readonly sent: TrafficByCode };
  readonly handshakes = new Tally<HandshakeOutcome>();
  /** On paths of nobody's, for which this path's server has answered. */
  readonly unserved = new Tally<HandshakeOutcome>();
  readonly closes = new Tally<CloseOutcome>();
  private readonly closeCodes: ReadonlySet<number>;

  constructor(
    readonly server: NestwireServer,
    { codes = [], closeCodes }: NestwireMetricsOptions,
    private readonly record: RecordDuration,
  ) {
    this.path = server.path;
    const known = new Map([
      ...codes.filter(isCode).map((code) => [code, String(code)] as const),
      ...(server.running?.routes.labels ?? []),
    ]);
    this.traffic = { received: new TrafficByCode(known), sent: new TrafficByCode(known) };
    this.closeCodes = new Set((closeCodes?.entries ?? CLOSE_CODES).map(({ code }) => code));
  }

  opened(): void {
    this.handshakes.count({ outcome: 'accepted', code: '101' });
  }

  refused({ how, code, served }: RefusedHandshake): void {
    const tally = served ? this.handshakes : this.unserved;
    tally.count({ outcome: OUTCOMES[how], code: how === 'abandoned' ? 'none' : this.labelOfRefusal(how, code) });
  }

  closed({ closeCode, cause }: AnyClient): void {
    this.closes.count({ code: this.labelOfCloseCode(closeCode), cause: cause ?? 'unknown' });
  }

  received(_client: AnyClient, code: number, bytes: number): void {
    add(this.traffic.received.of(code), bytes);
  }

  sent(_client: AnyClient, code: number | undefined, bytes: number): void {
    add(this.traffic.sent.of(code), bytes);
  }

  handled({ code }: NestwireMessage, { kind }: MessageOutcome, durationMs: number): void {
    this.record(this.path, this.traffic.received.of(code).label, kind, durationMs / 1000);
  }

  /** A response's status is the application's choice, and one of 200; a close code may be any. */
  private labelOfRefusal(how: 'response' | 'close', code: number): string {
    return how === 'response' ? String(code) : this.labelOfCloseCode(code);
  }

  private labelOfCloseCode(code: number): string {
    return this.closeCodes.has(code) ? String(code) : 'other';
  }
}

/** How often each of few different things was seen. */
export class Tally<T extends { readonly [Name in keyof T]: string }> {
  private readonly counts = new Map<string, { readonly labels: T; count: number }>();

  count(labels: T): void {
    const key = Object.values<string>(labels).join(' ');
    const entry = this.counts.get(key);
    if (entry === undefined) this.counts.set(key, { labels, count: 1 });
    else entry.count++;
  }

  get entries(): Iterable<{ readonly labels: T; readonly count: number }> {
    return this.counts.values();
  }
}

function add(traffic: Traffic, bytes: number): void {
  traffic.messages++;
  traffic.bytes += bytes;
}
