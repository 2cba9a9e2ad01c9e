import { describe, expect, it } from '@jest/globals';
import type { OutgoingEnvelope } from './envelope.js';
import { JsonCodec } from './json.codec.js';
import { writePlain } from './plain-json.js';

const codec = new JsonCodec();

function writeWhole({ userId, code, id, data, error, done, cancel, traceparent }: OutgoingEnvelope): string {
  return JSON.stringify({ userId, code, id, data, error, done, cancel, traceparent });
}

describe('A plain message in JSON', () => {
  const tells = { toJSON: (key: string) => ({ key }) };
  it.each<[string, OutgoingEnvelope, boolean]>([
    ['an object', { userId: 1, code: 2, data: { a: [1, 'ü', null], b: undefined, c: () => 1 } }, true],
    ['a list', { userId: 1, code: 2, id: 3, data: [undefined, NaN, -0] }, true],
    ['no user', { code: 2, id: -3, data: {} }, true],
    ['what holds what tells its own form', { code: 2, data: { tells, at: new Date(0) } }, true],
    ['text that needs escapes', { code: 2, data: { '"': '\ud800"\\\n\u2028' } }, true],
    ['a map', { code: 2, data: new Map([[1, 2]]) }, true],
    ['a boxed number', { code: 2, data: Object(5) as unknown }, true],
    ['a user of minus nothing', { userId: -0, code: 2, data: {} }, true],
    ['what tells its own form', { code: 2, data: tells }, false],
    ['a date', { code: 2, data: new Date(0) }, false],
    ['a text', { code: 2, data: 'x' }, false],
    ['null', { code: 2, data: null }, false],
    ['nothing', { code: 2, data: undefined }, false],
    ['a function', { code: 2, data: () => 1 }, false],
    ['an id in quotes', { code: 2, id: '"', data: {} }, false],
    ['a user in quotes', { userId: '"', code: 2, data: {} }, false],
    ['an error', { code: 2, data: {}, error: { status: 400, message: 'm' } }, false],
    ['an end', { code: 2, id: 1, data: {}, done: true }, false],
    ['a cancel', { code: 2, id: 1, data: {}, cancel: true }, false],
    [
      'a traceparent',
      { code: 2, data: {}, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      false,
    ],
  ])('is written as a whole one would be: %s', (_, envelope, isPlain) => {
    expect(writePlain(envelope) !== undefined).toBe(isPlain);
    expect(codec.encode(envelope)).toBe(writeWhole(envelope));
  });
});
