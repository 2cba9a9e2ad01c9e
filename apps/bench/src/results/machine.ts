import { createRequire } from 'node:module';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Pinning } from '../process/pinning.js';
import { UWS_PACKAGE, UWS_VERSION, uwsAbsence } from '../servers/uws.js';
import type { Machine } from './results.js';

const GIB = 1024 ** 3;

export function describeMachine(pinning: Pinning): Machine {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / GIB),
    system: `${platform()} ${release().split('.', 2).join('.')} ${arch()}`,
    node: process.version,
    pinning:
      pinning === undefined
        ? 'not pinned: there is no taskset, or one core only; figures differ more from round to round'
        : `server on core ${String(pinning.server)}, load on core ${String(pinning.load)}`,
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** Figures beside other work are not worth much, and whoever reads them has to be told. */
export function isDisturbed({ loadBefore }: Machine): boolean {
  return loadBefore > 0.5;
}

const PACKAGES = [
  'ws',
  'bufferutil',
  '@nestjs/core',
  '@nestjs/websockets',
  '@nestjs/platform-ws',
  '@nestjs/platform-socket.io',
];

/** What takes part, as it is installed. */
export function describeVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const versions: Record<string, string> = {};
  for (const name of PACKAGES) {
    const version = versionOf(name, require);
    if (version !== undefined) versions[name] = version;
  }
  if (uwsAbsence() === undefined) versions['uWebSockets.js'] = `${UWS_VERSION} (${UWS_PACKAGE})`;
  return versions;
}

/** Not every package lets its package.json be imported: it is looked for where its main file is. */
function versionOf(name: string, require: NodeJS.Require): string | undefined {
  try {
    for (let directory = dirname(require.resolve(name)); ; directory = dirname(directory)) {
      const manifest = readManifest(join(directory, 'package.json'));
      if (manifest?.name === name) return manifest.version;
      if (directory === dirname(directory)) return undefined;
    }
  } catch {
    return undefined;
  }
}

function readManifest(path: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}
