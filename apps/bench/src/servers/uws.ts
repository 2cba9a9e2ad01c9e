import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Compression } from '../messages/message-ring.js';
import type { BenchServer, ServerTask } from './bench-server.js';

/** What is used of uWebSockets.js. */
interface UwsModule {
  App(): UwsApp;
  SSLApp(options: { key_file_name: string; cert_file_name: string }): UwsApp;
  us_socket_local_port(socket: unknown): number;
  us_listen_socket_close(socket: unknown): void;
  readonly SHARED_COMPRESSOR: number;
  readonly SHARED_DECOMPRESSOR: number;
  readonly DEDICATED_COMPRESSOR: number;
  readonly DEDICATED_DECOMPRESSOR: number;
}

interface UwsApp {
  ws(pattern: string, behavior: Record<string, unknown>): UwsApp;
  listen(host: string, port: number, callback: (listenSocket: unknown) => void): UwsApp;
  publish(topic: string, message: ArrayBuffer, isBinary: boolean, compress: boolean): boolean;
  close?(): void;
}

interface UwsSocket {
  send(message: ArrayBuffer, isBinary: boolean, compress: boolean): number;
  subscribe(topic: string): boolean;
}

/** The package whose native part loads on Node 20; its name says what it is. Its other part is a copy of ws, and is not wanted here. */
export const UWS_PACKAGE = '@trufflesuite/uws-js-unofficial';
export const UWS_VERSION = '20.30.0-unofficial.0';

const BINARY = `${UWS_PACKAGE}/binaries/uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

const TOPIC = 'all';

/** 1 MiB messages, and several of them under way: its own limits are lower. */
const LONGEST_MESSAGE = 16 * 1024 * 1024;
const MOST_BACKPRESSURE = 64 * 1024 * 1024;

/** @returns `undefined` where it is not installed, or has nothing for this Node. */
function load(): UwsModule | undefined {
  const require = createRequire(import.meta.url);
  for (const name of ['uWebSockets.js', BINARY]) {
    try {
      return require(name) as UwsModule;
    } catch {
      // The next one, or none.
    }
  }
  return undefined;
}

/** Why uWebSockets.js does not take part; `undefined` where it does. */
export function uwsAbsence(): string | undefined {
  if (load() !== undefined) return undefined;
  return (
    `uWebSockets.js is not there, or not for Node ${process.versions.node} on ${process.platform}-${process.arch}: on Node 20, ` +
    `npm install --no-save ${UWS_PACKAGE}@${UWS_VERSION}`
  );
}

/** uWebSockets.js: C++ underneath, with an event loop of its own on the same thread. */
export const uws: BenchServer = {
  async start(task) {
    const module = load();
    if (module === undefined) throw new Error(uwsAbsence());
    const compress = task.compression !== 'off';
    const app = appOf(module, task);
    app.ws('/*', {
      compression: compressionOf(module, task.compression),
      maxPayloadLength: LONGEST_MESSAGE,
      maxBackpressure: MOST_BACKPRESSURE,
      open: (socket: UwsSocket) => void (task.app === 'broadcast' && socket.subscribe(TOPIC)),
      message: (socket: UwsSocket, message: ArrayBuffer, isBinary: boolean) => {
        if (task.app === 'broadcast') app.publish(TOPIC, message, isBinary, compress);
        else socket.send(message, isBinary, compress);
      },
    });
    const listenSocket = await new Promise<unknown>((resolve, reject) => {
      app.listen('127.0.0.1', 0, (socket) => {
        if (socket === false) reject(new Error('uWebSockets.js does not listen'));
        else resolve(socket);
      });
    });
    return {
      port: module.us_socket_local_port(listenSocket),
      close: () => {
        if (app.close === undefined) module.us_listen_socket_close(listenSocket);
        else app.close();
      },
    };
  },
};

function compressionOf(module: UwsModule, compression: Compression): number {
  switch (compression) {
    case 'off':
      return 0;
    case 'no-takeover':
      return module.SHARED_COMPRESSOR | module.SHARED_DECOMPRESSOR;
    case 'takeover':
      return module.DEDICATED_COMPRESSOR | module.DEDICATED_DECOMPRESSOR;
  }
}

/** It reads key and certificate from files only. */
function appOf(module: UwsModule, { tls }: ServerTask): UwsApp {
  if (tls === undefined) return module.App();
  const directory = mkdtempSync(join(tmpdir(), 'nestwire-bench-'));
  const file = (name: string, contents: string): string => {
    writeFileSync(join(directory, name), contents, { mode: 0o600 });
    return join(directory, name);
  };
  try {
    return module.SSLApp({ key_file_name: file('key.pem', tls.key), cert_file_name: file('cert.pem', tls.cert) });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
