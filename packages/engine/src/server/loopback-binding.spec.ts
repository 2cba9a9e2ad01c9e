import { expect, it } from '@jest/globals';
import { isBoundToLoopback } from './loopback-binding.js';

const V4 = { address: '127.0.0.1', family: 'IPv4', port: 9002 };
const V6 = { address: '::1', family: 'IPv6', port: 9002 };
const ANYWHERE = { address: '::', family: 'IPv6', port: 9003 };

it.each([
  ['on the loopback address', [V4], '127.0.0.1', 9002, true],
  ['on that of IPv6', [ANYWHERE, V6], '::1', 9002, true],
  ['on all addresses, though it came by loopback', [ANYWHERE], '::1', 9003, false],
  ['beside one on loopback, on all addresses', [V4, ANYWHERE], '::ffff:127.0.0.1', 9003, false],
  ['on another loopback address', [V4], '127.0.0.2', 9002, false],
  ['on an address of its own', [{ ...V4, address: '10.0.0.5' }], '10.0.0.5', 9002, false],
  ['on a unix socket', ['/run/nestwire.sock'], undefined, undefined, false],
  ['nowhere that is known', [], '127.0.0.1', 9002, false],
])('accepted %s', (_, addresses, localAddress, localPort, expected) => {
  expect(isBoundToLoopback({ addresses }, { localAddress, localPort })).toBe(expected);
});
