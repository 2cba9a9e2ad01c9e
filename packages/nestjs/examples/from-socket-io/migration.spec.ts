import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { openPageSockets } from '../../spec/page-socket.js';
import { start as startNestwire } from './after/app.js';
import { openChat as openOnNestwire } from './after/chat.client.js';
import { start as startSocketIo } from './before/app.js';
import { openChat as openOnSocketIo } from './before/chat.client.js';
import type { Chat } from './chat.js';

/** What a page has shown. */
class Screen {
  private readonly shown: [what: string, data: unknown][] = [];
  private wake: () => void = () => undefined;

  readonly show = (what: string, data?: unknown): void => {
    this.shown.push([what, data]);
    this.wake();
  };

  /** All that was shown until this was, which is the last; what is returned is forgotten. */
  async until(what: string, data?: unknown): Promise<unknown[]> {
    for (;;) {
      const at = this.shown.findIndex(
        (entry) => entry[0] === what && (data === undefined || isDeepStrictEqual(entry[1], data)),
      );
      if (at !== -1) return this.shown.splice(0, at + 1);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

const [ANN, BOB] = [10001, 10002];
const TOKENS = new Map([
  [ANN, 'ann-s-token'],
  [BOB, 'bob-s-token'],
]);

// The page has the first as its "before" and the second as its "after": what holds for one has to hold for the other.
describe.each([
  ['Socket.IO', startSocketIo, openOnSocketIo],
  ['Nestwire', startNestwire, openOnNestwire],
])('The chat on %s', (_, start, openChat) => {
  let app: INestApplication;
  let port: number;
  let closePageSockets: () => void;
  const chats: Chat[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    closePageSockets = openPageSockets('https://app.example');
    app = await start(0);
    ({ port } = (app.getHttpServer() as { address(): AddressInfo }).address());
  });
  afterEach(() => {
    for (const chat of chats.splice(0)) chat.close();
  });
  afterAll(async () => {
    await app.close();
    closePageSockets();
  });

  function open(token: string, rooms: string[]): { chat: Chat; screen: Screen } {
    const screen = new Screen();
    const chat = openChat(`http://127.0.0.1:${String(port)}`, token, rooms, screen.show);
    chats.push(chat);
    return { chat, screen };
  }

  /** A page of this user that is in these rooms. */
  async function enter(userId: number, ...rooms: string[]): Promise<{ chat: Chat; screen: Screen }> {
    const page = open(TOKENS.get(userId) as string, rooms);
    await page.screen.until('joined');
    return page;
  }

  it('tells those in a room what is said there, and nobody else', async () => {
    const [ann, bob, other] = [await enter(ANN, 'a'), await enter(BOB, 'a', 'b'), await enter(BOB, 'b')];
    ann.chat.say('a', 'hello');
    bob.chat.say('b', 'over here');
    const said = ['said', { room: 'a', userId: ANN, text: 'hello' }];
    const elsewhere = ['said', { room: 'b', userId: BOB, text: 'over here' }];
    expect(await ann.screen.until('said')).toEqual([said]);
    expect(await bob.screen.until('said', elsewhere[1])).toEqual([said, elsewhere]);
    expect(await other.screen.until('said')).toEqual([elsewhere]);
  });

  it('answers who joins with who is there', async () => {
    const bob = await enter(BOB, 'c');
    const ann = await enter(ANN);
    expect(await ann.chat.join('c')).toEqual([BOB, ANN]);
    expect(await bob.chat.join('empty')).toEqual([BOB]);
  });

  it('tells the others, and not who does, that somebody is typing', async () => {
    const [ann, bob] = [await enter(ANN, 'd'), await enter(BOB, 'd')];
    ann.chat.typing('d');
    ann.chat.say('d', 'so');
    const said = ['said', { room: 'd', userId: ANN, text: 'so' }];
    expect(await bob.screen.until('said')).toEqual([['typing', { room: 'd', userId: ANN }], said]);
    expect(await ann.screen.until('said')).toEqual([said]);
  });

  it('whispers to all pages of one user, and to no other', async () => {
    const [ann, one, two] = [await enter(ANN, 'e'), await enter(BOB, 'e'), await enter(BOB, 'e')];
    ann.chat.whisper(BOB, 'psst');
    ann.chat.say('e', 'nothing');
    const whispered = ['whispered', { userId: ANN, text: 'psst' }];
    for (const { screen } of [one, two]) expect(await screen.until('said')).toEqual([whispered, expect.anything()]);
    expect(await ann.screen.until('said')).toHaveLength(1);
  });

  it('lets nobody in with an unknown token', async () => {
    const { screen } = open('stolen', ['a']);
    const shown = await screen.until('refused');
    expect(shown.at(-1)).toEqual(['refused', 'Unknown token']);
    expect(shown).not.toContainEqual(['joined', expect.anything()]);
  });

  it('says what is wrong with a message', async () => {
    const ann = await enter(ANN);
    ann.chat.say('a', 'let me in');
    expect(await ann.screen.until('failed')).toEqual([['failed', 'You are not in this room']]);
  });

  it('tells a room who has left', async () => {
    const [ann, bob] = [await enter(ANN, 'f'), await enter(BOB, 'f')];
    bob.chat.close();
    expect(await ann.screen.until('left')).toEqual([['left', { room: 'f', userId: BOB }]]);
  });

  it('has its pages back, in their rooms, when it has restarted', async () => {
    const ann = await enter(ANN, 'g');
    await app.close();
    expect(await ann.screen.until('lost')).toEqual([['lost', undefined]]);
    app = await start(port);
    expect((await ann.screen.until('joined')).at(-1)).toEqual(['joined', [[ANN]]]);
    ann.chat.say('g', 'back');
    expect(await ann.screen.until('said')).toHaveLength(1);
  });
});
