import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { root } from './setup/run.mjs';

/**
 * Runs the sample as a user does and sees it come up, answer and end: what no spec can see from inside.
 * Not for Windows, which has no signals to send.
 */
const START = [process.execPath, 'scripts/start.mjs'];
const READY_MS = 120_000; // there may be a build first
const END_MS = 10_000;
const groups = new Set();

await check('npm start serves the page and the WebSocket; SIGTERM to npm alone ends it', async () => {
  const sample = await startSample('npm', 'start');
  const page = await fetch(sample.pageUrl);
  await page.text();
  assert(page.ok, `${sample.pageUrl} answered ${page.status}`);
  const socket = new WebSocket(sample.socketUrl);
  socket.on('error', () => undefined); // an abrupt end would raise one; what counts is that it ends
  await once(socket, 'open');
  sample.child.kill('SIGTERM');
  await until(async () => !(await isListening(sample.port)), 'the port to be free');
  await until(() => socket.readyState === WebSocket.CLOSED, 'the WebSocket to be closed');
});

await check('a second start sets nothing up, and SIGTERM ends it with exit code 0', async () => {
  const sample = await startSample(...START);
  assert(!/Installing|Building/.test(sample.output()), 'something was set up again');
  // Browsers open connections in advance. Node's server, when it closes, would wait for one's first request for ever.
  const unused = connect(sample.port, '127.0.0.1').on('error', () => undefined);
  await once(unused, 'connect');
  sample.child.kill('SIGTERM');
  assertExit(await sample.exit());
});

await check('Ctrl-C, which npm doubles, ends it with exit code 0, as often as it is pressed', async () => {
  const sample = await startSample(...START);
  const pressing = setInterval(() => sample.child.kill('SIGINT'), 2);
  const exit = await sample.exit();
  clearInterval(pressing);
  assertExit(exit);
});

async function check(name, body) {
  try {
    await body();
    console.log(`ok: ${name}`);
  } catch (error) {
    console.error(`not ok: ${name}\n  ${error.message}`);
    process.exitCode = 1;
  } finally {
    killAll();
  }
}

/** Starts a command in a process group of its own and waits for the two URLs that it prints. */
async function startSample(command, ...args) {
  const port = await findFreePort();
  const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1' };
  const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  groups.add(child.pid);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const exited = once(child, 'exit');
  const find = (scheme) => new RegExp(`\\b${scheme}://127\\.0\\.0\\.1:${port}[^\\s'")]*`).exec(output)?.[0];
  const isOver = () => child.exitCode !== null || (find('http') !== undefined && find('ws') !== undefined);
  await until(isOver, 'both URLs to be printed', READY_MS);
  assert(child.exitCode === null, `it ended with exit code ${child.exitCode}:\n${output}`);
  return {
    child,
    port,
    pageUrl: find('http'),
    socketUrl: find('ws'),
    output: () => output,
    exit: () => Promise.race([exited, delay(END_MS, ['still running'], { ref: false })]),
  };
}

function killAll() {
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
  groups.clear();
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function isListening(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function until(condition, what, timeoutMs = END_MS) {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    assert(Date.now() < deadline, `waited ${timeoutMs} ms for ${what}`);
    await delay(20);
  }
}

function assertExit([code, signal]) {
  assert(code === 0, `it ended with ${signal ?? code} instead of exit code 0`);
}

function assert(condition, message) {
  if (!condition) throw new Error(message);
}
