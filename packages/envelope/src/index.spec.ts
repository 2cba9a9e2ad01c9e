import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import ts from 'typescript';

/** All that is loaded with a file of this package, by its imports. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
    if (fileName.startsWith('.')) loadedWith(join(dirname(file), fileName.replace(/\.js$/, '.ts')), seen);
    else seen.add(fileName);
  }
  return seen;
}

it('loads no library with the entry that knows JSON only', () => {
  const files = [...loadedWith('packages/envelope/src/index.ts')];
  expect(files).toContain('packages/envelope/src/json.codec.ts');
  expect(files.filter((file) => file.includes('msgpack'))).toEqual([]);
  expect([...loadedWith('packages/envelope/src/msgpack/index.ts')]).toContain('@msgpack/msgpack');
});
