import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import {
  type NginxEdits,
  type NginxSite,
  writeNginxCertificate,
  writeNginxConfiguration,
} from './nginx-configuration.js';
import type { CertificateAndKey } from './certificates.js';

/** How often another process is asked whether it has come so far; it has no other way to tell. */
const POLL_MS = 10;

/**
 * Starts nginx in a process group that dies with us, however we end: `cat` reads from a pipe that the system closes then. The
 * shell becomes nginx, so the group, and our child, is its master process.
 */
const LAUNCH = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL -- -$$) & exec "$@" </dev/null 3<&-';

/** Knows neither HTTP nor names. */
const PASSTHROUGH = 'tls-passthrough';

/** Where Debian has what passes TCP on; elsewhere it may be built in, and the documented file names it in vain. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** Whether there is an nginx that can do what the documented tls-passthrough.conf asks for. */
export function hasNginxStream(): boolean {
  return findNginx() !== undefined && existsSync(STREAM_MODULE);
}

/** The nginx that NESTWIRE_NGINX names, else the first of the usual places that has one. */
export function findNginx(): string | undefined {
  const chosen = process.env['NESTWIRE_NGINX'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const candidates = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'];
  return candidates.find((candidate) => existsSync(candidate));
}

export interface NginxStart extends NginxSite {
  readonly certificate: CertificateAndKey;
}

/** A real nginx with the documented configuration, in a directory of its own, on ports of its own. */
export class Nginx {
  private master: ChildProcess | null = null;
  /** What the last start wrote to its terminal: why it failed, where it did. */
  private output = '';

  private constructor(
    private readonly executable: string,
    /** Its /etc/nginx. */
    readonly directory: string,
    /** For wss:. */
    readonly port: number,
    /** For http:. */
    readonly plainPort: number,
    private readonly edits: NginxEdits,
  ) {}

  /** Starts it, and waits until it listens. @throws Error with nginx's own words where it does not. */
  static async start({ certificate, ...configuration }: NginxStart): Promise<Nginx> {
    const executable = findNginx();
    if (executable === undefined) throw new Error('No nginx: NESTWIRE_NGINX may name one');
    const directory = await mkdtemp(join(tmpdir(), 'nestwire-nginx-'));
    // Its workers are another user than root, and pass through here to a unix socket.
    await chmod(directory, 0o755);
    const [port, plainPort] = [await freePort(), await freePort()];
    const edits = {
      ...(configuration.site === PASSTHROUGH
        ? {}
        : {
            'listen 80': `listen 127.0.0.1:${String(plainPort)}`,
            'server_name ws.example.com': 'server_name localhost',
          }),
      'listen 443': `listen 127.0.0.1:${String(port)}`,
      '/run/nginx.pid': join(directory, 'nginx.pid'),
      '/var/log/nginx/': join(directory, '/'),
    };
    const nginx = new Nginx(executable, directory, port, plainPort, edits);
    try {
      await writeNginxCertificate(directory, certificate);
      await nginx.configure(configuration);
      await nginx.start();
    } catch (error) {
      await nginx.dispose();
      throw error;
    }
    return nginx;
  }

  /** Starts it again, with the configuration that it had. */
  async start(): Promise<void> {
    this.output = '';
    const global = `daemon off; error_log ${this.noticeLog} notice;`;
    const command = [this.executable, '-p', this.directory, '-c', this.configurationFile, '-e', 'stderr', '-g', global];
    const master = spawn('/bin/sh', ['-c', LAUNCH, 'sh', ...command], {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.master = master;
    master.stderr.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    // The file is written once all sockets listen.
    const pid = String(master.pid);
    await this.until(async () => (await this.read('nginx.pid')).trim() === pid);
  }

  /** Other files or edits, for the next reload or start. */
  async configure(configuration: NginxSite): Promise<void> {
    await writeNginxConfiguration(this.directory, configuration, this.edits);
  }

  /** `nginx -s reload`; resolves once every old worker has stopped accepting. */
  async reload(): Promise<void> {
    const started = await this.startedWorkers();
    await this.signal('reload');
    await this.until(async () => (await this.notices(/: gracefully shutting down/g)).length >= started);
  }

  /** `nginx -s quit`; resolves once nobody listens any longer. What is open goes on. */
  async quit(): Promise<void> {
    await this.signal('quit');
    while (await this.listens()) await delay(POLL_MS);
  }

  /** `nginx -s stop`; resolves when it has ended. */
  async stop(): Promise<void> {
    const ended = this.master && once(this.master, 'exit');
    await this.signal('stop');
    await ended;
    await this.kill();
  }

  /** How many workers have been started in all. */
  async startedWorkers(): Promise<number> {
    return (await this.notices(/start worker process \d/g)).length;
  }

  /** How many workers have ended since the first start. */
  async endedWorkers(): Promise<number> {
    return (await this.notices(/worker process \d+ exited/g)).length;
  }

  /** `kill -9` to the master and to all workers, as far as they are there. */
  async kill(): Promise<void> {
    const { master } = this;
    if (master === null) return;
    this.master = null;
    const exited = new Promise((resolve) => master.once('exit', resolve));
    if (master.pid !== undefined && master.exitCode === null && master.signalCode === null) {
      process.kill(-master.pid, 'SIGKILL');
      await exited;
    }
    master.stdin?.destroy();
    // The master's end is not that of its workers, which hold the ports.
    while (await this.listens()) await delay(POLL_MS);
  }

  /** Ends it, and removes its directory. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A file of its directory: `access.log`, `error.log`. Empty while there is none. */
  async read(name: string): Promise<string> {
    return readFile(join(this.directory, name), 'utf8').catch(() => '');
  }

  private async signal(name: 'reload' | 'quit' | 'stop'): Promise<void> {
    const command = ['-p', this.directory, '-c', this.configurationFile, '-e', 'stderr', '-s', name];
    await promisify(execFile)(this.executable, command);
  }

  private get configurationFile(): string {
    return join(this.directory, 'nginx.conf');
  }

  private get noticeLog(): string {
    return join(this.directory, 'notice.log');
  }

  private async notices(pattern: RegExp): Promise<readonly string[]> {
    return (await this.read('notice.log')).match(pattern) ?? [];
  }

  private async until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      if (this.master === null || this.master.exitCode !== null || this.master.signalCode !== null) {
        throw new Error(`nginx has ended: ${this.output}`);
      }
      await delay(POLL_MS);
    }
  }

  private listens(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }
}
