import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SOURCES = join(process.cwd(), 'packages/nestjs/src');

/** Each library that is not everybody's, and the one folder, an entry of its own, that may load it. */
const ENTRIES: readonly (readonly [library: string, folder: string])[] = [
  ['prom-client', 'metrics'],
  ['@nestjs/terminus', 'terminus'],
  ['@opentelemetry/api', 'opentelemetry'],
];

function importersOf(specifier: RegExp): string[] {
  return readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .filter((file) => specifier.test(readFileSync(join(SOURCES, file), 'utf8')))
    .map((file) => file.split(sep).join('/'));
}

describe('Who imports @nestwire/nestjs', () => {
  it.each(ENTRIES)('does not load %s, which is for %s', (library, folder) => {
    const importers = importersOf(new RegExp(`from '${library}'`));
    expect(importers.length).toBeGreaterThan(0);
    expect(importers.filter((file) => !file.startsWith(`${folder}/`))).toEqual([]);
    expect(importersOf(new RegExp(`from '\\.{1,2}/(?:.*/)?${folder}/`))).toEqual([]);
  });
});
