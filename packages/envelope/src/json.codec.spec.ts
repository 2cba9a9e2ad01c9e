import { describe, expect, it } from '@jest/globals';
import { canonicalUserId } from './envelope.js';
import { JsonCodec } from './json.codec.js';

const codec = new JsonCodec();

describe('JsonCodec.decode', () => {
  it.each([
    ['the message of the notes', '{"userId":10001,"code":1001,"data":{}}', { userId: 10001, code: 1001, data: {} }],
    ['a message without data', '{"userId":"ann","code":1}', { userId: 'ann', code: 1, data: undefined }],
    ['a message without a user', '{"code":2147483647}', { userId: undefined, code: 2147483647 }],
    ['an id', '{"code":1,"id":-5}', { id: -5 }],
    ['an id of 64 characters', `{"code":1,"id":"${'x'.repeat(64)}"}`, { id: 'x'.repeat(64) }],
    ['a cancel', '{"code":1,"id":1,"cancel":true}', { cancel: true }],
    ['cancel: false', '{"code":1,"cancel":false}', { cancel: false }],
    ['fields that mean nothing', '{"code":1,"seq":1,"foo":{"bar":1}}', { code: 1, cancel: false }],
    ['data of any kind', '{"code":1,"data":[null,1.5,"x"]}', { data: [null, 1.5, 'x'] }],
  ])('reads %s', (_, message, envelope) => {
    const decoded = codec.decode(message);
    expect(decoded).toMatchObject({ ok: true, envelope });
  });

  it.each([
    ['nothing', '', { code: 0 }],
    ['half a message', '{"code":1', { code: 0 }],
    ['null', 'null', { code: 0 }],
    ['a number', '5', { code: 0 }],
    ['a list', '[{"code":1}]', { code: 0 }],
    ['no code', '{"userId":7,"id":"i"}', { code: 0, userId: 7, id: 'i' }],
    ['the reserved code', '{"code":0}', { code: 0 }],
    ['a negative code', '{"code":-1}', { code: 0 }],
    ['a fraction of a code', '{"code":1.5}', { code: 0 }],
    ['a code past 2^31-1', '{"code":2147483648}', { code: 0 }],
    ['a code in quotes', '{"code":"1"}', { code: 0 }],
    ['a negative user', '{"userId":-1,"code":1}', { code: 1, userId: undefined }],
    ['a user past 2^53', '{"userId":9007199254740992,"code":1}', { code: 1 }],
    ['an empty user', '{"userId":"","code":1}', { code: 1 }],
    ['a user of 65 characters', `{"userId":"${'x'.repeat(65)}","code":1}`, { code: 1 }],
    ['a user that is null', '{"userId":null,"code":1}', { code: 1 }],
    ['an id that is an object', '{"code":1,"id":{}}', { code: 1, id: undefined }],
    ["an id that is the server's", '{"code":1,"id":"s:1"}', { code: 1, id: 's:1' }],
    ['a cancel that is no boolean', '{"code":1,"cancel":1}', { code: 1 }],
  ])('describes %s, with what could be read of it', (_, message, malformed) => {
    expect(codec.decode(message)).toMatchObject({ ok: false, malformed });
  });

  it('takes __proto__ for a field like any other', () => {
    const decoded = codec.decode('{"code":1,"__proto__":{"code":2},"data":{"__proto__":{"polluted":true}}}');
    expect(decoded).toMatchObject({ ok: true, envelope: { code: 1 } });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('says what is wrong without repeating it', () => {
    const decoded = codec.decode('{"code":"<script>"}');
    expect(decoded.ok ? '' : decoded.malformed.problem).not.toContain('script');
  });
});

describe('JsonCodec.encode', () => {
  it.each([
    [{ userId: 1, code: 2, data: {} }, '{"userId":1,"code":2,"data":{}}'],
    [{ code: 2, id: 'i', data: null }, '{"code":2,"id":"i","data":null}'],
    [{ userId: 1, code: 2, id: 0, data: undefined }, '{"userId":1,"code":2,"id":0}'],
    [{ code: 0, error: { status: 400, message: 'm' } }, '{"code":0,"error":{"status":400,"message":"m"}}'],
    [{ code: 3, id: 1, done: true as const }, '{"code":3,"id":1,"done":true}'],
  ])('%j', (envelope, message) => {
    expect(codec.encode(envelope)).toBe(message);
  });

  it('throws on what JSON has no form for', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(() => codec.encode({ code: 1, data: cycle })).toThrow(TypeError);
    expect(() => codec.encode({ code: 1, data: 1n })).toThrow(TypeError);
  });
});

it('10001 and "10001" are one user', () => {
  expect(canonicalUserId(10001)).toBe(canonicalUserId('10001'));
});
