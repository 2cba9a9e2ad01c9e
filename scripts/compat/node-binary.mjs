import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, SetupError } from '../setup/run.mjs';
import { execute } from './execute.mjs';

/** Answers the path of Node with this major: the running one, or what npm's package `node` brings. */
export async function provideNode(major) {
  if (process.versions.node.split('.')[0] === major) return process.execPath;
  const directory = join(root, 'node_modules', '.nestwire', `node-${major}`);
  const binary = join(directory, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    console.log(`Installing Node ${major} (once)…`);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
    // The package fetches the binary for this platform in a script of its own.
    await execute('npm', ['install', '--no-save', '--loglevel=error', `node@${major}`], { cwd: directory });
  }
  const version = (await execute(binary, ['--version'])).trim();
  if (!version.startsWith(`v${major}.`)) throw new SetupError(`${binary} is Node ${version}, not ${major}.`);
  return binary;
}
