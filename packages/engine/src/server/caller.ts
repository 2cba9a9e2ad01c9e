import { type HeaderLines, isHost } from '@nestwire/protocol';
import { type Hop, parseForwarded, parseXForwarded } from './forwarded.js';
import { normalizeAddress, ProxyAddresses } from './proxy-addresses.js';

/** The proxies in front of a server, and how they tell who is behind them. */
export interface TrustedProxies {
  /**
   * Who is believed: addresses and CIDR ranges, `loopback`, `linklocal`, `uniquelocal`, and `unix` for whoever reaches a unix
   * socket. Danger: whoever stands in a listed range can claim any address.
   */
  readonly addresses: readonly string[];
  /**
   * The fields that these proxies set: `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded` (RFC 7239). Only these are read: the
   * other ones may have come from the client. A proxy MUST set or remove each of them, never pass on what a client sent.
   * @default 'x-forwarded'
   */
  readonly header?: 'x-forwarded' | 'forwarded';
}

/** Who opened a connection, as far as it is known. */
export interface Caller {
  /** The client's address; `undefined` where it is not known. */
  readonly remoteAddress: string | undefined;
  /** Whether the client came by TLS; `undefined` where a proxy that is not listed may have taken it off. */
  readonly secure: boolean | undefined;
  /** The host that the client asked for. */
  readonly host: string;
  /** Whether a listed proxy has said so. */
  readonly forwarded: boolean;
}

/** The transport's other end, which may be a proxy; or who a proxy on the level of TCP says is behind it. */
export interface DirectPeer {
  readonly address: string | undefined;
  /** `undefined` where that is not known. */
  readonly encrypted: boolean | undefined;
  readonly host: string;
  /** Whether a PROXY header has said so. */
  readonly forwarded: boolean;
  /** Whether a PROXY header has said that its sender speaks for itself. */
  readonly isBalancer?: boolean;
}

/** Tells the client from the proxies in front of it. */
export class CallerResolver {
  private readonly addresses: ProxyAddresses;
  private readonly parse: (headers: HeaderLines) => readonly Hop[] | undefined;

  /** @throws SyntaxError for an address, range or header that is none. */
  constructor({ addresses, header = 'x-forwarded' }: TrustedProxies = { addresses: [] }) {
    this.addresses = new ProxyAddresses(addresses);
    if (header !== 'x-forwarded' && header !== 'forwarded') {
      throw new SyntaxError(`Proxies tell by 'x-forwarded' or 'forwarded', not by ${JSON.stringify(header)}`);
    }
    this.parse = header === 'forwarded' ? parseForwarded : parseXForwarded;
  }

  /** Whether this is the address of a listed proxy, and so not a client's. */
  isProxy(address: string): boolean {
    return this.addresses.has(address);
  }

  /** `undefined` where a listed proxy says what can't be read. */
  resolve(peer: DirectPeer, headers: HeaderLines): Caller | undefined {
    const address = peer.address === undefined ? undefined : normalizeAddress(peer.address);
    const { host: asked, encrypted, forwarded } = peer;
    const direct = { remoteAddress: address, secure: encrypted, host: asked, forwarded };
    if (!this.addresses.has(address)) return direct;
    const hops = this.parse(headers);
    if (hops === undefined) return undefined;
    // From the nearest outwards: what a hop says is believed as long as it is a listed proxy itself.
    let client: Hop | undefined;
    for (let i = hops.length - 1; i >= 0; i--) {
      client = hops[i];
      if (client?.address === undefined || !this.addresses.has(client.address)) break;
    }
    if (client === undefined) return direct;
    const host = client.host ?? asked;
    if (!isHost(host)) return undefined;
    return {
      remoteAddress: client.address,
      secure: secureOf(client.proto) ?? direct.secure,
      host,
      forwarded: true,
    };
  }
}

/** A proxy says what the client's request was, or what its connection is: both are in use. */
function secureOf(proto: string | undefined): boolean | undefined {
  switch (proto?.toLowerCase()) {
    case 'https':
    case 'wss':
      return true;
    case 'http':
    case 'ws':
      return false;
    case undefined:
    default:
      return undefined;
  }
}
