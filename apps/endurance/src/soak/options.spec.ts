import { describe, expect, it } from '@jest/globals';
import { descriptorsProblem, openFilesLimit, parseOptions } from './options.js';

describe('The options of the soak', () => {
  it('have defaults, and are taken as given', () => {
    expect(parseOptions([])).toEqual({ connections: 10_000, minutes: 10, seed: 1, leakBytes: 0 });
    expect(parseOptions(['--connections', '2000', '--minutes', '0.5', '--seed', '7', '--leak', '800'])).toEqual({
      connections: 2000,
      minutes: 0.5,
      seed: 7,
      leakBytes: 800,
    });
  });

  it.each([
    ['--connections', '0'],
    ['--connections', '100.5'],
    ['--minutes', '0'],
    ['--minutes', 'x'],
    ['--minutes', 'Infinity'],
    ['--seed', '-1'],
  ])('%s %s is refused', (name, value) => {
    expect(() => parseOptions([`${name}=${value}`])).toThrow(RangeError);
  });

  // Node's own errors are none of this realm's.
  it('an unknown one is refused', () => {
    expect(() => parseOptions(['--minute', '1'])).toThrow('--minute');
  });
});

describe('The limit of open files', () => {
  it('is read as the kernel writes it', () => {
    expect(
      openFilesLimit('Max processes   1   2   processes\nMax open files            1024    20000    files\n'),
    ).toBe(1024);
    expect(openFilesLimit('Max open files            unlimited    unlimited    files\n')).toBe(Infinity);
  });

  it('is too low, and it says what to do', () => {
    expect(descriptorsProblem(10_000, 10_500)).toBeUndefined();
    expect(descriptorsProblem(10_000, 10_499)).toContain('ulimit -n 10500');
  });
});
