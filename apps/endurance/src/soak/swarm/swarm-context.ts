import type { Books } from './books.js';
import type { Target } from './link.js';
import type { Kind } from '../codes.js';
import type { Random } from '../random.js';

/** Each has 250 addresses of loopback: ports do not run out, and nobody is over what the server allows an address. */
const ADDRESSES = 250;

/**
 * Handshakes under way at a time. Node 20 accepts one connection each time round its event loop, so a busy server takes up few; more at once would fill
 * the kernel's queue, which drops them and tells nobody.
 */
const HANDSHAKES_AT_ONCE = 100;

/** What the clients of a swarm share. */
export class SwarmContext {
  /** They are to come to an end. */
  ending = false;
  private clients = 0;
  private handshakes = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    readonly port: number,
    /** Which swarm it is, from 0. */
    private readonly index: number,
    readonly rooms: number,
    readonly books: Books,
    readonly random: Random,
  ) {}

  /** Where another client of this kind connects to: each is a user of its own. */
  target(kind: Kind, subprotocol: string | undefined = undefined, more = ''): Target {
    const { port, index } = this;
    const n = this.clients++;
    return {
      port,
      path: `/soak?kind=${kind}&user=${String(index)}-${String(n)}${more}`,
      localAddress: `127.0.${String(1 + index)}.${String(1 + (n % ADDRESSES))}`,
      subprotocol,
    };
  }

  /** Opens something, when it is its turn. */
  async opening<T>(open: () => Promise<T>): Promise<T> {
    if (this.handshakes === HANDSHAKES_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.handshakes++;
    try {
      return await open();
    } finally {
      // The place is handed on, or free.
      const next = this.waiting.shift();
      if (next === undefined) this.handshakes--;
      else next();
    }
  }
}
