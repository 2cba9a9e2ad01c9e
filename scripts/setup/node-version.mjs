/**
 * Imported before everything else, for its effect: an older Node gets one clear line instead of a syntax error from
 * deep inside a dependency. Keep this file, and what the scripts import, in syntax that old Node can parse.
 */
const REQUIRED = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < REQUIRED[0] || (major === REQUIRED[0] && minor < REQUIRED[1])) {
  console.error(`Nestwire needs Node ${REQUIRED.join('.')} or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}
