import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineContract, entryOfCode } from './contract.js';
import { type AnyContractEntry, isContractEntry, isPushOnly } from './contract-entry.js';
import type {
  DataArgument,
  InputOf,
  OutputOf,
  PushedOf,
  PushOf,
  ReplyOf,
  RequestOf,
  SentOf,
} from './contract-types.js';
import { type } from './type.js';

interface Line {
  readonly text: string;
}

const chat = defineContract('chat', {
  say: {
    code: 1001,
    request: z.object({
      text: z.string(),
      at: z.string().transform((text) => text.length),
      room: z.string().default('a'),
    }),
    reply: z.object({ heard: z.number().transform(String) }),
  },
  history: { code: 1002, request: type<{ since: number }>(), reply: type<Line>(), stream: true },
  said: { code: 1003, push: type<Line>() },
  bare: { code: 1004 },
  ping: { code: 2147483647, request: type<undefined>(), reply: z.number().optional(), push: z.date() },
});

describe('A contract', () => {
  it('is entries by their names', () => {
    expect(Object.keys(chat)).toEqual(['say', 'history', 'said', 'bare', 'ping']);
    expect(chat.history).toMatchObject({ name: 'chat.history', code: 1002, stream: true, push: undefined });
    expect(chat.bare).toMatchObject({ code: 1004, request: undefined, reply: undefined, stream: false });
  });

  it('reads well in a log', () => {
    expect(String(chat.say)).toBe('chat.say (1001)');
  });

  it('finds an entry by its code', () => {
    expect(entryOfCode(chat, 1003)).toBe(chat.said);
    expect(entryOfCode(chat, 1005)).toBeUndefined();
    expect(() => entryOfCode({}, 1)).toThrow(TypeError);
  });

  it('is not to be changed', () => {
    expect(() => Object.assign(chat, { more: 1 })).toThrow(TypeError);
    expect(() => Object.assign(chat.say, { code: 1 })).toThrow(TypeError);
    expect(() => Object.assign(type<number>()['~standard'], { vendor: '' })).toThrow(TypeError);
  });

  it('tells its entries from all else', () => {
    expect(isContractEntry(chat.say)).toBe(true);
    for (const other of [undefined, null, 1001, 'chat.say', { code: 1001 }, chat]) {
      expect(isContractEntry(other)).toBe(false);
    }
  });

  it('knows its entries from another copy of this package', () => {
    const foreign = { [Symbol.for('@nestwire/envelope/contract-entry')]: true, code: 1 };
    expect(isContractEntry(foreign)).toBe(true);
  });

  it('knows what the server alone sends', () => {
    expect(Object.values(chat).filter(isPushOnly)).toEqual([chat.said]);
  });

  it.each([0, -1, 1.5, 2147483648, NaN, '1', undefined])('can not have the code %p', (code) => {
    const define = (): unknown => defineContract('chat', { say: { code: code as number } });
    expect(define).toThrow(RangeError);
    expect(define).toThrow('chat.say');
  });

  it('can not have a code twice', () => {
    expect(() => defineContract('chat', { say: { code: 1 }, other: { code: 2 }, shout: { code: 1 } })).toThrow(
      /chat\.say.*chat\.shout.* 1/,
    );
  });

  it.each<[string, object]>([
    ['a field that is none', { requst: type() }],
    ['a request that is no schema', { request: {} }],
    ['a reply that is no schema', { reply: { '~standard': {} } }],
    ['a push that is no schema', { push: true }],
    ['a stream that is not true', { stream: false }],
  ])('can not have %s', (_, fields) => {
    const define = (): unknown => defineContract('chat', { say: { code: 1, ...fields } });
    expect(define).toThrow(TypeError);
    expect(define).toThrow('chat.say');
  });

  it('takes schemas that are functions, as those of ArkType', () => {
    const schema = Object.assign(() => undefined, { '~standard': type<string>()['~standard'] });
    expect(defineContract('chat', { say: { code: 1, request: schema } }).say.request).toBe(schema);
  });

  it('can have names that objects have already', () => {
    const odd = defineContract('odd', { toString: { code: 1 }, constructor: { code: 2 }, ['__proto__']: { code: 3 } });
    expect([odd.toString.code, odd.constructor.code, entryOfCode(odd, 3)?.name]).toEqual([1, 2, 'odd.__proto__']);
  });
});

