import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, SetupError } from '../setup/run.mjs';

/**
 * A package as npm would publish it.
 * @typedef {{ directory: string, manifest: Record<string, any>, tarball: string, files: string[] }} Packed
 */

/**
 * Packs every public package, their `prepack` included, into a directory.
 * @returns {Promise<Packed[]>}
 */
export async function packPackages(destination) {
  const packed = [];
  for (const directory of await listPublicPackages()) {
    const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
    const [{ filename, files }] = await pack(directory, destination);
    packed.push({
      directory,
      manifest,
      tarball: join(destination, filename),
      files: files.map(({ path }) => path),
    });
  }
  return packed;
}

async function listPublicPackages() {
  const directories = (await readdir(join(root, 'packages'))).map((name) => join(root, 'packages', name));
  const manifests = await Promise.all(
    directories.map(async (directory) => JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))),
  );
  return directories.filter((_, index) => manifests[index].private !== true);
}

async function pack(directory, destination) {
  const args = ['pack', '--json', '--foreground-scripts=false', '--pack-destination', destination];
  try {
    const { stdout } = await promisify(execFile)('npm', args, { cwd: directory, shell: process.platform === 'win32' });
    // One object a package; newer versions of npm name them.
    return Object.values(JSON.parse(stdout));
  } catch (error) {
    throw new SetupError(`npm pack failed in ${directory}:\n${error.stdout ?? ''}${error.stderr ?? error.message}`);
  }
}
