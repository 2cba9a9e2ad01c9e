import { describe, expect, it } from '@jest/globals';
import { isLoopback, normalizeAddress, ProxyAddresses } from './proxy-addresses.js';

describe('Trusted addresses', () => {
  it.each<[string, string | undefined, boolean]>([
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['loopback', '127.8.9.10', true],
    ['loopback', '::1', true],
    ['loopback', undefined, false],
    ['linklocal', 'fe80::1', true],
    ['uniquelocal', '172.31.0.1', true],
    ['uniquelocal', '172.32.0.1', false],
    ['unix', undefined, true],
    ['unix', '127.0.0.1', false],
    ['loopback', 'nonsense', false],
    ['loopback', '0:0:0:0:0:0:0:1', true],
    ['::ffff:0:0/96', '2001:db8::1', false],
  ])('%s has %s: %p', (entry, address, expected) => {
    expect(new ProxyAddresses([entry]).has(address)).toBe(expected);
  });

  it.each(['192.0.2.1', '2001:db8::1', undefined, 'nonsense'])('nobody has %s where nobody is listed', (address) => {
    expect(new ProxyAddresses([]).has(address)).toBe(false);
  });

  it.each([
    '',
    'proxy.example.com',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    'fe80::1%eth0',
  ])('a SyntaxError for "%s"', (entry) => {
    expect(() => new ProxyAddresses([entry])).toThrow(SyntaxError);
  });

  it('each have one spelling', () => {
    expect(normalizeAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(normalizeAddress('::FFFF:192.0.2.1')).toBe('192.0.2.1');
    expect(normalizeAddress('FE80::1%eth0')).toBe('fe80::1');
  });

  it('know what never leaves its machine', () => {
    const local = [
      '127.0.0.1',
      '127.1.2.3',
      '::1',
      '0:0:0:0:0:0:0:1',
      '::1%lo',
      '::ffff:127.0.0.1',
      '::FFFF:127.9.9.9',
    ];
    expect(local.filter((address) => !isLoopback(address))).toEqual([]);
    const others = [
      '0.0.0.0',
      '::',
      '192.168.0.1',
      'localhost',
      '127.evil.example',
      '127.0.0.1.evil.example',
      '127.0.0',
    ];
    expect([...others, '1.127.0.1', '12.7.0.0', '::127.0.0.1'].filter(isLoopback)).toEqual([]);
  });
});
