import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { NEWCOMER } from './server-protocol.js';

/** What a newcomer, and a balancer, saw. */
export interface Seen {
  /** By status; `101` for who got in, `none` where nobody listened any longer. */
  readonly upgrades: Readonly<Record<string, number>>;
  /** Refusals that did not say when to come back. */
  readonly withoutRetryAfter: number;
  /** Who got in behind somebody who had been refused already. */
  readonly letInLater: number;
  readonly ready: Readonly<Record<string, number>>;
}

const EVERY_MS = 50;

/** Asks for an upgrade and whether the server is ready, again and again, until nobody listens. */
export class Probe {
  private readonly upgrades: Record<string, number> = {};
  private readonly ready: Record<string, number> = {};
  private withoutRetryAfter = 0;
  private letInLater = 0;
  private ended = false;
  private readonly running: Promise<void>;

  constructor(private readonly port: number) {
    this.running = this.run();
  }

  async end(): Promise<Seen> {
    this.ended = true;
    await this.running;
    const { upgrades, ready, withoutRetryAfter, letInLater } = this;
    return { upgrades, ready, withoutRetryAfter, letInLater };
  }

  private async run(): Promise<void> {
    while (!this.ended) {
      const upgrade = await this.ask(`/drain?${NEWCOMER}`, true);
      count(this.upgrades, upgrade.status);
      if (upgrade.status === '503' && upgrade.retryAfter === undefined) this.withoutRetryAfter++;
      if (upgrade.status === '101' && this.upgrades['503'] !== undefined) this.letInLater++;
      count(this.ready, (await this.ask('/ready', false)).status);
      await delay(EVERY_MS);
    }
  }

  private ask(path: string, upgrade: boolean): Promise<{ status: string; retryAfter?: string | undefined }> {
    const headers = upgrade
      ? {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        }
      : {};
    return new Promise((resolve) => {
      const asked = request({ host: '127.0.0.1', port: this.port, path, headers, agent: false }, (response) => {
        response.resume();
        resolve({ status: String(response.statusCode), retryAfter: response.headers['retry-after'] });
      });
      asked.on('upgrade', (_response, socket) => {
        // A client that goes without a word; the clients that count are others.
        socket.destroy();
        resolve({ status: '101' });
      });
      asked.on('error', () => resolve({ status: 'none' }));
      asked.end();
    });
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
