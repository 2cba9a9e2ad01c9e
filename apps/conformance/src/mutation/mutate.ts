import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Mutation, mutationsOf } from './mutations.js';
import { TreeCopy } from './tree-copy.js';

/*
 * npm run mutate -- [--only frame-parser]
 *
 * Takes away one check after the other, and expects a spec to turn red. One that stays green has a rule that no test holds.
 */

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const mutations = mutationsOf(root).filter(({ file }) => file.includes(values.only));
const survivors: Mutation[] = [];
const waiting = [...mutations];

await Promise.all(
  Array.from({ length: Math.min(availableParallelism(), mutations.length) }, async () => {
    const tree = new TreeCopy(root);
    try {
      for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift())
        await judge(tree, mutation);
    } finally {
      tree.dispose();
    }
  }),
);

console.log(`${String(mutations.length)} checks taken away, ${String(survivors.length)} not missed`);
if (survivors.length > 0) process.exitCode = 1;

async function judge(tree: TreeCopy, mutation: Mutation): Promise<void> {
  // The package's own specs first: they are quick, and nearly always the ones.
  const own = mutation.file.split('/').slice(0, 2).join('/');
  let verdict = await tree.judge(mutation, [own]);
  if (!verdict.red) verdict = await tree.judge(mutation, ['packages/protocol', 'packages/engine', 'apps/conformance']);
  if (!verdict.red) survivors.push(mutation);
  const where = `${mutation.file}:${String(mutation.line)}`;
  console.log(
    `${verdict.red ? 'red  ' : 'GREEN'} ${where}  ${mutation.check.replace(/\s+/g, ' ')}\n      ${verdict.by}`,
  );
}
