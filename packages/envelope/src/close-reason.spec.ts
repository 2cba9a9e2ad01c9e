import { describe, expect, it } from '@jest/globals';
import { buildCloseReason, fitCloseReason, parseCloseReason } from './close-reason.js';

describe('A close reason', () => {
  it.each([
    [{}, ''],
    [{ message: 'not your room' }, 'not your room'],
    [{ retryAfter: 1500, message: 'restart' }, '{"retryAfter":1500,"message":"restart"}'],
    [{ retryAfter: 0 }, '{"retryAfter":0}'],
    [{ url: 'wss://b.example/' }, '{"url":"wss://b.example/"}'],
    [{ message: '{odd}' }, '{"message":"{odd}"}'],
  ])('is built of %j, and read back', (parts, reason) => {
    expect(buildCloseReason(parts)).toBe(reason);
    expect(parseCloseReason(reason)).toEqual(parts);
  });

  it.each([
    ['{', { message: '{' }],
    ['{"retryAfter":1500', { message: '{"retryAfter":1500' }],
    ['[1]', { message: '[1]' }],
    [' {"retryAfter":1}', { message: ' {"retryAfter":1}' }],
    ['{"retryAfter":-1,"message":5,"url":null}', {}],
    ['{"retryAfter":"soon","message":"m"}', { message: 'm' }],
    ['{"retryAfter":1e999}', {}],
    ['{"__proto__":{"message":"x"}}', {}],
  ])('%s of a peer is read as far as it goes', (reason, parts) => {
    expect(parseCloseReason(reason)).toEqual(parts);
  });

  it.each([-1, 1.5, NaN, Infinity])('has no retryAfter of %d', (retryAfter) => {
    expect(() => buildCloseReason({ retryAfter })).toThrow(RangeError);
  });

  it('has 123 bytes of UTF-8 at most', () => {
    expect(buildCloseReason({ message: 'x'.repeat(123) })).toHaveLength(123);
    expect(() => buildCloseReason({ message: 'x'.repeat(124) })).toThrow(RangeError);
    expect(() => buildCloseReason({ message: 'ü'.repeat(62) })).toThrow(RangeError);
    expect(() => buildCloseReason({ retryAfter: 1, message: 'x'.repeat(110) })).toThrow(RangeError);
  });
});

describe('A text that is to be a close reason', () => {
  it.each([
    ['', ''],
    ['x'.repeat(123), 'x'.repeat(123)],
    ['x'.repeat(200), 'x'.repeat(123)],
    ['ü'.repeat(100), 'ü'.repeat(61)],
    ['漢'.repeat(100), '漢'.repeat(41)],
    ['🙂'.repeat(100), '🙂'.repeat(30)],
    [`${'x'.repeat(120)}🙂`, 'x'.repeat(120)],
    [`${'x'.repeat(119)}🙂`, `${'x'.repeat(119)}🙂`],
    [`${'x'.repeat(122)}é`, 'x'.repeat(122)],
    [`${'x'.repeat(121)}\ud800`, 'x'.repeat(121)],
  ])('is cut at a character, never within one: %#', (text, fitted) => {
    expect(fitCloseReason(text)).toBe(fitted);
    expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(123);
  });
});
