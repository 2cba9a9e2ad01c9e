import { SampleCode } from '@nestwire/contracts';
import type { Connection, ConnectionState } from './connection.js';
import { formatCountdown } from './format-time.js';
import { isHeartbeat, sampleEnvelope } from './sample-envelope.js';

const BEAT_EVERY_MS = 20_000;

/** The server's `heartbeatTimeoutMs`: so long it waits for the next beat. */
const LIFE_MS = 30_000;

export interface HeartbeatElements {
  readonly toggle: HTMLInputElement;
  readonly text: HTMLElement;
  readonly bar: HTMLElement;
}

/** Keeps the connection alive: without a code marked `@Heartbeat()`, the server closes it with 4408, however chatty it is. */
export class Heartbeat {
  private openedAt: number | undefined;
  private beatAt: number | undefined;

  constructor(
    private readonly elements: HeartbeatElements,
    private readonly connection: Connection,
  ) {
    elements.toggle.addEventListener('change', () => this.tick());
    this.show();
  }

  get isOn(): boolean {
    return this.elements.toggle.checked;
  }

  set isOn(on: boolean) {
    this.elements.toggle.checked = on;
    this.tick();
  }

  /** Milliseconds until the server gives up, unless it hears a beat; `undefined` without a connection. */
  get lifeLeftMs(): number | undefined {
    const signAt = this.beatAt ?? this.openedAt;
    return signAt === undefined ? undefined : signAt + LIFE_MS - performance.now();
  }

  onState({ kind }: ConnectionState): void {
    this.openedAt = kind === 'open' ? performance.now() : undefined;
    this.beatAt = undefined;
    this.show();
  }

  /** Beats count whoever sent them: the reader may write one by hand. */
  onSent(message: string | Uint8Array): void {
    if (!isHeartbeat(message)) return;
    this.beatAt = performance.now();
    this.show();
  }

  tick(): void {
    const left = this.lifeLeftMs;
    if (this.isOn && left !== undefined && left <= LIFE_MS - BEAT_EVERY_MS) {
      this.connection.send(sampleEnvelope(SampleCode.Heartbeat));
    }
    this.show();
  }

  private show(): void {
    const { text, bar } = this.elements;
    const left = this.lifeLeftMs;
    text.textContent = this.describe(left);
    bar.dataset['on'] = String(this.isOn);
    bar.style.setProperty('--life', String(Math.min(1, Math.max(0, (left ?? 0) / LIFE_MS))));
  }

  private describe(left: number | undefined): string {
    if (left === undefined) return 'Not connected';
    const last = this.beatAt === undefined ? 'No beat yet' : `Last beat ${sinceText(this.beatAt)} ago`;
    if (this.isOn) return `${last} · next in ${formatCountdown(left - (LIFE_MS - BEAT_EVERY_MS))}`;
    return `${last} · the server closes in ${formatCountdown(left)}`;
  }
}

function sinceText(at: number): string {
  return `${String(Math.floor((performance.now() - at) / 1000))} s`;
}
