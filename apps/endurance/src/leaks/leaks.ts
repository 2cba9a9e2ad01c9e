import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CertificateAuthority } from '@nestwire/test-support';
import { type Ending, ENDINGS } from './endings.js';
import { figureOption } from '../figure-option.js';
import type { Answer, Certificate, Ports } from './server-under-watch.js';
import type { Footprint } from '../footprint/footprint.js';
import { type Footprints, growthOf, isLeak, LIMITS } from '../footprint/growth.js';

/*
 * npm run leaks -- [--connections 100000] [--first 1000] [--only TEXT]
 *
 * Opens and closes so many connections of every ending, and compares what the server's process holds then with what it held after
 * the first ones. Ends with 1 where that has grown.
 */

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '100000' },
    first: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
  },
});
const connections = figureOption('connections', values.connections, 1);
const first = figureOption('first', values.first, 1);
if (connections <= first) throw new RangeError('--connections must be more than --first');

/** A process with nothing in it but the servers. */
class Watched {
  private constructor(
    private readonly child: ChildProcess,
    readonly ports: Ports,
  ) {}

  static async start(certificate: Certificate): Promise<Watched> {
    const child = fork(fileURLToPath(new URL('./server-under-watch.js', import.meta.url)), {
      execArgv: ['--expose-gc'],
    });
    const answer = await ask(child, certificate);
    if (!('ports' in answer)) throw new Error('The servers did not say where they listen');
    return new Watched(child, answer.ports);
  }

  async footprint(): Promise<Footprint> {
    const answer = await ask(this.child, 'footprint');
    if (!('footprint' in answer)) throw new Error('The servers did not say what they hold');
    return answer.footprint;
  }

  end(): void {
    this.child.disconnect();
  }
}

async function ask(child: ChildProcess, question: Certificate | 'footprint'): Promise<Answer> {
  child.send(question);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

let sources = 0;

/** Runs an ending so many times, so many at once. Sources take turns, so that ports do not run out. */
async function repeat({ run, atOnce }: Ending, ports: Ports, times: number): Promise<void> {
  let left = times;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await run(ports, `127.0.1.${String(1 + (sources++ % 250))}`);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, worker));
}

async function after(ending: Ending, watched: Watched, times: number): Promise<Footprint> {
  await repeat(ending, watched.ports, times);
  return watched.footprint();
}

const authority = await CertificateAuthority.create();
const { key, cert, ca } = await authority.issue();
const certificate = { key, cert, authority: ca };

console.log(
  `${String(connections)} connections of each ending, against the first ${String(first)} (resident: half of all)`,
);
console.log(
  `A leak: ${Object.entries(LIMITS)
    .map(([name, limit]) => `${name} > ${String(limit)}`)
    .join(', ')}`,
);
const leaks: string[] = [];
for (const ending of ENDINGS.filter(({ name }) => name.includes(values.only))) {
  const watched = await Watched.start(certificate);
  const began = performance.now();
  const half = Math.ceil((connections - first) / 2);
  const footprints: Footprints = {
    first: await after(ending, watched, first),
    half: await after(ending, watched, half),
    last: await after(ending, watched, connections - first - half),
  };
  const leaked = isLeak(footprints);
  if (leaked) leaks.push(ending.name);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${leaked ? 'LEAK' : 'ok  '} ${ending.name.padEnd(40)} ${growthOf(footprints)}  ${String(seconds)} s`);
  watched.end();
}
console.log(leaks.length === 0 ? 'Nothing is left behind' : `Left something behind: ${leaks.join('; ')}`);
process.exitCode = leaks.length === 0 ? 0 : 1;
