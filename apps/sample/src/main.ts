import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { configure } from './sample.js';

const port = Number(process.env['PORT'] ?? 9002);
const host = process.env['HOST'] ?? '127.0.0.1';

const app = await NestFactory.create<NestExpressApplication>(AppModule, {
  bufferLogs: true,
  autoFlushLogs: false,
  // Browsers open connections that they never use; the end would wait for them.
  forceCloseConnections: true,
});
configure(app);
try {
  await app.listen(port, host);
} catch (error) {
  // Whatever was logged before is not what the reader has to know.
  process.stderr.write(`${whyNot(error)}\n`);
  process.exit(1);
}
app.flushLogs();

const httpServer = app.getHttpServer();
let stopping: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // A second signal, which Ctrl-C under npm always brings, changes nothing: clients are being told 1001.
  process.on(signal, () => {
    // The port is free from now on, for whoever is started in this one's place.
    httpServer.close();
    stopping ??= app.close().then(() => process.exit(0));
  });
}

const { port: actualPort } = httpServer.address() as AddressInfo;
const authority = `${host.includes(':') ? `[${host}]` : host}:${String(actualPort)}`;
process.stdout.write(
  `\nThe Nestwire sample is up. Ctrl-C stops it.\n  page       http://${authority}/\n  WebSocket  ws://${authority}/\n\n`,
);

function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = `${host}:${String(port)}`;
  if (code === 'EADDRINUSE') return `Port ${String(port)} on ${host} is in use: stop what runs there, or set PORT.`;
  if (code === 'EACCES') return `${where} needs more rights than this user has: set PORT to 1024 or above.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is no address of this machine: set HOST.`;
  return `Can't listen on ${where}: ${message}`;
}
