import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { NestwireAdapter, type NestwireOptions } from '@nestwire/nestjs';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const platform = process.env['PLATFORM'] === 'Fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, platform, { logger: ['error'] });
  const options: NestwireOptions = { closeTimeoutMs: 2000 };
  app.useWebSocketAdapter(new NestwireAdapter(app, options));
  await app.listen(Number(process.env['PORT']), '127.0.0.1');
  // Nothing ends the process but its having nothing left to do.
  process.stdin.once('data', () => {
    process.stdin.destroy();
    void app.close();
  });
  console.log('listening');
}

void main();
