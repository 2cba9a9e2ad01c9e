import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { WebSocket } from 'ws';

describe('The gateway of the README', () => {
  let app: INestApplication;
  let port: number;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    process.env['PORT'] = '0';
    ({ app } = await import('./gateway.js'));
    ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
  });

  afterAll(() => app.close());

  it('answers', async () => {
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    await once(client, 'open');
    client.send('{"userId":10001,"code":1001,"data":{"from":"a browser"}}');
    const [message] = (await once(client, 'message')) as [Buffer];
    expect(JSON.parse(message.toString())).toEqual({
      userId: 10001,
      code: 1001,
      data: { hello: 10001, from: 'a browser' },
    });
    client.close();
  });

  it.each(['README.md', 'README.zh-CN.md'])('understands the five lines of %s', async (document) => {
    const [, snippet = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync(document, 'utf8')) ?? [];
    const promised = /console\.log\(data\); \/\/ (.*)/.exec(snippet)?.[1];
    const said = new Promise((resolve) => {
      const log = (text: string): void => {
        resolve(text);
        socket.close();
      };
      const script = `${snippet.replace('9002', String(port))}; socket`;
      const socket = runInNewContext(script, { WebSocket, console: { log } }) as WebSocket;
    });
    expect(await said).toBe(promised);
  });
});
