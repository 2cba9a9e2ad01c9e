import { describe, expect, it } from '@jest/globals';
import { EventDataCodec } from './event-data.codec.js';

const bare = new EventDataCodec({ events: { chat: 1001, exception: 1002 }, bare: true });

describe('A bare EventDataCodec, as platform-ws has it', () => {
  it.each([
    ['a value', 'hi', '"hi"'],
    ['a number', 0, '0'],
    ["Nest's WsResponse", { event: 'a', data: 1, more: 2 }, '{"event":"a","data":1,"more":2}'],
    ['an array', [1, { event: 'a' }], '[1,{"event":"a"}]'],
    ['bytes', Buffer.from('a'), '{"type":"Buffer","data":[97]}'],
  ])('writes a reply as it stands: %s', (_, data, message) => {
    expect(bare.encode({ userId: 1, code: 1001, id: 2, data, reply: true })).toBe(message);
  });

  it.each([
    ['a push', { userId: 1, code: 1001, data: [1] }, '{"event":"chat","data":[1]}'],
    [
      'an error',
      { userId: 1, id: 3, code: 1001, error: { status: 401, message: 'no' } },
      '{"event":"exception","data":{"status":"error","message":"no","statusCode":401,"cause":{"pattern":"chat"}}}',
    ],
  ])('writes %s with nothing but event and data', (_, envelope, message) => {
    expect(bare.encode(envelope)).toBe(message);
  });

  it.each([
    ['{"event":"chat","data":1,"userId":{},"id":"s:1","cancel":"yes"}', 1001],
    ['{"event":"exception","id":[]}', 1002],
    ['{"event":"nobody","cancel":true}', 0],
  ])('reads event and data, whatever stands beside them: %s', (message, code) => {
    expect(bare.decode(message)).toMatchObject({
      ok: true,
      envelope: { code, userId: undefined, id: undefined, cancel: false },
    });
  });

  it('has no form for a function', () => {
    expect(() => bare.encode({ code: 1001, data: () => 1, reply: true })).toThrow(TypeError);
  });
});

const codec = new EventDataCodec({ events: { chat: 1001, join: 1002 } });

describe('EventDataCodec', () => {
  it.each([
    ['an event by its name', '{"event":"chat","data":"hi"}', { code: 1001, data: 'hi', userId: undefined }],
    ['a code in quotes', '{"event":"7","data":1}', { code: 7 }],
    ['a code', '{"event":7}', { code: 7, data: undefined }],
    ['the largest code', '{"event":"2147483647"}', { code: 2147483647 }],
    ['an event that nobody gave a code', '{"event":"leave","id":1}', { code: 0, id: 1 }],
    ['a number that is no code', '{"event":"2147483648"}', { code: 0 }],
    ['a number that nobody writes so', '{"event":"07"}', { code: 0 }],
    ['a name of every object', '{"event":"constructor"}', { code: 0 }],
    ['who speaks, and an id', '{"event":"chat","userId":"ann","id":"i"}', { code: 1001, userId: 'ann', id: 'i' }],
    ['a code field that means nothing here', '{"event":"chat","code":5}', { code: 1001 }],
  ])('reads %s', (_, message, envelope) => {
    expect(codec.decode(message)).toMatchObject({ ok: true, envelope });
  });

  it('reports what is wrong beside an event that nobody gave a code', () => {
    expect(codec.decode('{"event":"leave","id":{},"userId":1}')).toMatchObject({
      ok: false,
      malformed: { code: 0, userId: 1 },
    });
  });

  it.each([
    ['a reply', { code: 1001, data: 'hi' }, '{"event":"chat","data":"hi"}'],
    ['a reply to somebody', { userId: 1, code: 1001, data: 1, id: 2 }, '{"event":"chat","data":1,"userId":1,"id":2}'],
    ['a code without a name', { code: 7, data: [] }, '{"event":"7","data":[]}'],
    ["Nest's WsResponse", { code: 1001, data: { event: 'events', data: 5 } }, '{"event":"events","data":5}'],
    [
      'data that only looks like one',
      { code: 7, data: { event: 'e', at: 5 } },
      '{"event":"7","data":{"event":"e","at":5}}',
    ],
    ['the end of a stream', { code: 7, id: 1, done: true as const }, '{"event":"7","id":1,"done":true}'],
    [
      'an error',
      { code: 1001, error: { status: 403, message: 'no' } },
      '{"event":"exception","data":{"status":"error","message":"no","statusCode":403,"cause":{"pattern":"chat"}}}',
    ],
    [
      'an error that belongs to no handler',
      { code: 0, error: { status: 400, message: 'm', details: ['d'] } },
      '{"event":"exception","data":{"status":"error","message":"m","statusCode":400,"details":["d"]}}',
    ],
  ])('writes %s', (_, envelope, message) => {
    expect(codec.encode(envelope)).toBe(message);
  });

  it('reads an exception of platform-ws itself, which has no HTTP status', () => {
    const decoded = codec.decodeReply(
      '{"event":"exception","data":{"status":"error","message":"no","cause":{"pattern":"join","data":{}}}}',
    );
    expect(decoded).toMatchObject({ ok: true, reply: { code: 1002, error: { status: 500, message: 'no' } } });
  });

  it.each([
    ['a code that is none', { chat: 0 }, RangeError],
    ['the event of exceptions', { exception: 1 }, Error],
    ['a number for another code', { '7': 8 }, Error],
    ['two events of one code', { a: 1, b: 1 }, Error],
  ])('can not be made with %s', (_, events, type) => {
    expect(() => new EventDataCodec({ events })).toThrow(type);
  });

  it('can be made with a number that is beyond all codes, which is a name', () => {
    const codes = new EventDataCodec({ events: { '2147483648': 5 } });
    expect(codes.decode('{"event":"2147483648"}')).toMatchObject({ envelope: { code: 5 } });
  });

  it('can be made with a number for its own code', () => {
    expect(new EventDataCodec({ events: { '7': 7 } }).decode('{"event":7}')).toMatchObject({ envelope: { code: 7 } });
  });
});
