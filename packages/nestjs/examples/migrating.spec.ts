import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { FramePeer } from '../spec/platform-ws/frame-peer.js';

let app: INestApplication;
let peers: FramePeer[] = [];

beforeAll(() => {
  Logger.overrideLogger(false);
  process.env['PORT'] = '0';
});

afterEach(async () => {
  for (const { socket } of peers) socket.terminate();
  peers = [];
  await app.close();
});

function dial(name?: string, protocols: string[] = [], origin?: string): FramePeer {
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  const query = name === undefined ? '' : `?name=${name}`;
  const peer = new FramePeer(
    `ws://127.0.0.1:${String(port)}/chat${query}`,
    protocols,
    origin === undefined ? {} : { origin },
  );
  peers.push(peer);
  return peer;
}

describe.each([
  ['before', true, () => import('./migrating/before.js')],
  ['after', true, () => import('./migrating/after.js')],
  ['with limits', false, () => import('./migrating/limits.js')],
])('An application that comes from platform-ws: %s', (_, takesAnyOrigin, load) => {
  it('says the same to the same clients', async () => {
    ({ app } = await load());
    const ann = await dial('ann').open();
    const bob = await dial('bob').open();
    expect(await ann.send('say', 'hi').take(1)).toEqual(['{"event":"said","data":"hi"}']);
    expect(await bob.take(1)).toEqual(['{"event":"heard","data":{"from":"ann","text":"hi"}}']);
    ann.socket.send(JSON.stringify({ event: 'say', data: 'x'.repeat(65 * 1024) }));
    expect((await ann.closed).code).toBe(1009);
    const page = dial('eve', [], 'https://elsewhere.example').open();
    if (takesAnyOrigin) await page;
    else await expect(page).rejects.toThrow();
  });
});

describe('An application that speaks codes, and knows its old clients', () => {
  it('answers each in its own words', async () => {
    ({ app } = await import('./migrating/both.js'));
    const old = await dial('ann').open();
    const fresh = await dial('bob', ['nestwire.v1.json']).open();
    expect(await old.send('say', 'hi').take(1)).toEqual(['{"event":"said","data":"hi"}']);
    expect(await fresh.take(1)).toEqual(['{"code":1003,"data":{"from":"ann","text":"hi"}}']);
    fresh.socket.send('{"userId":1,"code":1001,"id":1,"data":"hello"}');
    expect(await fresh.take(1)).toEqual(['{"userId":1,"code":1002,"id":1,"data":"hello"}']);
    expect(await old.take(1)).toEqual(['{"event":"heard","data":{"from":"bob","text":"hello"}}']);
    expect(await dial().closed).toEqual({ code: 4000, reason: 'Say who you are' });
  });
});
