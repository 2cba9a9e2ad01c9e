import assert from 'node:assert/strict';
import type { DecodedEnvelope, EnvelopeCodec, OutgoingEnvelope } from '@nestwire/envelope';

type Fields = Readonly<Record<string, unknown>>;
type Message = string | Uint8Array;

/** What the suite must know of a codec in order to try it. */
export interface CodecUnderTest {
  readonly codec: EnvelopeCodec;
  /** A message with these fields, good or bad, made without the codec. */
  readonly message: (fields: Fields) => Message;
  /** Messages that are none, in the format's own ways. */
  readonly broken: readonly Message[];
  /** Values of `data` that the format has no form for, though JSON has. @default [] */
  readonly exceptFor?: readonly unknown[];
  /** How deep `data` may nest at least. @default 100 */
  readonly depth?: number;
}

/** One rule of the port, and its check. */
export interface ContractCase {
  readonly rule: string;
  check(): void;
}

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  -0x8000_0000,
  0xffff_ffff,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  1e300,
  '',
  'text',
  'ünïcödé 漢字 🙂',
  'x'.repeat(300),
  '1001',
  [],
  {},
  [null, [], {}, 'x', 1],
  { a: { b: [{ c: null }] }, '': 1, 'a key': 2, constructor: 3, toString: 'x', hasOwnProperty: false },
  Array.from({ length: 300 }, (_, index) => index),
];

const IDS: readonly (number | string)[] = [
  0,
  -5,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  'i',
  '0',
  'x'.repeat(64),
  '🙂'.repeat(32),
];
const BAD_IDS: readonly unknown[] = [1.5, 2 ** 53, '', 'x'.repeat(65), null, true, {}, []];
const CODES = [1, 1001, 0x7fff_ffff];
const BAD_CODES: readonly unknown[] = [-1, 1.5, 0x8000_0000, 2 ** 53, null, true, {}, []];

const TRACEPARENTS = [
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
  'fe-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff',
];
const BAD_TRACEPARENTS: readonly unknown[] = [
  '',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n',
  '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01',
  'x'.repeat(100_000),
  7,
  null,
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  {},
];

