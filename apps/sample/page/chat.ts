import { SampleCode } from '@nestwire/contracts';
import type { Connection, ConnectionState } from './connection.js';
import type { Heartbeat } from './heartbeat.js';
import { sampleEnvelope } from './sample-envelope.js';

const HELLO_EVERY_MS = 2000;

/** Talks and talks, and never sends a heartbeat: which the server must not take for life. */
export class Chat {
  private saidAt: number | undefined;
  private hadHeartbeat = true;

  constructor(
    private readonly connection: Connection,
    private readonly heartbeat: Heartbeat,
  ) {}

  get isOn(): boolean {
    return this.saidAt !== undefined;
  }

  start(): void {
    this.hadHeartbeat = this.heartbeat.isOn;
    this.heartbeat.isOn = false;
    this.say();
  }

  /** What the chat turned off comes back: the next connection is to live. */
  stop(): void {
    if (!this.isOn) return;
    this.saidAt = undefined;
    this.heartbeat.isOn ||= this.hadHeartbeat;
  }

  onState({ kind }: ConnectionState): void {
    if (kind !== 'open') this.stop();
  }

  tick(): void {
    if (this.saidAt === undefined) return;
    if (this.heartbeat.isOn) this.stop();
    else if (performance.now() - this.saidAt >= HELLO_EVERY_MS) this.say();
  }

  private say(): void {
    this.saidAt = performance.now();
    this.connection.send(sampleEnvelope(SampleCode.Hello));
  }
}
