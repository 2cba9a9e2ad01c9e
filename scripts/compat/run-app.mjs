import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { WebSocket } from 'ws';

const START_MS = 30_000;
const ANSWER_MS = 10_000;

/**
 * Runs the compiled application once, talks to it, and sees it end by itself.
 * @param {string} directory of the application
 * @param {{ node: string, flags: string[], platform: 'Express' | 'Fastify', ownPort: boolean }} way
 */
export async function runApp(directory, { node, flags, platform, ownPort }) {
  const port = await findFreePort();
  const gatewayPort = ownPort ? await findFreePort() : 0;
  const child = spawn(node, [...flags, join(directory, 'dist', 'main.js')], {
    cwd: directory,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PLATFORM: platform,
      PORT: String(port),
      GATEWAY_PORT: String(gatewayPort),
    },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
  const exit = once(child, 'exit');
  try {
    await within(START_MS, 'to listen', Promise.race([listening(child), exit.then(failEarly)]));
    const stayed = await talk(port, gatewayPort);
    const closed = once(stayed, 'close');
    child.stdin.write('close\n');
    const [closeCode] = await within(ANSWER_MS, 'to close the connection', closed);
    assert.equal(closeCode, 1001, 'the close code of app.close()');
    const [exitCode, signal] = await within(ANSWER_MS, 'to exit', exit);
    assert.equal(signal ?? exitCode, 0, 'the exit code');
    assert.doesNotMatch(output, /warning/i, 'a warning');
  } catch (error) {
    throw new Error(`${error.message}\n${output}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
  }
}

/** What an application does with the adapter, in short; answers a connection that is still open. */
async function talk(port, gatewayPort) {
  const page = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(await page.text(), 'a page');
  if (gatewayPort !== 0) assert.equal((await fetch(`http://127.0.0.1:${gatewayPort}/`)).status, 426);
  const url = `ws://127.0.0.1:${gatewayPort || port}/`;

  const health = await (await fetch(`http://127.0.0.1:${port}/health`)).json();
  assert.equal(health.nestwire.status, 'up');

  const socket = await connect(url);
  assert.deepEqual(await ask(socket, { userId: 10001, code: 1001, data: { from: 'ws' } }), [
    { userId: 10001, code: 1001, data: { hello: 10001, clients: 1, from: 'ws' } },
  ]);
  assert.deepEqual(await ask(socket, { userId: 1, code: 1002 }), [
    { userId: 1, code: 1002, error: { status: 418, message: 'a teapot' } },
  ]);
  assert.deepEqual(await ask(socket, { userId: 1, code: 1003, data: 2, id: 's' }, 3), [
    { userId: 1, code: 1003, id: 's', data: 1 },
    { userId: 1, code: 1003, id: 's', data: 2 },
    { userId: 1, code: 1003, id: 's', done: true },
  ]);
  assert.deepEqual(await ask(socket, { userId: 1, code: 1004 }), [{ userId: 1, code: 2004, data: 'hello' }]);

  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(metrics, /^nestwire_messages_total\{.*code="1001".*\} 1$/m, 'the metrics');

  assert.equal(await closeCodeOf(await connect(url), { userId: 1, code: 1005 }), 4403);
  assert.equal(await closeCodeOf(await connect(url), { userId: 1, code: 1006 }), 4410);
  return socket;
}

async function connect(url) {
  const socket = new WebSocket(url);
  await within(ANSWER_MS, 'to accept a connection', once(socket, 'open'));
  return socket;
}

async function ask(socket, message, count = 1) {
  const answers = [];
  const all = new Promise((resolve) => {
    socket.on('message', function take(bytes) {
      answers.push(JSON.parse(bytes.toString()));
      if (answers.length < count) return;
      socket.off('message', take);
      resolve();
    });
  });
  socket.send(JSON.stringify(message));
  await within(ANSWER_MS, `to answer ${message.code}`, all);
  return answers;
}

async function closeCodeOf(socket, message) {
  const closed = once(socket, 'close');
  socket.send(JSON.stringify(message));
  const [code] = await within(ANSWER_MS, `to close after ${message.code}`, closed);
  return code;
}

function failEarly([exitCode, signal]) {
  throw new Error(`it ended with ${signal ?? exitCode} before it listened`);
}

function listening(child) {
  return new Promise((resolve) => {
    child.stdout.on('data', (text) => {
      if (text.includes('listening')) resolve();
    });
  });
}

/** The promise's value, or a failure that says what was waited for. */
function within(ms, what, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${ms} ms for it ${what}`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
