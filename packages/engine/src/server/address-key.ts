import { isIPv6 } from 'node:net';

/** The groups of an IPv6 address that name a network: whoever has one address of a /64 has them all. */
const NETWORK_GROUPS = 4;

/**
 * What counts as one address: an IPv4 address, also one that is mapped into IPv6, or the /64 of an IPv6 address.
 *
 * @param address - as `normalizeAddress` gives it.
 */
export function addressKey(address: string): string {
  // Most have no colon, and Node's expression for IPv6 is a long one.
  if (!address.includes(':') || !isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >>> 8, high & 0xff, low >>> 8, low & 0xff].join('.');
  }
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight numbers of an IPv6 address. RFC 4291 §2.2. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const before = parseGroups(head);
  if (tail === undefined) return before;
  const after = parseGroups(tail);
  return [...before, ...new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0), ...after];
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
