import './setup/node-version.mjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProblemsOfContents } from './packing/contents.mjs';
import { packPackages } from './packing/pack-packages.mjs';
import { main, root, run } from './setup/run.mjs';

const publint = join(root, 'node_modules', 'publint', 'src', 'cli.js');
const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');

/** `npm run pack:check`: packs every public package and looks at the tarballs as those would who install them. */
await main(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'nestwire-pack-'));
  try {
    for (const packed of await packPackages(directory)) await check(packed);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

async function check(packed) {
  const { manifest, tarball } = packed;
  const problems = await findProblemsOfContents(packed);
  if ((await run(process.execPath, [publint, 'run', '--strict', tarball])) !== 0) problems.push('publint says so');
  if ((await run(process.execPath, [attw, '--format', 'ascii', tarball])) !== 0) problems.push('attw says so');
  console.log(`${problems.length === 0 ? 'ok' : 'not ok'}: ${manifest.name} ${manifest.version}`);
  for (const problem of problems) console.error(`  ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
