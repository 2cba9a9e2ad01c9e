import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { PROVOCATIONS, SampleCode, Way } from '@nestwire/contracts';
import { bytes, ManualClock, RawClient } from '@nestwire/test-support';
import { WebSocket } from 'ws';
import { AppModule } from './app.module.js';
import { configure } from './sample.js';

/** The frame of the notes: FIN, text, masked with a0fe8b23, the envelope pretty-printed with four spaces. */
const NOTED_FRAME = bytes(`
  81 b9 a0 fe 8b 23
  db f4 ab 03 80 de a9 56 d3 9b f9 6a c4 dc b1 03 91 ce bb 13 91 d2 81 03 80 de ab 01 c3 91 ef 46 82 c4 ab 12
  90 ce ba 0f aa de ab 03 80 dc ef 42 d4 9f a9 19 80 85 f6 29 dd
`);

describe('The sample', () => {
  const clock = new ManualClock();
  let app: NestExpressApplication;
  let port: number;

  beforeAll(async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication<NestExpressApplication>({ logger: false });
    configure(app, { clock });
    await app.listen(0, '127.0.0.1');
    ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
  });

  afterAll(async () => {
    await app.close();
    jest.restoreAllMocks();
  });

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    await once(socket, 'open');
    return socket;
  }

  async function ask(socket: WebSocket, message: object): Promise<Record<string, unknown>> {
    socket.send(JSON.stringify({ userId: 10001, ...message }));
    const [reply] = (await once(socket, 'message')) as [Buffer];
    return JSON.parse(reply.toString()) as Record<string, unknown>;
  }

  it('answers the bytes of the notes, from the handshake to the goodbye', async () => {
    const client = await RawClient.connect(port);
    client.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: pNgZr2dChVwcNts30DxZiQ==\r\n\r\n',
    );
    const { status, headers } = await client.response();
    expect(status).toBe(101);
    expect(headers['sec-websocket-accept']).toBe('W3UNJiLyRMXlwQ2lsHe8hNFegRU=');

    client.write(NOTED_FRAME);
    const { fin, opcode, payload } = await client.frame();
    expect({ fin, opcode }).toEqual({ fin: true, opcode: 1 });
    expect(JSON.parse(payload.toString())).toMatchObject({ userId: 10001, code: 1001, data: { youSent: {} } });

    client.write(bytes('88 82 00 00 00 00 03 e8'));
    expect(await client.frame()).toEqual({ fin: true, opcode: 8, payload: Buffer.from([0x03, 0xe8]) });
    expect(await client.ended()).toBe('fin');
    client.destroy();
  });

  it.each([
    ['greets', { code: SampleCode.Hello, data: { a: 1 } }, { data: { hello: 'user 10001', youSent: { a: 1 } } }],
    ['beats', { code: SampleCode.Heartbeat }, { code: 1002 }],
    ['rolls', { code: SampleCode.Roll, data: { sides: 6 } }, { code: 1003 }],
    ['refuses a die of one side', { code: SampleCode.Roll, data: { sides: 1 } }, { error: { status: 422 } }],
    ['refuses a die that is none', { code: SampleCode.Roll }, { error: { status: 422 } }],
    ['keeps its secret', { code: SampleCode.Secret }, { error: { status: 403 } }],
    ['tells nothing of its failures', { code: SampleCode.Fail }, { error: { message: 'Internal server error' } }],
    ['does not close with what may not be sent', closeWith(1006), { error: { status: 400 } }],
    ['does not close with what is no code', closeWith('x'), { error: { status: 400 } }],
  ])('%s', async (_, message, reply) => {
    const socket = await open();
    expect(await ask(socket, message)).toMatchObject(reply);
    socket.close();
  });

  it('counts', async () => {
    const socket = await open();
    const counted: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      socket.on('message', (reply: Buffer) => {
        if (counted.push(JSON.parse(reply.toString())) === 3) resolve();
      });
    });
    socket.send('{"userId":10001,"code":1004,"id":"c","data":{"count":2,"everyMs":1}}');
    await done;
    const envelope = { userId: 10001, code: SampleCode.Count, id: 'c' };
    expect(counted).toEqual([
      { ...envelope, data: { count: 1, of: 2 } },
      { ...envelope, data: { count: 2, of: 2 } },
      { ...envelope, done: true },
    ]);
    socket.close();
  });

  const asked = PROVOCATIONS.filter(({ way }) => way === Way.Ask).map(({ closeCode }) => closeCode);
  it.each([
    ...asked.map((code): [number, object] => [code, closeWith(code)]),
    [4000, { code: SampleCode.EnterClosedRoom }],
    [4403, { code: SampleCode.EnterForbiddenRoom }],
    [1006, { code: SampleCode.Drop }],
  ] as [number, object][])('closes with %d', async (closeCode, message) => {
    const socket = await open();
    socket.send(JSON.stringify({ userId: 1, ...message }));
    expect((await once(socket, 'close'))[0]).toBe(closeCode);
  });

  it('closes a client that chatters and never beats with 4408 after 30 s, and lets one live that beats', async () => {
    const chatty = await open();
    const beating = await open();
    const closed = once(chatty, 'close');
    for (let second = 0; second < 40; second++) {
      if (second < 30) await ask(chatty, { code: SampleCode.Hello });
      if (second % 20 === 0) await ask(beating, { code: SampleCode.Heartbeat });
      await ask(beating, { code: SampleCode.Hello });
      clock.advance(1000);
    }
    expect((await closed)[0]).toBe(4408);
    expect(beating.readyState).toBe(WebSocket.OPEN);
    beating.close();
  });

  function closeWith(closeCode: unknown): object {
    return { code: SampleCode.CloseWith, data: { closeCode } };
  }
});
