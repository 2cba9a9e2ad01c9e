import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decode, encode } from '@msgpack/msgpack';
import { type INestApplication, Logger } from '@nestjs/common';
import { WebSocket } from 'ws';

describe('The application of many formats in the README', () => {
  let app: INestApplication;
  let port: number;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    process.env['PORT'] = '0';
    ({ app } = await import('./codecs.js'));
    ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
  });

  afterAll(() => app.close());

  async function ask(protocols: string[], message: string | Uint8Array): Promise<string | Buffer> {
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`, protocols);
    await once(client, 'open');
    expect(client.protocol).toBe(protocols[0] ?? '');
    client.send(message);
    const [answer, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
    client.close();
    return isBinary ? answer : answer.toString();
  }

  it('answers each client in its own', async () => {
    const data = { text: 'hi' };
    expect(await ask(['nestwire.v1.json'], JSON.stringify({ userId: 1, code: 1001, data }))).toBe(
      '{"userId":1,"code":1001,"data":{"heard":"hi"}}',
    );
    const packed = await ask(['nestwire.v1.msgpack'], encode({ userId: 1, code: 1001, data }));
    expect(decode(packed as Buffer)).toEqual({ userId: 1, code: 1001, data: { heard: 'hi' } });
    expect(await ask(['acme.v1.tsv'], '1\t1001\t7\t{"text":"hi"}')).toBe('1\t1001\t7\t{"heard":"hi"}\t\t\t\t');
    expect(await ask([], '{"event":"chat","data":{"text":"hi"}}')).toBe('{"event":"chat","data":{"heard":"hi"}}');
  });
});
