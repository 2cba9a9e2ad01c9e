import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { mutationsOf } from './mutations.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

describe('The table of mutations', () => {
  it('finds each check in the sources as they are', () => {
    const mutations = mutationsOf(ROOT);
    expect(mutations.length).toBeGreaterThan(80);
    for (const { file } of mutations) expect(existsSync(join(ROOT, file))).toBe(true);
    expect(new Set(mutations.map(({ file, mutated }) => file + mutated)).size).toBe(mutations.length);
  });
});
