import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { root, run, SetupError } from './run.mjs';

// Inside node_modules, so that a new installation, which may bring a new compiler, is followed by a build.
const stampDirectory = join(root, 'node_modules', '.nestwire');
const stampFile = join(stampDirectory, 'build.json');

/** Builds every project, unless nothing that a build reads has changed since the last one. */
export async function buildProjects() {
  const inputs = await hashInputs();
  if (await isBuilt(inputs)) return;
  console.log('Building…');
  const code = await run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  if (code !== 0) throw new SetupError('The build failed (tsc -b, see above).');
  await mkdir(stampDirectory, { recursive: true });
  await writeFile(stampFile, JSON.stringify({ inputs, outputs: await findOutputs() }));
}

/** `tsc -b` would find out by itself, in one to two seconds; this takes some milliseconds. */
async function isBuilt(inputs) {
  if (!existsSync(stampFile)) return false;
  const stamp = JSON.parse(await readFile(stampFile, 'utf8'));
  return stamp.inputs === inputs && stamp.outputs.every((output) => existsSync(join(root, output)));
}

async function hashInputs() {
  const hash = createHash('sha256');
  for (const file of await listInputs()) {
    hash
      .update(relative(root, file))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  }
  return hash.digest('hex');
}

async function listInputs() {
  const inputs = (await readdir(root)).filter(isInput).map((name) => join(root, name));
  for (const project of await listProjects()) {
    for (const name of await readdir(project, { recursive: true })) {
      if (isInput(name)) inputs.push(join(project, name));
    }
  }
  return inputs.sort();
}

function isInput(path) {
  if (/(^|[\\/])(dist|node_modules)[\\/]/.test(path) || path.endsWith('.spec.ts')) return false;
  return /\.[cm]?tsx?$|(^|[\\/])(package|tsconfig[^\\/]*)\.json$/.test(path);
}

/** The compiler's own records, one a project in its dist: with the directory gone, so is the record. */
async function findOutputs() {
  const outputs = [];
  for (const project of await listProjects()) {
    const dist = join(project, 'dist');
    if (!existsSync(dist)) continue;
    const records = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.tsbuildinfo'));
    outputs.push(...records.map((name) => relative(root, join(dist, name))));
  }
  return outputs;
}

async function listProjects() {
  const projects = [];
  for (const group of ['packages', 'libs', 'apps']) {
    for (const entry of await readdir(join(root, group), { withFileTypes: true })) {
      if (entry.isDirectory()) projects.push(join(root, group, entry.name));
    }
  }
  return projects;
}
