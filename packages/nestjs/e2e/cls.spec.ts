import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as common from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import ts from 'typescript';
import { WebSocket } from 'ws';
import { Peer } from '../spec/gateway-app.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SOURCE = fileURLToPath(new URL('../spec/cls-app.ts', import.meta.url));

/** nestjs-cls is CommonJS. Jest can't `require` Nest 12, which is ESM, as Node itself can: there it runs without Jest. */
const IS_NEST_12 = 'StandardSchemaValidationPipe' in common;

/** The application, compiled, in a process of its own. */
class ClsProcess {
  private readonly file = join(ROOT, 'artifacts', `cls-app-${String(process.pid)}.mjs`);
  private child: ChildProcess | undefined;

  async start(): Promise<number> {
    execFileSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', 'packages/nestjs'], {
      cwd: ROOT,
    });
    const { outputText } = ts.transpileModule(readFileSync(SOURCE, 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    });
    mkdirSync(join(ROOT, 'artifacts'), { recursive: true });
    const port = 'console.log(app.getHttpServer().address().port)';
    writeFileSync(this.file, `${outputText}\nstartClsApp().then((app) => ${port});\n`);
    const child = spawn(process.execPath, [pathToFileURL(this.file).pathname], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
    if (!Buffer.isBuffer(said)) throw new Error('The application did not start');
    return Number(said.toString());
  }

  async stop(): Promise<void> {
    rmSync(this.file, { force: true });
    if (this.child?.kill() === true) await once(this.child, 'exit');
  }
}

describe('An AsyncLocalStorage (nestjs-cls)', () => {
  const child = new ClsProcess();
  const peers: Peer[] = [];
  let app: INestApplication | undefined;
  let port: number;

  beforeAll(async () => {
    if (IS_NEST_12) {
      port = await child.start();
    } else {
      const { startClsApp } = await import('../spec/cls-app.js');
      app = await startClsApp();
      ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
    }
  }, 120_000);

  afterAll(async () => {
    for (const { socket } of peers) socket.terminate();
    await Promise.all([app?.close(), child.stop()]);
  });

  async function connect(): Promise<Peer> {
    const peer = new Peer(new WebSocket(`ws://127.0.0.1:${String(port)}/`));
    peers.push(peer);
    return peer.open();
  }

  it.each([
    ['set up by a guard', 1],
    ['set up by a guard, with @Concurrency(8)', 2],
    ['set up by an interceptor', 11],
    ['set up by an interceptor, with @Concurrency(8)', 12],
  ])('%s holds for each message of its own, from guard to handler', async (_, code) => {
    const peer = await connect();
    const users = Array.from({ length: 50 }, (_, i) => i);
    peer.send(...users.map((userId) => ({ userId, code, data: 'ok' })));
    expect(await peer.take(50)).toEqual(users.map((userId) => ({ userId, code, data: userId })));
  });

  it.each([1, 2])('holds in filters: code %d', async (code) => {
    const peer = await connect();
    const users = Array.from({ length: 20 }, (_, i) => i);
    peer.send(...users.map((userId) => ({ userId, code, data: 'fail' })));
    expect(await peer.take(20)).toEqual(
      users.map((userId) => ({ userId, code, error: { status: 418, message: String(userId) } })),
    );
  });

  it('holds in a stream, also in one that waits for its turn', async () => {
    const peer = await connect();
    const users = [1, 2, 3, 4];
    peer.send({ userId: 0, code: 2, data: 'ok' }, ...users.map((userId) => ({ userId, code: 3 })));
    const values = (await peer.take(9)) as { userId: number; data: unknown }[];
    expect(values[0]).toEqual({ userId: 0, code: 2, data: 0 });
    for (const { userId, data } of values) expect(data).toBe(userId);
  });

  it.each([1, 11])('is not left behind for the next message by code %d', async (code) => {
    const peer = await connect();
    for (let i = 0; i < 10; i++) peer.send({ userId: 1, code, data: 'ok' }, { userId: 2, code: 20 });
    const replies = (await peer.take(20)) as { code: number; data: unknown }[];
    for (const { data } of replies.filter((reply) => reply.code === 20)) expect(data).toEqual({ isActive: false });
  });
});
