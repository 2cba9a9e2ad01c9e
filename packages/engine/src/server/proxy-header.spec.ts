import { describe, expect, it } from '@jest/globals';
import { bytes } from '@nestwire/test-support';
import fc from 'fast-check';
import { parseProxyHeader } from './proxy-header.js';

const SIGNATURE = '0d0a0d0a 000d0a51 5549540a';
const V4 = 'c0000201 c6336401 1f90 01bb';
const V6 = '20010db8 00000000 00000000 00000007 20010db8 00000000 00000000 00000001 1f90 01bb';

/** CRC32c (Python, from a table) of the header that has it, with 0 in its place. */
const CHECKSUM = '8f34caeb';

function text(line: string) {
  return parseProxyHeader(Buffer.from(`${line}\r\nGET / HTTP/1.1`, 'latin1'));
}

function binary(hex: string) {
  return parseProxyHeader(Buffer.concat([bytes(`${SIGNATURE} ${hex}`), Buffer.from('GET /')]));
}

describe('Version 1 (§2.1)', () => {
  it.each([
    ['PROXY TCP4 192.0.2.1 198.51.100.1 8080 443', '192.0.2.1'],
    ['PROXY TCP6 2001:DB8::7 2001:db8::1 65535 0', '2001:db8::7'],
    ['PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2', '192.0.2.1'],
    ['PROXY UNKNOWN', undefined],
    ['PROXY UNKNOWN ffff::1 ffff::2 65535 65535', undefined],
  ])('%s', (line, address) => {
    expect(text(line)).toEqual({ length: line.length + 2, source: { address, encrypted: undefined } });
  });

  it.each([
    'PROXY TCP4 192.0.2.1 198.51.100.1 8080',
    'PROXY TCP4 192.0.2.1 198.51.100.1 8080 443 1',
    'PROXY TCP4 2001:db8::7 2001:db8::1 1 2',
    'PROXY TCP6 192.0.2.1 198.51.100.1 1 2',
    'PROXY TCP4 192.0.2.1 198.51.100.1 65536 443',
    'PROXY TCP4 192.0.2.1 198.51.100.1 01 443',
    'PROXY TCP4 192.0.2.256 198.51.100.1 1 443',
    'PROXY  TCP4 192.0.2.1 198.51.100.1 1 443',
    'proxy TCP4 192.0.2.1 198.51.100.1 1 443',
    'PROXY UDP4 192.0.2.1 198.51.100.1 1 443',
    'PROXY ',
    `PROXY UNKNOWN ${'x'.repeat(100)}`,
    'GET / HTTP/1.1',
  ])('%s: malformed', (line) => {
    expect(text(line)).toBe('malformed');
  });

  it('a line that has not ended is incomplete, up to its greatest length', () => {
    const line = Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`);
    for (let length = 0; length < 107; length++) expect(parseProxyHeader(line.subarray(0, length))).toBe('incomplete');
    expect(parseProxyHeader(line.subarray(0, 107))).toBe('malformed');
  });
});

describe('Version 2 (§2.2)', () => {
  it.each([
    ['TCP over IPv4', `21 11 000c ${V4}`, '192.0.2.1'],
    ['TCP over IPv6', `21 21 0024 ${V6}`, '2001:db8::7'],
    [
      'an IPv4 address in IPv6',
      `21 21 0024 ${'00'.repeat(10)} ffff c0000201 ${'00'.repeat(10)} ffff c0000202 0001 0002`,
      '192.0.2.1',
    ],
    ['a unix socket', `21 31 00d8 ${'00'.repeat(216)}`, undefined],
    ['what the proxy does not know', '21 00 0000', undefined],
  ])('%s', (_, hex, address) => {
    const length = bytes(hex).length + 12;
    expect(binary(hex)).toEqual({ length, source: { address, encrypted: undefined } });
  });

  it('LOCAL: the proxy speaks for itself, whatever it says of addresses', () => {
    expect(binary('20 00 0000')).toEqual({ length: 16, source: undefined });
    expect(binary(`20 11 000c ${V4}`)).toEqual({ length: 28, source: undefined });
  });

  it.each([
    ['came by TLS', '20 0005 01 00000000', true],
    ['did not come by TLS', '20 0005 00 00000000', false],
    ['came by TLS, told behind what is not known here', '04 0002 0000 20 0005 05 00000000', true],
  ])('a client that %s (PP2_TYPE_SSL)', (_, extensions, encrypted) => {
    const size = (12 + bytes(extensions).length).toString(16).padStart(4, '0');
    expect(binary(`21 11 ${size} ${V4} ${extensions}`)).toMatchObject({ source: { encrypted } });
  });

  it('a checksum that is right, and one that is not (PP2_TYPE_CRC32C)', () => {
    expect(binary(`21 11 0013 ${V4} 03 0004 ${CHECKSUM}`)).toMatchObject({ source: { address: '192.0.2.1' } });
    expect(binary(`21 11 0013 ${V4} 03 0004 00000000`)).toBe('malformed');
  });

  it.each([
    ['a version that is none', `11 11 000c ${V4}`],
    ['a command that is none', `22 11 000c ${V4}`],
    ['a family that is none', `21 41 000c ${V4}`],
    ['fewer bytes than the addresses take', `21 21 000c ${V4}`],
    ['an extension that ends too late', `21 11 000f ${V4} 04 0001`],
    ['half an extension', `21 11 000e ${V4} 04 00`],
    ['an empty word on TLS', `21 11 000f ${V4} 20 0000`],
    ['more than 4 KiB', `21 11 1000 ${V4}`],
  ])('%s: malformed', (_, hex) => {
    expect(binary(hex)).toBe('malformed');
  });

  it('incomplete until its last byte is there', () => {
    const whole = bytes(`${SIGNATURE} 21 11 000c ${V4}`);
    for (let length = 1; length < whole.length; length++) {
      expect(parseProxyHeader(Buffer.from(whole.subarray(0, length)))).toBe('incomplete');
    }
  });
});

it('no bytes make it throw', () => {
  const begun = fc.oneof(
    fc.uint8Array(),
    fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([bytes(`${SIGNATURE} 21`), rest])),
    fc.string().map((rest) => Buffer.from(`PROXY TCP${rest}\r\n`)),
  );
  fc.assert(
    fc.property(begun, (input) => {
      const result = parseProxyHeader(Buffer.from(input));
      if (typeof result === 'object') expect(result.length).toBeLessThanOrEqual(input.length);
    }),
  );
});
