import { buildFrame, MASKING_KEY } from '@nestwire/test-support';
import type { Attack } from './attack.js';
import { Attacker, fromEverywhere, newAddress, tally } from './attacker.js';

const CLOSE = buildFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xe8), maskingKey: MASKING_KEY });
const frameOf = (payload: string | Uint8Array): Uint8Array =>
  buildFrame({ opcode: 1, payload, maskingKey: MASKING_KEY });

/** Envelopes as text: not all can be written by JSON.stringify. */
const envelope = (data: string, code = '1001'): string => `{"code":${code},"data":${data}}`;

/** Sends all at once, waits for an answer to each or the end, and says what came: `error`s by status, other answers, how it closed. */
async function converse(port: number, messages: readonly (string | Uint8Array)[]): Promise<Record<string, number>> {
  const from = newAddress();
  const attacker = await Attacker.open(port, from);
  attacker.socket.write(Buffer.concat(messages.map(frameOf)));
  await attacker.until(() => attacker.messages.length === messages.length);
  attacker.socket.write(CLOSE);
  await attacker.gone;
  return tally([...attacker.messages.map(kindOf), attacker.outcome]);
}

function kindOf(message: string): string {
  const { error } = JSON.parse(message) as { error?: { status: number } };
  return error === undefined ? 'answer' : `error ${String(error.status)}`;
}

const talk =
  (...messages: readonly (string | Uint8Array)[]): Attack['run'] =>
  ({ http }) =>
    converse(http, messages);

const times = (count: number, message: string): string[] => Array.from({ length: count }, () => message);
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

// Who is closed here does not answer the close frame either: the closing handshake ends by its deadline.
export const MESSAGE_ATTACKS: readonly Attack[] = [
  {
    name: 'messages at 100 times the rate',
    run: ({ http }) =>
      fromEverywhere(20, async (from) => {
        const attacker = await Attacker.open(http, from);
        await attacker.flood(frameOf(envelope('{}')), 10_000);
        await attacker.gone;
        return attacker;
      }),
    outcome: { 'close 4429': 20 },
    causes: { 'closing-timeout': 20 },
    limits: ['message-rate', 'violations', 'waiting'],
  },
  {
    name: 'JSON nested 30,000 deep',
    run: talk(...times(20, envelope(nested(30_000)))),
    outcome: { 'error 400': 4, 'close 4400': 1 },
    causes: { 'closing-timeout': 1 },
    limits: ['violations'],
  },
  {
    name: 'JSON nested 30,000 deep, and never closed',
    run: talk(...times(4, envelope('['.repeat(30_000)))),
    outcome: { 'error 400': 4, 'close 1000': 1 },
    causes: { peer: 1 },
  },
  {
    name: 'JSON of 64 KiB, of the smallest values',
    run: talk(...times(50, envelope(`[${times(21_000, '{}').join(',')}]`))),
    outcome: { answer: 50, 'close 1000': 1 },
    causes: { peer: 1 },
  },
  {
    name: 'JSON of a byte too many',
    run: talk(`{"code":1001}${' '.repeat(65_537 - 13)}`),
    outcome: { 'close 1009': 1 },
    causes: { violation: 1 },
    limits: ['message-bytes'],
  },
  {
    name: '__proto__ and constructor',
    run: talk(
      envelope('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
      '{"code":1001,"__proto__":{"polluted":1,"userId":"root"},"data":{}}',
      '{"code":1001,"id":"__proto__","data":{}}',
      '{"code":1001,"id":"constructor","data":{}}',
      '{"__proto__":{"code":1001},"data":{}}',
      envelope('{}', '"__proto__"'),
      envelope('{}', '"constructor"'),
      '{"code":1001,"userId":"__proto__"}',
      '{"code":1001,"userId":"constructor"}',
    ),
    outcome: { answer: 4, 'error 400': 3, 'error 403': 2, 'close 1000': 1 },
    causes: { peer: 1 },
  },
  {
    name: 'NUL and lone surrogates, escaped',
    run: talk(envelope('"\\u0000"'), envelope('"\\ud800"'), '{"code":1001,"id":"\\udfff","data":"\\udc00\\ud800"}'),
    outcome: { answer: 3, 'close 1000': 1 },
    causes: { peer: 1 },
  },
  {
    name: 'NUL as it is',
    run: talk(...times(9, envelope('"\u0000"'))),
    outcome: { 'error 400': 4, 'close 4400': 1 },
    causes: { 'closing-timeout': 1 },
    limits: ['violations'],
  },
  {
    name: 'a lone surrogate as it is',
    run: talk(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
    outcome: { 'close 1007': 1 },
    causes: { violation: 1 },
  },
  {
    name: 'codes out of range',
    run: async ({ http }) => {
      const codes = [
        '0',
        '-1',
        '1.5',
        '2147483648',
        '1e308',
        '1e999',
        '-0',
        '"1001"',
        'null',
        'true',
        '[]',
        '[1001]',
        '{}',
      ];
      const seen = await Promise.all(codes.map((code) => converse(http, times(9, envelope('{}', code)))));
      return tally(seen.map((one) => JSON.stringify(one)));
    },
    outcome: { '{"error 400":4,"close 4400":1}': 13 },
    causes: { 'closing-timeout': 13 },
    limits: ['violations'],
  },
  {
    name: "somebody else's userId",
    run: talk(...times(9, '{"userId":"well-behaved","code":1001,"data":{}}')),
    outcome: { 'error 403': 4, 'close 4403': 1 },
    causes: { 'closing-timeout': 1 },
    limits: ['violations'],
  },
];
