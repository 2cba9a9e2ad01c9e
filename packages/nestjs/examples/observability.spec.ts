import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { WebSocket } from 'ws';

describe('The chat of the README, seen from outside', () => {
  let app: INestApplication;
  let origin: string;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    process.env['PORT'] = '0';
    ({ app } = await import('./observability.js'));
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    origin = `127.0.0.1:${String(port)}`;
  });

  afterAll(() => app.close());

  it('has metrics and a health', async () => {
    const client = new WebSocket(`ws://${origin}/chat`);
    await once(client, 'open');
    client.send('{"userId":10001,"code":1001,"data":"hi"}');
    await once(client, 'message');
    const metrics = await fetch(`http://${origin}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; .*version=0\.0\.4/);
    const text = await metrics.text();
    expect(text).toContain('\nnestwire_connections{path="/chat",state="open"} 1\n');
    expect(text).toContain('\nnestwire_messages_total{path="/chat",direction="received",code="1001"} 1\n');
    const health = await fetch(`http://${origin}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ details: { nestwire: { status: 'up', connections: 1 } } });
    client.terminate();
  });
});
