import { existsSync, rmSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { run } from './run.mjs';

/** Asked by Debian's packages before they start a service. */
const POLICY = '/usr/sbin/policy-rc.d';

const DIRECTORIES = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin'];

/** Where a command is that a user may call, or one that is root's; `undefined` where it is nowhere. */
export function findCommand(command) {
  if (isAbsolute(command)) return existsSync(command) ? command : undefined;
  const directories = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...DIRECTORIES];
  return directories.map((directory) => join(directory, command)).find((path) => existsSync(path));
}

/**
 * Finds a command (or a file, by its absolute path), and installs the Debian package that has it where that is possible: on Debian,
 * as root. No service of that package is started. Answers the path, or `undefined`.
 */
export async function ensureDebianPackage({ command, package: name }) {
  const path = findCommand(command);
  const isRootOnDebian = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  if (path !== undefined || !isRootOnDebian) return path;
  console.log(`Installing ${name} for the tests (once)…`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await withoutServices(async () => {
    // One package source out of order is no reason to give up: whether the package can be had, the second command says.
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
  });
  return findCommand(command);
}

/** A machine that has a policy of its own keeps it. */
async function withoutServices(install) {
  if (existsSync(POLICY)) return install();
  const remove = () => rmSync(POLICY, { force: true });
  // Also when a signal ends us on the way.
  process.once('exit', remove);
  await writeFile(
    POLICY,
    '#!/bin/sh\n# Written by an installation of Nestwire that is under way; may be removed.\nexit 101\n',
  );
  await chmod(POLICY, 0o755);
  try {
    await install();
  } finally {
    process.off('exit', remove);
    await rm(POLICY, { force: true });
  }
}
