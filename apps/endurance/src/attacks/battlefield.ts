import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { NestwireOptions } from '@nestwire/nestjs';
import type { Health, TargetPorts } from './server-under-attack.js';
import type { Service } from './well-behaved-client.js';

/** What an attack did to others. */
export interface Toll {
  readonly service: Service;
  readonly health: Health;
}

/** The server that is attacked and the client that it must not fail, each in a process of its own, as they were built. */
export class Battlefield {
  private constructor(
    private readonly server: ChildProcess,
    private readonly client: ChildProcess,
    readonly ports: TargetPorts,
  ) {}

  static async open(options: NestwireOptions = {}): Promise<Battlefield> {
    const server = forkBuilt('server-under-attack');
    const ports = await ask<TargetPorts>(server, options);
    const client = forkBuilt('well-behaved-client');
    await ask(client, ports.http);
    return new Battlefield(server, client, ports);
  }

  /** Since the last time, or the beginning. */
  async toll(): Promise<Toll> {
    return { service: await ask<Service>(this.client, 'service'), health: await ask<Health>(this.server, 'toll') };
  }

  health(): Promise<Health> {
    return ask<Health>(this.server, 'health');
  }

  close(): void {
    this.client.disconnect();
    this.server.disconnect();
  }
}

function forkBuilt(name: string): ChildProcess {
  // Jest's own Node options are not the child's.
  return fork(fileURLToPath(new URL(`../../dist/attacks/${name}.js`, import.meta.url)), { execArgv: [] });
}

async function ask<T>(child: ChildProcess, question: object | string | number): Promise<T> {
  const failed = new AbortController();
  const ended = (): void => failed.abort(new Error('A process has ended that should not have'));
  child.once('exit', ended);
  child.send(question);
  try {
    const [answer] = (await once(child, 'message', { signal: failed.signal })) as [T];
    return answer;
  } finally {
    child.off('exit', ended);
  }
}
