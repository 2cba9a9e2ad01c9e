import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type ConnectOptions, systemClock } from '@nestwire/engine';
import { CertificateAuthority, ConnectionLog, EngineBench, freePort } from '@nestwire/test-support';

/* A proxy that is none of ours. */

const executable = process.env['NESTWIRE_TINYPROXY'] ?? '/usr/bin/tinyproxy';
const isThere = existsSync(executable);
if (!isThere && process.env['CI'] === undefined) {
  process.stderr.write('A foreign proxy is not tested: there is no tinyproxy; NESTWIRE_TINYPROXY may name one.\n');
}
const describeWithTinyproxy = isThere || process.env['CI'] !== undefined ? describe : describe.skip;

let bench: EngineBench;
let log: ConnectionLog;
beforeEach(() => {
  bench = new EngineBench();
  log = new ConnectionLog();
});
afterEach(() => bench.dispose());

/** One that lets whoever has the password through, to one port alone. */
async function tinyproxy(allowed: number): Promise<string> {
  const port = await freePort();
  const configuration = `${bench.socketPath()}.conf`;
  const lines = [`Port ${String(port)}`, 'Listen 127.0.0.1', 'BasicAuth me secret', `ConnectPort ${String(allowed)}`];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  const child: ChildProcess = spawn(executable, ['-d', '-c', configuration], { stdio: 'ignore' });
  bench.defer(() => child.kill('SIGKILL'));
  while (!(await listens(port)) && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
  return `http://me:secret@127.0.0.1:${String(port)}`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
  });
}

function through(proxy: string, more: Partial<ConnectOptions> = {}): ConnectOptions {
  return { proxy, clock: systemClock, onConnection: () => log, ...more };
}

describeWithTinyproxy('Through tinyproxy', () => {
  it.each(['ws', 'wss'])('%s: with a password', async (scheme) => {
    const tls = await (await CertificateAuthority.create()).issue();
    const { port } = await bench.serve(scheme === 'wss' ? { tls } : {}, {
      onMessage: (connection, message) => void connection.send(message),
    });
    const proxy = await tinyproxy(port);
    const connection = await connect(`${scheme}://127.0.0.1:${String(port)}`, through(proxy, { tls: { ca: tls.ca } }));
    connection.send('x'.repeat(200_000));
    await log.atLeast(1);
    expect(log.messages).toEqual(['x'.repeat(200_000)]);
    connection.close(1000);
    expect(await log.closed()).toMatchObject({ closeCode: 1000, wasClean: true });
  });

  it('with a wrong one: its 401', async () => {
    const { port } = await bench.serve();
    const proxy = (await tinyproxy(port)).replace('me:secret', 'me:wrong');
    const failing = connect(`ws://127.0.0.1:${String(port)}`, through(proxy));
    await expect(failing).rejects.toMatchObject({ reason: 'proxy', status: 401 });
  });

  it('to a port that it does not allow: 403', async () => {
    const { port } = await bench.serve();
    const failing = connect(`ws://127.0.0.1:${String(port)}`, through(await tinyproxy(port + 1)));
    await expect(failing).rejects.toMatchObject({ reason: 'proxy', status: 403 });
  });
});
