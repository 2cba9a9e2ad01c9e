import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, runNpm, SetupError } from './run.mjs';

/** Installs what package-lock.json names, unless it is there. */
export async function installDependencies() {
  if (await areInstalled()) return;
  console.log('Installing the dependencies (once, up to a minute)…');
  // Scripts stay off: no dependency needs one, and our own `prepare` would build what a caller may not want built.
  // Development dependencies are asked for by name, because NODE_ENV=production would leave the compiler out.
  const code = await runNpm(['ci', '--ignore-scripts', '--include=dev', '--prefer-offline', '--loglevel=error']);
  if (code !== 0) throw new SetupError('The dependencies could not be installed (npm ci failed, see above).');
}

/**
 * Asks npm's own record, which `npm ci` and `npm install` leave behind when they are through, rather than a stamp of
 * ours: so an installation by hand counts, and one that was interrupted does not.
 */
async function areInstalled() {
  const [wanted, installed] = await Promise.all([
    readLockfile(join(root, 'package-lock.json')),
    readLockfile(join(root, 'node_modules', '.package-lock.json')),
  ]);
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true; // a binary for another platform
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

async function readLockfile(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}
