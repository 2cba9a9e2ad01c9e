import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run, SetupError } from '../setup/run.mjs';

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** What differs from the build for ESM; `Bundler` is the one resolution that reads `exports` and writes CommonJS. */
const AS_COMMONJS = ['--module', 'CommonJS', '--moduleResolution', 'Bundler'];
/** A build of its own beside the project's, which must not be taken for it. */
const ALONE = ['--composite', 'false', '--incremental', 'false', '--tsBuildInfoFile', 'null'];

/**
 * Builds a package as it is published: from nothing, so that no output of a source that is gone goes along, as ESM in
 * dist, and as CommonJS in dist/cjs.
 *
 * Nobody here needs the second, so only packing pays for it. Node loads the first for `import` and, by the condition
 * `module-sync`, for `require()` as well, so there is one copy of it in a process, and `instanceof` holds. The second is for
 * what can't `require()` ESM: Jest without --experimental-vm-modules, Node 22 before 22.12, older bundlers.
 */
export async function buildPackage(directory) {
  const dist = join(directory, 'dist');
  await rm(dist, { recursive: true, force: true });
  await compile(directory, ['-b', directory]);
  const cjs = join(dist, 'cjs');
  await compile(directory, ['-p', directory, ...AS_COMMONJS, ...ALONE, '--outDir', cjs]);
  await writeFile(join(cjs, 'package.json'), '{ "type": "commonjs" }\n');
}

async function compile(directory, args) {
  const code = await run(process.execPath, [tsc, ...args]);
  if (code !== 0) throw new SetupError(`${directory} could not be built for packing (see above).`);
}
