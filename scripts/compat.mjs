import './setup/node-version.mjs';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execute } from './compat/execute.mjs';
import { provideNode } from './compat/node-binary.mjs';
import { compileApp, FORMATS, installNest, testApp } from './compat/project.mjs';
import { runApp } from './compat/run-app.mjs';
import { packPackages } from './packing/pack-packages.mjs';
import { main, run } from './setup/run.mjs';

/**
 * `npm run compat`: our tarballs in applications of each Nest that the peers allow, ESM and CommonJS, on both of Nest's
 * platforms, with a gateway on the application's port and on one of its own.
 *
 *     npm run compat                                  with the Node that runs it
 *     npm run compat -- --node 20 --node 22 --node 24
 *     npm run compat -- --node 22 --specs             instead: the packages' specs with that Node
 */
const { ESM, CommonJS, 'CommonJS, NodeNext': CommonJSNodeNext } = FORMATS;

const NESTS = [
  // The first 11 whose own packages agree with each other. What is missing in it, no spec on a newer one sees.
  { version: '11.0.5', typescript: '~5.9.0', cli: '^11.0.0', terminus: '^11.0.0', formats: { ESM } },
  { version: '^11.0.0', typescript: '~5.9.0', cli: '^11.0.0', terminus: '^11.0.0', formats: { ESM, CommonJS } },
  {
    version: '^12.0.0',
    typescript: '~6.0.0',
    cli: '^12.0.0',
    terminus: '^12.0.0',
    formats: { ESM, CommonJS: CommonJSNodeNext },
  },
];
/** Those beside the sources. What e2e directories ask for besides Node, `npm test` provides. */
const SPECS = 'packages/[^/]+/(src|examples)/';

await main(async () => {
  const { values } = parseArgs({
    options: { node: { type: 'string', multiple: true }, specs: { type: 'boolean', default: false } },
  });
  const majors = values.node ?? [process.versions.node.split('.')[0]];
  const nodes = [];
  for (const major of majors) nodes.push(await provideNode(major));
  if (values.specs) return runSpecs(nodes);
  const directory = await mkdtemp(join(tmpdir(), 'nestwire-compat-'));
  try {
    await runMatrix(directory, nodes);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

async function runSpecs(nodes) {
  const jest = join('node_modules', 'jest', 'bin', 'jest.js');
  for (const node of nodes) {
    console.log(`\nThe specs on Node ${(await execute(node, ['--version'])).trim()}`);
    const code = await run(node, ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, SPECS]);
    if (code !== 0) process.exitCode = code;
  }
}

async function runMatrix(directory, nodes) {
  console.log('Packing…');
  const tarballs = dependenciesOf('@nestwire/nestjs', await packPackages(directory));
  console.log('Installing and compiling the applications…');
  const apps = await inTurns(NESTS.entries(), ([index, nest]) =>
    prepare(join(directory, String(index)), nest, tarballs),
  );
  const versions = await Promise.all(nodes.map(async (node) => (await execute(node, ['--version'])).trim()));
  const ways = [];
  for (const [index, node] of nodes.entries()) {
    for (const app of apps.flat()) {
      for (const platform of ['Express', 'Fastify']) {
        for (const ownPort of [false, true]) {
          const name = `Node ${versions[index].slice(1)}, ${app.name}, ${platform}, ${ownPort ? 'a port of its own' : "the app's port"}`;
          ways.push({ name, directory: app.directory, node, flags: app.flags, platform, ownPort });
        }
      }
    }
  }
  await inTurns(ways, (way) => check(way.name, () => runApp(way.directory, way)));
}

/** Tarballs of a package and of those of ours that it depends on: what a user gets who installs it. */
function dependenciesOf(name, packed, found = {}) {
  const { manifest, tarball } = packed.find((candidate) => candidate.manifest.name === name);
  found[name] = `file:${tarball}`;
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (dependency.startsWith('@nestwire/') && !(dependency in found)) dependenciesOf(dependency, packed, found);
  }
  return found;
}

/** Installs one Nest and compiles its applications; answers how each can be run. */
async function prepare(directory, nest, tarballs) {
  const version = await installNest(directory, nest, tarballs);
  const apps = [];
  for (const [format, settings] of Object.entries(nest.formats)) {
    const name = `Nest ${version}, ${format}`;
    const app = join(directory, format.toLowerCase());
    await check(`${name}: compiles with the Nest CLI, strictly`, () => compileApp(app, settings));
    apps.push({ name, directory: app, flags: [] });
    if (settings === CommonJS) {
      // As on a Node, or in a tool, that can't require() ESM; Nest 12 would not load there.
      apps.push({ name: `${name} alone`, directory: app, flags: ['--no-experimental-require-module'] });
      await check(`${name}: compiles with NodeNext as well`, () =>
        compileApp(join(directory, 'nodenext'), CommonJSNodeNext),
      );
    }
    if (settings.jest !== undefined) await check(`${name}: its own Jest`, () => testApp(app, settings));
    if (settings !== ESM) await check(`${name}: require() and import give the same`, () => checkOneCopy(app));
  }
  return apps;
}

/** Two copies of our classes in a process would not know each other's instances. */
async function checkOneCopy(directory) {
  const script = `
    const { NestwireAdapter, CloseConnectionException } = require('@nestwire/nestjs');
    import('@nestwire/nestjs').then((other) => console.log(
      other.NestwireAdapter === NestwireAdapter && other.CloseConnectionException === CloseConnectionException,
      require.resolve('@nestwire/nestjs'),
    ));`;
  const [same, file] = (await execute(process.execPath, ['-e', script], { cwd: directory })).trim().split(' ');
  assert.equal(same, 'true');
  assert.match(file.replaceAll('\\', '/'), /nestjs\/dist\/index\.js$/);
}

async function check(name, body) {
  try {
    await body();
    console.log(`ok: ${name}`);
  } catch (error) {
    console.error(`not ok: ${name}\n  ${error.message.replaceAll('\n', '\n  ')}`);
    process.exitCode = 1;
  }
}

/** Like `Promise.all`, but with no more at work at a time than there are processors. */
async function inTurns(items, work) {
  const results = [];
  const queue = [...items].entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}
