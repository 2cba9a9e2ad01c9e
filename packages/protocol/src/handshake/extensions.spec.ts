import { describe, expect, it } from '@jest/globals';
import { parseExtensions, serializeExtension } from './extensions.js';

describe('Sec-WebSocket-Extensions (RFC 6455 §9.1)', () => {
  it.each([
    ['nothing', undefined, []],
    ['an empty field', [''], []],
    ['one', ['foo'], [{ name: 'foo', parameters: [] }]],
    ['two, in order', ['foo, bar'], [{ name: 'foo' }, { name: 'bar' }]],
    ['two lines, in order', ['foo', 'bar'], [{ name: 'foo' }, { name: 'bar' }]],
    ['empty members', [', foo,,'], [{ name: 'foo' }]],
    ['a parameter', ['foo; bar'], [{ name: 'foo', parameters: [{ name: 'bar', value: true }] }]],
    ['a value', ['foo;bar=2'], [{ parameters: [{ name: 'bar', value: '2' }] }]],
    ['white space', ['foo ;\tbar = 2'], [{ parameters: [{ name: 'bar', value: '2' }] }]],
    ['a quoted token', ['foo; bar="2"'], [{ parameters: [{ name: 'bar', value: '2' }] }]],
    ['an escaped one', ['foo; bar="\\2\\3"'], [{ parameters: [{ name: 'bar', value: '23' }] }]],
    [
      'a parameter twice, for its extension to judge',
      ['foo; bar; bar=1'],
      [{ parameters: [{ value: true }, { value: '1' }] }],
    ],
  ])('reads %s', (_, lines, extensions) => {
    expect(parseExtensions(lines)).toMatchObject(extensions);
    expect(parseExtensions(lines)).toHaveLength(extensions.length);
  });

  it.each([
    'foo bar',
    'foo;',
    'foo;;bar',
    ';bar',
    '=1',
    'foo=1',
    'foo; =1',
    'foo; bar=',
    'foo; bar=,',
    'foo; bar==1',
    'foo; bar=1 2',
    'foo; bar="',
    'foo; bar="a b"',
    'foo; bar=""',
    'foo; bar=";"',
    '"foo"',
    'foo; "bar"',
    'fo@o',
    'foo\u00e9',
  ])('has no reading of %s', (line) => {
    expect(parseExtensions([line])).toBeUndefined();
  });

  it('writes what it reads', () => {
    const line = 'permessage-deflate; server_no_context_takeover; client_max_window_bits=10';
    expect(parseExtensions([line])?.map(serializeExtension)).toEqual([line]);
  });
});
