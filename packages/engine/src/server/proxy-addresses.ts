import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Ranges that have names, as in Express. */
const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Stands for a peer without an address: one on a unix socket. */
const UNIX = 'unix';

/** The proxies that are believed: addresses and ranges, looked up by Node's own `net.BlockList`. */
export class ProxyAddresses {
  /** There where anything is listed: each question makes an object of Node's. */
  private ranges: BlockList | undefined;
  private readonly unix: boolean;

  /** @throws SyntaxError for an entry that is no address, range or name. */
  constructor(entries: readonly string[]) {
    this.unix = entries.includes(UNIX);
    for (const entry of entries.filter((name) => name !== UNIX)) {
      for (const range of NAMED_RANGES[entry] ?? [entry]) this.add(range);
    }
  }

  /** @param address - as {@link normalizeAddress} gives it; `undefined` for a unix socket's other end. */
  has(address: string | undefined): boolean {
    if (address === undefined) return this.unix;
    if (this.ranges === undefined) return false;
    return isIP(address) !== 0 && this.ranges.check(address, familyOf(address));
  }

  private add(range: string): void {
    const [address = '', prefix, ...more] = range.split('/');
    const bits = isIPv4(address) ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
    if (isIP(address) === 0 || address.includes('%') || !(length <= bits) || more.length > 0) {
      throw new SyntaxError(
        `${JSON.stringify(range)} is no trusted proxy: give an address, a range such as 10.0.0.0/8, ` +
          'loopback, linklocal, uniquelocal, or unix',
      );
    }
    this.ranges ??= new BlockList();
    this.ranges.addSubnet(address, length, familyOf(address));
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** One spelling for each address: without a zone, an IPv4 address that is mapped into IPv6 as IPv4. */
export function normalizeAddress(address: string): string {
  // What most are, and the same in every spelling.
  if (isIPv4(address)) return address;
  const bare = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(bare)?.[1];
  return mapped ?? bare.toLowerCase();
}

const LOOPBACK = new ProxyAddresses(['loopback']);

/** Whether an address never leaves its machine. */
export function isLoopback(address: string): boolean {
  if (isIPv4(address)) return address.startsWith('127.');
  return LOOPBACK.has(normalizeAddress(address));
}
