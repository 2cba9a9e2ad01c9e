import {
  aCase,
  binaryMessage,
  closes,
  type ConformanceCase,
  PROTOCOL_ERROR,
  textMessage,
} from '../conformance-case.js';
import { BINARY, close, type Frame, frame, ping, pong, TEXT } from '../wire/frame.js';

/** Every edge of the three forms of a length. RFC 6455 §5.2. */
const SIZES = [0, 125, 126, 127, 128, 65_535, 65_536];

const CHOPPED_BYTES = 997;

/** 1.1 and 1.2: one frame with a message of each size, the last one in chops. */
function sizes(group: string, opcode: number, fill: number): ConformanceCase[] {
  const kind = opcode === TEXT ? 'text' : 'binary';
  const message = opcode === TEXT ? textMessage : binaryMessage;
  const whole = SIZES.map((size, i) => {
    const payload = Buffer.alloc(size, fill);
    return aCase(
      `${group}.${String(i + 1)}`,
      `a ${kind} message of ${String(size)} bytes`,
      (peer) => peer.send(frame(opcode, payload)),
      [message(payload)],
    );
  });
  const last = Buffer.alloc(65_536, fill);
  const chopped = aCase(
    `${group}.${String(SIZES.length + 1)}`,
    `a ${kind} message of 65536 bytes in chops of ${String(CHOPPED_BYTES)}`,
    (peer) => peer.sendChopped(CHOPPED_BYTES, frame(opcode, last)),
    [message(last)],
  );
  return [...whole, chopped];
}

/** 1.3: lengths that are not in the shortest form, or too long for any. §5.2 */
function lengthForms(): ConformanceCase[] {
  const wrong: readonly (readonly [string, Frame])[] = [
    ['16 bits for a length of 0', frame(TEXT, '', { lengthBits: 16 })],
    ['16 bits for a length of 125', frame(BINARY, Buffer.alloc(125), { lengthBits: 16 })],
    ['64 bits for a length of 0', frame(TEXT, '', { lengthBits: 64 })],
    ['64 bits for a length of 125', frame(TEXT, 'x'.repeat(125), { lengthBits: 64 })],
    ['64 bits for a length of 126', frame(BINARY, Buffer.alloc(126), { lengthBits: 64 })],
    ['64 bits for a length of 65535', frame(BINARY, Buffer.alloc(65_535), { lengthBits: 64 })],
    ['a 64-bit length with its top bit set', frame(BINARY, '', { announced: 2n ** 63n })],
    ['the longest 64-bit length', frame(TEXT, '', { announced: 2n ** 64n - 1n })],
    ['a top bit over a small length', frame(BINARY, 'x', { announced: 2n ** 63n + 1n, lengthBits: 64 })],
  ];
  return wrong.map(([title, given], i) =>
    aCase(`1.3.${String(i + 1)}`, title, (peer) => peer.send(given), [], PROTOCOL_ERROR),
  );
}

/** 1.4: masked where it must not be, unmasked where it must. §5.1 */
function masking(): ConformanceCase[] {
  const wrong: readonly (readonly [string, Frame])[] = [
    ['text', frame(TEXT, 'hello', { masking: 'wrong' })],
    ['binary', frame(BINARY, 'hello', { masking: 'wrong' })],
    ['an empty message', frame(TEXT, '', { masking: 'wrong' })],
    ['a ping', ping('hello', { masking: 'wrong' })],
    ['a pong', pong('', { masking: 'wrong' })],
    ['a close frame', { ...close(1000), masking: 'wrong' }],
  ];
  return wrong.map(([title, given], i) =>
    aCase(`1.4.${String(i + 1)}`, `${title}, masked the wrong way`, (peer) => peer.send(given), [], PROTOCOL_ERROR),
  );
}

/** 1.5: many messages in one chunk, and one message a byte at a time. */
function chunks(): ConformanceCase[] {
  const texts = Array.from({ length: 100 }, (_, i) => `message ${String(i)}`);
  const mixed = [frame(TEXT, 'a'), frame(BINARY, Buffer.of(0, 1, 2)), frame(TEXT, ''), frame(TEXT, 'ß'.repeat(100))];
  const echoes = [textMessage('a'), binaryMessage(Buffer.of(0, 1, 2)), textMessage(''), textMessage('ß'.repeat(100))];
  return [
    aCase(
      '1.5.1',
      'a hundred messages in one write',
      (peer) => peer.send(...texts.map((each) => frame(TEXT, each))),
      texts.map((each) => textMessage(each)),
    ),
    aCase('1.5.2', 'messages of both kinds in octets', (peer) => peer.sendChopped(1, ...mixed), echoes),
    aCase('1.5.3', 'messages of both kinds in chops of 3', (peer) => peer.sendChopped(3, ...mixed), echoes),
    aCase('1.5.4', 'no message at all', () => undefined, [], closes),
  ];
}

export const FRAMING = [
  ...sizes('1.1', TEXT, 0x2a),
  ...sizes('1.2', BINARY, 0xfe),
  ...lengthForms(),
  ...masking(),
  ...chunks(),
];
