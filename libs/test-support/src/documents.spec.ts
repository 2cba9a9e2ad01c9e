import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** The repository's root, where Jest runs. */
const ROOT = process.cwd();

/** An example in TypeScript or of nginx's configuration, and the comment before it that names the file which it is taken from. */
const EXAMPLE = /(?:<!-- (\S+) -->\n\n)?```(?:ts|nginx)\n([\s\S]*?)```/g;

const LINK = /\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g;

function documents(folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || ['node_modules', 'dist', 'artifacts', 'coverage'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return documents(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

describe.each(documents().map((path) => [relative(ROOT, path), path]))('%s', (_, path) => {
  const text = readFileSync(path, 'utf8');

  it('takes its examples from files that are executed', () => {
    for (const [, source, code] of text.matchAll(EXAMPLE)) {
      expect(source).toBeDefined();
      expect(readFileSync(join(ROOT, String(source)), 'utf8')).toContain(code);
    }
  });

  it('links to what is there', () => {
    const broken = [...text.matchAll(LINK)]
      .map(([, target]) => String(target))
      .filter((target) => {
        return !existsSync(join(dirname(path), target));
      });
    expect(broken).toEqual([]);
  });
});
