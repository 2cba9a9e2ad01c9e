import { type ChildProcess, execFileSync, spawn } from 'node:child_process';

/**
 * The range for tests between hosts (RFC 2544): a pair of addresses for each of ours. A host's cable is still there for a moment when
 * it is gone, so that the next one needs a network of its own.
 */
const NETWORK = '198.18';

let hosts = process.pid;

/**
 * Another host, as far as TCP can tell: a network namespace of its own, with a cable that can be pulled. For Linux, as root, with
 * iproute2.
 */
export class NetworkHost {
  /** The address of this end of the cable: where servers listen for that host. */
  readonly here: string;
  private readonly name: string;
  private readonly processes: ChildProcess[] = [];

  /** Whether such a host can be made here. */
  static isPossible(): boolean {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
    const name = `nwprobe${String(process.pid)}`;
    try {
      ip('netns', 'add', name);
      ip('netns', 'del', name);
      return true;
    } catch {
      return false;
    }
  }

  constructor() {
    const index = hosts++;
    const network = `${NETWORK}.${String((index >>> 6) % 256)}`;
    const address = (index % 64) * 4;
    this.name = `nw${String(process.pid)}x${String(index % 1000)}`;
    this.here = `${network}.${String(address + 1)}`;
    ip('netns', 'add', this.name);
    ip('link', 'add', this.cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    ip('addr', 'add', `${this.here}/30`, 'dev', this.cable);
    ip('link', 'set', this.cable, 'up');
    ip('-n', this.name, 'addr', 'add', `${network}.${String(address + 2)}/30`, 'dev', 'eth0');
    ip('-n', this.name, 'link', 'set', 'eth0', 'up');
  }

  /** Runs a program of Node's there; it ends with the host. */
  run(program: string): ChildProcess {
    const args = ['netns', 'exec', this.name, process.execPath, '--input-type=module', '--eval', program];
    const child = spawn('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    this.processes.push(child);
    return child;
  }

  /** Pulls the cable: nothing that the host still sends arrives, not even that its programs have ended. */
  vanish(): void {
    ip('-n', this.name, 'link', 'set', 'eth0', 'down');
  }

  dispose(): void {
    for (const child of this.processes) child.kill('SIGKILL');
    ip('netns', 'del', this.name);
  }

  private get cable(): string {
    return `v${this.name}`;
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'ignore'] });
}
