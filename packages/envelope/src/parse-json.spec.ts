import { describe, expect, it } from '@jest/globals';
import { MAX_JSON_DEPTH as MAX_DEPTH, parseJson } from './parse-json.js';

const PADDING = ' '.repeat(2 * MAX_DEPTH);
const nested = (depth: number, within = ''): string => '['.repeat(depth) + within + ']'.repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

describe('JSON of a peer', () => {
  it('is what JSON.parse says', () => {
    for (const text of ['1', 'null', '"x"', '{"a":[1,{"b":"\\""}]}', `{"__proto__":1}${PADDING}`, nested(3)]) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
  });

  it('is nothing where it is none', () => {
    for (const text of ['', '{', 'undefined', '[1,]', `"\u0000"x`, nested(4).slice(1)])
      expect(parseJson(text)).toBeUndefined();
  });

  it.each([nested, objects])('may be 1,024 levels deep, and no deeper', (deep) => {
    expect(parseJson(deep(MAX_DEPTH))).toBeDefined();
    expect(parseJson(deep(MAX_DEPTH + 1))).toBeUndefined();
    expect(parseJson(`[1,"x",${deep(MAX_DEPTH - 1)},2]`)).toBeDefined();
    expect(parseJson(`[1,"x",${deep(MAX_DEPTH)},2]`)).toBeUndefined();
  });

  it('is as deep as its deepest place, not as there are brackets', () => {
    expect(parseJson(`[${Array.from({ length: 5000 }, () => '{"a":[]}').join(',')}]`)).toHaveLength(5000);
    const wide = Array.from({ length: MAX_DEPTH - 1 }, () => '[[1],').join('') + '0' + ']'.repeat(MAX_DEPTH - 1);
    expect(parseJson(wide)).toBeDefined();
    expect(parseJson(`[${wide}]`)).toBeUndefined();
  });

  it.each([
    ['brackets', '['.repeat(1000)],
    ['quotes', '"'.repeat(500)],
    ['backslashes', '\\'.repeat(501)],
    ['both', '\\"['.repeat(500)],
  ])('has strings of %s that are no levels', (_, content) => {
    const value = { [content]: [content, content] };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
    const deep = JSON.stringify(content);
    expect(parseJson(nested(MAX_DEPTH, deep))).toBeDefined();
    expect(parseJson(nested(MAX_DEPTH + 1, deep))).toBeUndefined();
  });
});
