import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { directions, libs } from '../../import-directions.mjs';
import { root } from '../setup/run.mjs';

const SCOPE = '@nestwire/';
const manifests = new Map();

/**
 * Says what is wrong with an import, or undefined.
 * @param {string} file the importing file, relative to the root, with forward slashes
 * @param {string} specifier what it imports
 */
export function judgeImport(file, specifier) {
  const project = /^(?:packages|libs|apps)\/[^/]+/.exec(file)?.[0];
  if (project === undefined) return undefined;
  if (specifier.startsWith('.')) return judgeRelative(file, specifier, project);
  const row = findRow(file);
  if (row === undefined) return `${project} has no row in import-directions.mjs.`;
  const isSpec = file.endsWith('.spec.ts') || /^(spec|examples|e2e)\//.test(file.slice(project.length + 1));
  if (isBuiltin(specifier)) return row.node || isSpec ? undefined : `${project} may not import from Node.`;
  if (specifier.startsWith(SCOPE)) return judgeSibling(specifier, project, row, isSpec);
  return isSpec ? undefined : judgeNpm(specifier, project, row);
}

function judgeRelative(file, specifier, project) {
  const target = posix.join(posix.dirname(file), specifier);
  if (target === project || target.startsWith(`${project}/`)) return undefined;
  return `A relative import may not leave ${project}: import the other project by its name.`;
}

function judgeSibling(specifier, project, row, isSpec) {
  const [name, ...rest] = specifier.slice(SCOPE.length).split('/');
  const own = readManifest(project).name === SCOPE + name;
  const allowed = row.imports.includes(name) || (isSpec && (own || libs.includes(name)));
  if (own && !allowed) return `Inside ${project}, import the file, not the package.`;
  if (!allowed) return `${project} may not import ${SCOPE}${name} (see import-directions.mjs).`;
  const entries = readManifest(`${libs.includes(name) ? 'libs' : 'packages'}/${name}`).exports ?? {};
  const entry = ['.', ...rest].join('/');
  return entry in entries ? undefined : `${specifier} is not a public entry of ${SCOPE}${name}.`;
}

function judgeNpm(specifier, project, row) {
  if (!row.npm) return `${project} may not import npm packages.`;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const { dependencies = {}, peerDependencies = {} } = readManifest(project);
  return name in dependencies || name in peerDependencies
    ? undefined
    : `${project}/package.json does not name ${name}.`;
}

function findRow(file) {
  const paths = Object.keys(directions).filter((path) => file.startsWith(`${path}/`) || isEntryFile(file, path));
  return directions[paths.sort((a, b) => b.length - a.length)[0]];
}

/** `src/node` stands for src/node.ts as well as for a directory of that name. */
function isEntryFile(file, path) {
  return file === `${path}.ts`;
}

function readManifest(project) {
  let manifest = manifests.get(project);
  if (manifest === undefined) {
    const path = join(root, project, 'package.json');
    manifest = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
    manifests.set(project, manifest);
  }
  return manifest;
}
