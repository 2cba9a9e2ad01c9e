import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { createGatewayApp } from './gateway-app.js';

let app: INestApplication | undefined;
afterEach(() => app?.close());

/** What each of these codes is answered with. */
async function answersTo(gateways: number, handlers: number, ...codes: number[]): Promise<unknown[]> {
  app = await createGatewayApp({ gateways, handlers, logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/`);
  await once(socket, 'open');
  const answers: unknown[] = [];
  for (const code of codes) {
    const answer = once(socket, 'message') as Promise<[Buffer]>;
    socket.send(JSON.stringify({ userId: 1, code, data: { n: code } }));
    answers.push(JSON.parse((await answer)[0].toString()));
  }
  return answers;
}

const echoed = (code: number) => ({ userId: 1, code, data: { n: code } });

describe('The application that is measured', () => {
  it('echoes, by itself and behind guard, pipe and interceptor', async () => {
    expect(await answersTo(1, 2, 1001, 1002, 1003, 2000)).toEqual([
      echoed(1001),
      echoed(1002),
      echoed(1003),
      { userId: 1, code: 2000, error: { status: 404, message: 'No handler for this code' } },
    ]);
  });

  it('has as many further gateways and handlers as it is asked for', async () => {
    const answers = await answersTo(5, 20, 1001, 2000, 2019, 2020, 2079, 2080);
    expect(answers.slice(0, 5)).toEqual([1001, 2000, 2019, 2020, 2079].map(echoed));
    expect(answers[5]).toMatchObject({ code: 2080, error: { status: 404 } });
  });
});