describe('type<T>()', () => {
  it('is a Standard Schema that lets all pass', async () => {
    const value = { text: 5 };
    expect(await type<Line>()['~standard'].validate(value)).toEqual({ value });
  });
});

/** Compiles where the two are the same type. */
function same<A, B>(
  ..._same: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : [never]
): void {
  expect(_same).toEqual([]);
}

describe('The types of a contract', () => {
  it('are those of its schemas: of what travels, and of what is read', () => {
    same<typeof chat.say.code, 1001>();
    same<InputOf<typeof chat.say>, { text: string; at: string; room?: string | undefined }>();
    same<RequestOf<typeof chat.say>, { text: string; at: number; room: string }>();
    same<ReplyOf<typeof chat.say>, { heard: number }>();
    same<OutputOf<typeof chat.say>, { heard: string }>();
  });

  it('are those of type<T>()', () => {
    same<InputOf<typeof chat.history>, { since: number }>();
    same<RequestOf<typeof chat.history>, { since: number }>();
    same<OutputOf<typeof chat.history>, Line>();
    same<PushOf<typeof chat.said>, Line>();
    same<PushedOf<typeof chat.said>, Line>();
    same<typeof chat.history.stream, true>();
    same<typeof chat.say.stream, false>();
  });

  it('are unknown where nothing was said', () => {
    same<InputOf<typeof chat.bare>, unknown>();
    same<OutputOf<typeof chat.bare>, unknown>();
    same<PushOf<typeof chat.bare>, unknown>();
    same<SentOf<typeof chat.bare>, unknown>();
    same<PushOf<AnyContractEntry>, unknown>();
  });

  it('know what may be sent, and whether it may be left out', () => {
    same<PushOf<typeof chat.say>, never>();
    same<PushOf<typeof chat.history>, never>();
    same<SentOf<typeof chat.say>, { heard: number }>();
    same<SentOf<typeof chat.said>, Line>();
    same<SentOf<typeof chat.ping>, number | undefined | Date>();
    same<DataArgument<SentOf<typeof chat.ping>>, [data?: number | Date | undefined]>();
    same<DataArgument<PushOf<typeof chat.said>>, [data: Line]>();
    same<DataArgument<unknown>, [data?: unknown]>();
  });

  it('are good for a client: calls, streams and pushes are told apart', () => {
    type Call = <E extends AnyContractEntry & { readonly stream: false }>(entry: E, data: InputOf<E>) => OutputOf<E>;
    type Stream = <E extends AnyContractEntry & { readonly stream: true }>(entry: E, data: InputOf<E>) => OutputOf<E>[];
    type On = <E extends AnyContractEntry & { readonly push: object }>(
      entry: E,
      on: (data: PushedOf<E>) => void,
    ) => void;
    const check = (call: Call, stream: Stream, on: On): void => {
      call(chat.say, { text: '', at: '' }).heard.length.toFixed();
      stream(chat.history, { since: 1 })[0]?.text.length.toFixed();
      on(chat.said, ({ text }) => void text.length);
      // @ts-expect-error a stream is no call
      call(chat.history, { since: 1 });
      // @ts-expect-error a call is no stream
      stream(chat.say, { text: '', at: '' });
      // @ts-expect-error nothing is pushed under it
      on(chat.say, () => undefined);
      // @ts-expect-error `text` is missing
      call(chat.say, { at: '' });
    };
    expect(check).toBeInstanceOf(Function);
    const codes: number[] = Object.values<AnyContractEntry>(chat).map(({ code }) => code);
    expect(codes).toContain(1001);
  });
});
