import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import ts from 'typescript';
import { judgeImport } from './imports/judge.mjs';
import { root } from './setup/run.mjs';

/**
 * Part of `npm run build`. The compiler alone does not catch every breach: it never sees the specs, and an npm package
 * at the root of node_modules is in everybody's reach.
 */
let breaches = 0;
for (const group of ['packages', 'libs', 'apps']) {
  for (const name of await readdir(join(root, group), { recursive: true })) {
    const file = `${group}/${name.split(sep).join('/')}`;
    if (!/\.[cm]?tsx?$/.test(file) || /\/(node_modules|dist)\//.test(file)) continue;
    const text = await readFile(join(root, file), 'utf8');
    for (const { fileName, pos } of ts.preProcessFile(text).importedFiles) {
      const message = judgeImport(file, fileName);
      if (message === undefined) continue;
      breaches += 1;
      console.error(`${file}:${text.slice(0, pos).split('\n').length}: ${message}`);
    }
  }
}
if (breaches > 0) {
  console.error(`\n${breaches} import${breaches === 1 ? '' : 's'} against import-directions.mjs`);
  process.exitCode = 1;
}
