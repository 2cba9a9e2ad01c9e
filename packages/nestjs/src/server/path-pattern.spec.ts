import { describe, expect, it } from '@jest/globals';
import { normalizePath, PathPattern } from './path-pattern.js';
import { PathTable } from './path-table.js';

describe('A path', () => {
  it.each([
    ['/a', '/a', true],
    ['/a', '/A', false],
    ['/a', '/a/', false],
    ['/a', '/%61', false],
    ['/a.b(c)+', '/a.b(c)+', true],
    ['/rooms/:room', '/rooms/7', true],
    ['/rooms/:room', '/rooms/', false],
    ['/rooms/:room', '/rooms/7/', false],
    ['/rooms/:room', '/Rooms/7', false],
    ['/rooms/:room', '/rooms/7/x', false],
    ['/files/*path', '/files/a/b', true],
    ['/files/*path', '/files', false],
    ['/a{/:b}', '/a', true],
    ['/a{/:b}', '/a/b', true],
  ])('%s: %s is such a one: %p', (text, path, is) => {
    expect(new PathPattern(text).matches(path)).toBe(is);
  });

  it.each<[string, string, object | undefined]>([
    ['/a', '/a', {}],
    ['/rooms/:room', '/rooms/%C3%BC%2Fb', { room: 'ü/b' }],
    ['/rooms/:room', '/rooms/__proto__', { room: '__proto__' }],
    ['/rooms/:__proto__', '/rooms/7', { ['__proto__']: '7' }],
    ['/files/*path', '/files/a/b%20c', { path: ['a', 'b c'] }],
    ['/a{/:b}', '/a', {}],
    ['/rooms/:room', '/rooms/%zz', undefined],
    ['/files/*path', '/files/a/%E0%A4%A', undefined],
  ])('%s: %s gives %j', (text, path, params) => {
    const found = new PathPattern(text).paramsOf(path);
    expect(found === undefined ? undefined : Object.entries(found)).toEqual(params && Object.entries(params));
  });

  it.each(['/a/:', '/a/*', '/a{', '/:a:b('])('%s is no pattern, which is an error at the start', (text) => {
    expect(() => new PathPattern(text)).toThrow();
  });

  it.each([
    [undefined, '/'],
    ['', '/'],
    ['a', '/a'],
    ['/a', '/a'],
  ])('%p is %s', (path, normalized) => {
    expect(normalizePath(path)).toBe(normalized);
  });
});

describe('Several paths of a port', () => {
  const TEXTS = [
    '/*all',
    '/:a',
    '/a',
    '/a/:b',
    '/a/b',
    '/a/x-:b',
    '/a/*b',
    '/:a/:b',
    '/:a/b',
    '/a/:b/c',
    '/a/*b/c',
    '/v{/:b}/z',
  ];

  /** Each in turn first, so that any order would show. */
  const tables = TEXTS.map((_, i) => {
    const table = new PathTable();
    for (const text of [...TEXTS.slice(i), ...TEXTS.slice(0, i)]) table.add(new PathPattern(text));
    return table;
  });

  it.each([
    ['/a', '/a'],
    ['/b', '/:a'],
    ['/a/b', '/a/b'],
    ['/a/c', '/a/:b'],
    ['/a/x-1', '/a/x-:b'],
    ['/c/b', '/:a/b'],
    ['/c/d', '/:a/:b'],
    ['/a/1/c', '/a/:b/c'],
    ['/a/1/2/c', '/a/*b/c'],
    ['/a/1/2/3', '/a/*b'],
    ['/c/d/e', '/*all'],
    ['/v/1/z', '/v{/:b}/z'],
    ['/', undefined],
  ])('%s is %p’s, in whatever order they came', (path, text) => {
    expect(tables.map((table) => table.find(path)?.text)).toEqual(tables.map(() => text));
  });

  it('can’t be told apart by what their parameters are called', () => {
    const table = new PathTable();
    table.add(new PathPattern('/rooms/:room'));
    expect(() => table.add(new PathPattern('/rooms/:id'))).toThrow(/same paths/);
  });
});
