import { describe, expect, it } from '@jest/globals';
import { type Hop, parseForwarded, parseXForwarded } from './forwarded.js';

function hop(address: string | undefined, proto?: string, host?: string): Hop {
  return { address, proto, host };
}

describe('Forwarded (RFC 7239 §4)', () => {
  it.each<[string, Hop[]]>([
    ['for=192.0.2.43', [hop('192.0.2.43')]],
    ['For="[2001:DB8:cafe::17]:4711"', [hop('2001:db8:cafe::17')]],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', [hop('192.0.2.60', 'http')]],
    [
      'for=192.0.2.43, for=198.51.100.17;host=a.example',
      [hop('192.0.2.43'), hop('198.51.100.17', undefined, 'a.example')],
    ],
    ['for="192.0.2.43:47011"', [hop('192.0.2.43')]],
    ['for="192.0.2.43:_port"', [hop('192.0.2.43')]],
    ['for="_mystery"', [hop(undefined)]],
    ['for=unknown;proto=https', [hop(undefined, 'https')]],
    ['proto=https', [hop(undefined, 'https')]],
    ['for="\\1\\9\\2.0.2.43"', [hop('192.0.2.43')]],
    ['for="::ffff:192.0.2.1"', [hop('192.0.2.1')]],
    [' for=192.0.2.43 ; proto=https ,, ', [hop('192.0.2.43', 'https')]],
    ['host="a,b;c"', [hop(undefined, undefined, 'a,b;c')]],
    ['', []],
  ])('%s', (field, hops) => {
    expect(parseForwarded({ forwarded: [field] })).toEqual(hops);
  });

  it.each([
    'for',
    '=1.2.3.4',
    'for=1.2.3.4;for=1.2.3.5',
    'for="1.2.3.4',
    'for=not-an-address',
    'for=1.2.3.4 x',
    'for="[::1"',
  ])('is malformed: %s', (field) => {
    expect(parseForwarded({ forwarded: [field] })).toBeUndefined();
  });

  it('is a list over all its lines, and none where it is absent', () => {
    expect(parseForwarded({ forwarded: ['for=192.0.2.1', 'for=192.0.2.2'] })).toEqual([
      hop('192.0.2.1'),
      hop('192.0.2.2'),
    ]);
    expect(parseForwarded({})).toEqual([]);
  });

  it('takes linear time for a long run of spaces', () => {
    const steps = [8000, 16_000].map((length) => {
      const field = `${' '.repeat(length)}"`;
      const begin = process.hrtime.bigint();
      for (let i = 0; i < 50; i++) parseForwarded({ forwarded: [field] });
      return Number(process.hrtime.bigint() - begin);
    });
    // Quadratic, it would take seconds.
    expect(Math.min(...steps) / 50 / 1e6).toBeLessThan(20);
  });
});

describe('X-Forwarded-For, -Proto and -Host', () => {
  it.each<[Record<string, string[]>, Hop[]]>([
    [{ 'x-forwarded-for': ['192.0.2.1'] }, [hop('192.0.2.1')]],
    [{ 'x-forwarded-for': ['192.0.2.1:80, 192.0.2.2'] }, [hop('192.0.2.1'), hop('192.0.2.2')]],
    [{ 'x-forwarded-for': ['2001:DB8::1'] }, [hop('2001:db8::1')]],
    [{ 'x-forwarded-for': ['[2001:db8::1]:443', 'unknown'] }, [hop('2001:db8::1'), hop(undefined)]],
    [
      { 'x-forwarded-for': ['192.0.2.1, 192.0.2.2'], 'x-forwarded-proto': ['https'] },
      [hop('192.0.2.1', 'https'), hop('192.0.2.2', 'https')],
    ],
    [
      {
        'x-forwarded-for': ['192.0.2.1, 192.0.2.2'],
        'x-forwarded-proto': ['https, http'],
        'x-forwarded-host': ['a, b'],
      },
      [hop('192.0.2.1', 'https', 'a'), hop('192.0.2.2', 'http', 'b')],
    ],
    [{ 'x-forwarded-proto': ['https'] }, [hop(undefined, 'https')]],
    [{}, []],
  ])('%j', (headers, hops) => {
    expect(parseXForwarded(headers)).toEqual(hops);
  });

  it.each(['', 'x', '1.2.3.4.5', '192.0.2.1, ,192.0.2.2', '1.2.3.4:99999999'])('is malformed: "%s"', (field) => {
    expect(parseXForwarded({ 'x-forwarded-for': [field] })).toBeUndefined();
  });
});