/** What every `EnvelopeCodec` must do: the prose of the port, as checks that throw. Run each by itself. */
export function envelopeCodecContract(under: CodecUnderTest): ContractCase[] {
  const { codec, message, broken, exceptFor = [], depth = 100 } = under;
  const decode = (input: Message): DecodedEnvelope => decodeWith(codec, input);
  const values = VALUES.filter((value) => !exceptFor.includes(value));
  const cases: ContractCase[] = [];
  const rule = (text: string, check: () => void): void => void cases.push({ rule: text, check });

  rule('its name is a token', () => assert.match(codec.name, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/));

  rule('encodes to what its opcode says', () => {
    const encoded = codec.encode({ code: 1 });
    if (codec.opcode === 'text') assert.equal(typeof encoded, 'string');
    else assert.ok(encoded instanceof Uint8Array);
  });

  for (const code of CODES) {
    rule(`carries the code ${String(code)} both ways`, () => {
      assert.equal(request(decode(codec.encode({ userId: 1, code }))).code, code);
      assert.equal(reply(codec, { userId: 1, code }).code, code);
    });
  }
  for (const id of IDS) {
    rule(`carries the id ${JSON.stringify(id)} both ways`, () => {
      assert.equal(request(decode(codec.encode({ userId: 1, code: 1, id }))).id, id);
      assert.equal(reply(codec, { userId: 1, code: 1, id }).id, id);
    });
  }
  for (const userId of IDS.filter((id) => typeof id === 'string' || id >= 0)) {
    rule(`carries the userId ${JSON.stringify(userId)} both ways`, () => {
      assert.equal(request(decode(codec.encode({ userId, code: 1 }))).userId, userId);
      assert.equal(reply(codec, { userId, code: 1 }).userId, userId);
    });
  }
  for (const data of values) {
    rule(`carries ${JSON.stringify(data).slice(0, 60)} as data both ways`, () => {
      assert.deepEqual(request(decode(codec.encode({ userId: 1, code: 1, data }))).data, data);
      assert.deepEqual(reply(codec, { code: 1, data }).data, data);
    });
  }
  rule('leaves out what is undefined', () => {
    const decoded = request(decode(codec.encode({ code: 1, userId: undefined, id: undefined, data: undefined })));
    assert.deepEqual(decoded, { userId: undefined, code: 1, data: undefined, id: undefined, cancel: false });
    const { userId, id, data, error, done } = reply(codec, { code: 1 });
    assert.deepEqual([userId, id, data, error, done], [undefined, undefined, undefined, undefined, false]);
  });
  rule('carries cancel, done and error', () => {
    assert.equal(request(decode(codec.encode({ userId: 1, code: 1, id: 1, cancel: true }))).cancel, true);
    assert.equal(reply(codec, { userId: 1, code: 1, id: 1, done: true }).done, true);
    const bare = { status: 404, message: 'none' };
    const detailed = { status: 422, message: 'bad', details: [{ field: 'x', problems: ['a', 'b'] }] };
    for (const error of [bare, ...(exceptFor.includes('details') ? [] : [detailed])]) {
      const decoded = reply(codec, { userId: 1, code: 7, id: 'i', error });
      assert.deepEqual(decoded.error, error);
      assert.deepEqual([decoded.userId, decoded.code, decoded.id], [1, 7, 'i']);
    }
    assert.deepEqual(reply(codec, { code: 0, error: bare }).error, bare);
    assert.equal(reply(codec, { code: 0, error: bare }).code, 0);
  });

  for (const code of BAD_CODES) {
    rule(`reports the code ${JSON.stringify(code)}, with userId and id`, () => {
      const { malformed } = problem(decode(message({ userId: 'ann', code, id: 7 })));
      assert.deepEqual([malformed.userId, malformed.code, malformed.id], ['ann', 0, 7]);
    });
  }
  rule('reports that there is no code, with userId and id', () => {
    const { malformed } = problem(decode(message({ userId: 'ann', id: 7 })));
    assert.deepEqual([malformed.userId, malformed.code, malformed.id], ['ann', 0, 7]);
  });
  for (const bad of BAD_IDS) {
    rule(`reports the id ${JSON.stringify(bad).slice(0, 20)}, with userId and code`, () => {
      const { malformed } = problem(decode(message({ userId: 1, code: 2, id: bad })));
      assert.deepEqual([malformed.userId, malformed.code, malformed.id], [1, 2, undefined]);
    });
    rule(`reports the userId ${JSON.stringify(bad).slice(0, 20)}, with code and id`, () => {
      const { malformed } = problem(decode(message({ userId: bad, code: 2, id: 3 })));
      assert.deepEqual([malformed.userId, malformed.code, malformed.id], [undefined, 2, 3]);
    });
  }
  rule("reports an id that is the server's", () => {
    assert.equal(problem(decode(message({ userId: 1, code: 1, id: 's:1' }))).malformed.id, 's:1');
  });
  rule('ignores fields that it does not know', () => {
    const unknown = { seq: 1, epoch: 'e', traceparent: 't', status: 500, __proto: 1 };
    const decoded = request(decode(message({ userId: 1, code: 2, data: 'd', ...unknown })));
    assert.deepEqual({ ...decoded }, { userId: 1, code: 2, data: 'd', id: undefined, cancel: false });
  });
  rule('carries a traceparent, and begins no message with it', () => {
    for (const traceparent of TRACEPARENTS) {
      assert.equal(request(decode(codec.encode({ userId: 1, code: 1, traceparent }))).traceparent, traceparent);
    }
    assert.ok(!('traceparent' in request(decode(codec.encode({ userId: 1, code: 1, traceparent: undefined })))));
  });
  for (const bad of BAD_TRACEPARENTS) {
    rule(`ignores the traceparent ${JSON.stringify(bad).slice(0, 60)}, and does not send it`, () => {
      const decoded = request(decode(message({ userId: 1, code: 2, traceparent: bad })));
      assert.deepEqual({ ...decoded }, { userId: 1, code: 2, data: undefined, id: undefined, cancel: false });
      assert.throws(() => codec.encode({ code: 2, traceparent: bad as string }), RangeError);
    });
  }
  rule('reports what is no message, and echoes nothing of it', () => {
    for (const input of broken) {
      const { problem: text } = problem(decode(input)).malformed;
      assert.ok(text.length > 0 && !text.includes('<script>'));
      const decoded =
        codec.opcode === 'text' ? codec.decodeReply(input as string) : codec.decodeReply(input as Uint8Array);
      assert.equal(decoded.ok, false);
    }
  });
  rule('does not throw on any part of a message', () => {
    const whole = codec.encode({ userId: 'ann', code: 1, id: 7, data: values.at(-3) });
    for (let length = 0; length < whole.length; length++) {
      const part = whole.slice(0, length);
      decode(part);
      if (codec.opcode === 'text') codec.decodeReply(part as string);
      else codec.decodeReply(part as Uint8Array);
    }
  });
  rule('does not throw on a message with any one unit of it changed', () => {
    const whole = codec.encode({ userId: 'ann', code: 1, id: 7, data: values.at(-3) });
    for (let at = 0; at < whole.length; at++) {
      for (const unit of [0x00, 0x22, 0x7f, 0x80, 0x9f, 0xc1, 0xc7, 0xd9, 0xdd, 0xdf, 0xff]) {
        if (typeof whole === 'string') decode(whole.slice(0, at) + String.fromCharCode(unit) + whole.slice(at + 1));
        else decode(whole.map((byte, index) => (index === at ? unit : byte)));
      }
    }
  });
  rule('is not impressed by __proto__ and constructor', () => {
    const data = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}') as unknown;
    for (const fields of [
      { userId: 1, code: 1, data },
      JSON.parse('{"userId":1,"code":1,"__proto__":{"id":9,"code":2}}'),
    ]) {
      const decoded = decode(message(fields as Fields));
      if (decoded.ok) assert.deepEqual([decoded.envelope.code, decoded.envelope.id], [1, undefined]);
      assert.equal(({} as { polluted?: number }).polluted, undefined);
    }
  });
  rule('sends nothing that its own other end refuses, whatever keys the data has', () => {
    const data = JSON.parse('{"__proto__":{"a":1},"b":2}') as unknown;
    assert.equal((reply(codec, { code: 1, data }).data as { b?: unknown }).b, 2);
  });
  rule('carries, or refuses, lone surrogates', () => {
    const { data } = reply(codec, { code: 1, data: 'a\ud800b' });
    assert.ok(['a\ud800b', 'a\ufffdb'].includes(data as string));
  });
  rule(`carries data ${String(depth)} levels deep`, () => {
    let nested: unknown = [];
    for (let level = 1; level < depth; level++) nested = [nested];
    assert.deepEqual(reply(codec, { code: 1, data: nested }).data, nested);
  });

  for (const [name, data] of [
    ['a BigInt', 1n],
    ['a BigInt within', { a: [1n] }],
    ['what holds itself', cycle()],
  ] as const) {
    rule(`throws where data is ${name}, and says what to do`, () => {
      assert.throws(() => codec.encode({ code: 1, data }), /send/);
      // The one before has left nothing behind.
      assert.equal(reply(codec, { code: 1, data: 'next' }).data, 'next');
    });
  }
  const odd = {
    nan: NaN,
    infinity: [-Infinity],
    date: new Date(0),
    map: new Map([[1, 2]]),
    left: undefined,
    list: [undefined, () => 1],
    method: () => 1,
    symbol: Symbol('s'),
    toJson: { toJSON: (key: string) => `as ${key}` },
    inherited: Object.create({ not: 'mine' }) as object,
  };
  for (const [name, value] of Object.entries(odd)) {
    if (exceptFor.includes(name)) continue;
    rule(`makes of odd data (${name}) what JSON makes of it, and does not change it`, () => {
      const data = { [name]: value, next: 1 };
      assert.deepEqual(reply(codec, { code: 1, data }).data, JSON.parse(JSON.stringify(data)));
      assert.deepEqual(Object.keys(data), [name, 'next']);
      assert.ok(Object.is(data[name], value));
    });
  }
  for (const code of [-1, 1.5, NaN, 0x8000_0000]) {
    rule(`throws for the code ${String(code)}`, () => assert.throws(() => codec.encode({ code }), RangeError));
  }
  rule('throws for an id or a userId that is none', () => {
    assert.throws(() => codec.encode({ code: 1, id: '' }), RangeError);
    assert.throws(() => codec.encode({ code: 1, userId: -1 }), RangeError);
  });
  rule('returns what does not change afterwards', () => {
    const first = codec.encode({ code: 1, data: 'first' });
    const copy = first.slice();
    codec.encode({ code: 2, data: 'second, and longer' });
    assert.deepEqual(first, copy);
  });
  return cases;
}

function decodeWith(codec: EnvelopeCodec, input: Message): DecodedEnvelope {
  return codec.opcode === 'text' ? codec.decode(input as string) : codec.decode(input as Uint8Array);
}

function reply(
  codec: EnvelopeCodec,
  envelope: OutgoingEnvelope,
): Extract<ReturnType<EnvelopeCodec['decodeReply']>, { ok: true }>['reply'] {
  const decoded =
    codec.opcode === 'text' ? codec.decodeReply(codec.encode(envelope)) : codec.decodeReply(codec.encode(envelope));
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.malformed.problem);
  return decoded.reply;
}

function request(decoded: DecodedEnvelope): Extract<DecodedEnvelope, { ok: true }>['envelope'] {
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.malformed.problem);
  return decoded.envelope;
}

function problem(decoded: DecodedEnvelope): Extract<DecodedEnvelope, { ok: false }> {
  assert.ok(!decoded.ok, 'it was taken for a message');
  return decoded;
}

function cycle(): unknown {
  const own: { self?: unknown } = {};
  own.self = own;
  return own;
}
