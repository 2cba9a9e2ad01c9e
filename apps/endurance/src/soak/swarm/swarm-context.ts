import type { Books } from './books.js';
import type { Target } from './link.js';
import type { Kind } from '../codes.js';
import type { Random } from '../random.js';

/** Each has 250 addresses of loopback: ports do not run out, and nobody is over what the server allows an address. */
const ADDRESSES = 250;

/** What the clients of a swarm share. */
export class SwarmContext {
  /** They are to come to an end. */
  ending = false;
  private clients = 0;

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
}
