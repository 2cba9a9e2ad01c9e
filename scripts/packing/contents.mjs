import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';

const REQUIRED = [
  'package.json',
  'README.md',
  'LICENSE',
  'dist/index.js',
  'dist/cjs/index.js',
  'dist/cjs/package.json',
];
/** What a tarball may hold besides; no spec, no record of the compiler's, nothing that only we need. */
const ALLOWED = [/^dist\/.+\.(js|d\.ts)(\.map)?$/, /^src\/(?!.*\.spec\.ts$).+\.ts$/];

/**
 * Says what a tarball has too much or too little; the tools that look at `exports` do not.
 * @param {import('./pack-packages.mjs').Packed} packed
 */
export async function findProblemsOfContents({ directory, manifest, files }) {
  const problems = REQUIRED.filter((file) => !files.includes(file)).map((file) => `${file} is missing`);
  for (const file of files) {
    if (!REQUIRED.includes(file) && !ALLOWED.some((pattern) => pattern.test(file))) problems.push(`${file} is in it`);
    if (file.endsWith('.map')) problems.push(...(await findLostSources(directory, file, files)));
  }
  if (manifest.scripts?.prepack === undefined)
    problems.push('"prepack" is missing: npm would publish what lies in dist');
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    // Of our packages, those of one version belong together: an instance of one meets the other's `instanceof`.
    if (name.startsWith('@nestwire/') && range !== manifest.version)
      problems.push(`${name} is ${range}, not the version`);
  }
  return problems;
}

/** A debugger follows a map to the source; both are in the tarball, or neither is of use. */
async function findLostSources(directory, map, files) {
  const { sourceRoot = '', sources } = JSON.parse(await readFile(posix.join(directory, map), 'utf8'));
  return sources
    .map((source) => posix.join(posix.dirname(map), sourceRoot, source))
    .filter((source) => !files.includes(source))
    .map((source) => `${map} points to ${source}, which is missing`);
}
