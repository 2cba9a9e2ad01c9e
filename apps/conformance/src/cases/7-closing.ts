import {
  aCase,
  answersClose,
  type ConformanceCase,
  fails,
  pongWith,
  PROTOCOL_ERROR,
  textMessage,
} from '../conformance-case.js';
import { close, CLOSE, closeBody, continuation, frame, MORE, ping, text } from '../wire/frame.js';
import { SEQUENCE_GROUPS } from './utf8-sequences.js';
import { firstWrongByte } from '../wire/utf8-oracle.js';

const HELLO = 'Hello World!';
const LARGE = 'x'.repeat(256 * 1024);
const NO_CODE = 1005;

/** The public suite's codes, in its order; then the rest of the registry, and the ranges' edges. */
const VALID_CODES = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999, 1012, 1013, 1014, 3001, 3003, 3500,
  4001, 4400, 4500,
];
const INVALID_CODES = [
  0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 1, 500, 998, 1015, 1017, 1999, 2001, 2500, 5001, 9999, 32_768,
  65_534,
];

/** 7.1: what comes behind a close frame is not read. RFC 6455 §5.5.1. */
function basics(): ConformanceCase[] {
  return [
    aCase('7.1.1', 'a message, then a close', (peer) => peer.send(text(HELLO)), [textMessage(HELLO)]),
    aCase('7.1.2', 'two close frames', (peer) => peer.send(close(1000), close(1000)), [], answersClose(1000)),
    aCase('7.1.3', 'a ping behind a close', (peer) => peer.send(close(1000), ping()), [], answersClose(1000)),
    aCase('7.1.4', 'a message behind a close', (peer) => peer.send(close(1000), text(HELLO)), [], answersClose(1000)),
    aCase(
      '7.1.5',
      'a close within a message, and its last fragment behind',
      (peer) => peer.send(text('fragment1', MORE), close(1000), continuation('fragment2')),
      [],
      answersClose(1000),
    ),
    aCase(
      '7.1.6',
      'a message of 256 KiB, a close, a ping',
      (peer) => peer.send(text(LARGE), close(1000), ping()),
      [textMessage(LARGE)],
      answersClose(1000),
    ),
    aCase(
      '7.1.7',
      'a message behind a close, in a chunk of its own',
      (peer) => peer.sendFramewise(close(1000), text(HELLO), ping()),
      [],
      answersClose(1000),
    ),
    aCase(
      '7.1.8',
      'a violation behind a close',
      (peer) => peer.send(close(1001), frame(3), frame(15, '', { rsv: 7 })),
      [],
      answersClose(1001),
    ),
    aCase(
      '7.1.9',
      'pings before a close are answered',
      (peer) => peer.send(ping('1'), ping('2'), close(1001)),
      [pongWith('1'), pongWith('2')],
      answersClose(1001),
    ),
    aCase('7.1.10', 'a close in octets', (peer) => peer.sendChopped(1, close(4321, 'bye')), [], answersClose(4321)),
    aCase(
      '7.1.11',
      'a violation behind a violation',
      (peer) => peer.send(text(Buffer.of(0xff)), frame(3)),
      [],
      fails(1007),
    ),
  ];
}

/** 7.3: the length of its body. §5.5, §5.5.1 */
function lengths(): ConformanceCase[] {
  return [
    aCase('7.3.1', 'an empty body', (peer) => peer.send(frame(CLOSE)), [], answersClose(NO_CODE)),
    aCase('7.3.2', 'half a code', (peer) => peer.send(frame(CLOSE, 'a')), [], PROTOCOL_ERROR),
    aCase('7.3.3', 'a code without reason', (peer) => peer.send(close(1000)), [], answersClose(1000)),
    aCase('7.3.4', 'a code with a reason', (peer) => peer.send(close(1000, HELLO)), [], answersClose(1000)),
    aCase('7.3.5', 'a body of 125 bytes', (peer) => peer.send(close(1000, '*'.repeat(123))), [], answersClose(1000)),
    aCase('7.3.6', 'a body of 126 bytes', (peer) => peer.send(close(1000, '*'.repeat(124))), [], PROTOCOL_ERROR),
    aCase('7.3.7', 'an empty body in octets', (peer) => peer.sendChopped(1, frame(CLOSE)), [], answersClose(NO_CODE)),
    aCase('7.3.8', 'half a code in octets', (peer) => peer.sendChopped(1, frame(CLOSE, 'a')), [], PROTOCOL_ERROR),
    aCase(
      '7.3.9',
      'a body of 125 bytes in octets',
      (peer) => peer.sendChopped(1, close(1000, 'ß'.repeat(61) + 's')),
      [],
      answersClose(1000),
    ),
  ];
}

/** 7.5: the reason is UTF-8. §5.5.1, §8.1 */
function reasons(): ConformanceCase[] {
  const sequences = SEQUENCE_GROUPS.flatMap((group) => group.sequences).filter((each) => each.length <= 123);
  const wrong = sequences.filter((each) => firstWrongByte(each) !== undefined);
  const right = sequences.filter((each) => firstWrongByte(each) === undefined);
  return [...wrong, ...right].map((reason, i) => {
    const valid = firstWrongByte(reason) === undefined;
    return aCase(
      `7.5.${String(i + 1)}`,
      `a reason that is ${valid ? 'valid' : 'invalid'}: ${reason.toString('hex')}`,
      (peer) => peer.send(close(1000, reason)),
      [],
      valid ? answersClose(1000) : fails(1007),
    );
  });
}

/** 7.7, 7.9 and 7.13: the code. §7.4 */
function codes(): ConformanceCase[] {
  const invalid = (id: string, code: number): ConformanceCase =>
    aCase(id, `the invalid code ${String(code)}`, (peer) => peer.send(close(code)), [], PROTOCOL_ERROR);
  return [
    ...VALID_CODES.map((code, i) =>
      aCase(
        `7.7.${String(i + 1)}`,
        `the valid code ${String(code)}`,
        (peer) => peer.send(close(code)),
        [],
        answersClose(code),
      ),
    ),
    ...INVALID_CODES.map((code, i) => invalid(`7.9.${String(i + 1)}`, code)),
    invalid('7.13.1', 5000),
    invalid('7.13.2', 65_535),
    aCase(
      '7.13.3',
      'an invalid code with an invalid reason',
      (peer) => peer.send(close(1005, Buffer.of(0xff))),
      [],
      PROTOCOL_ERROR,
    ),
  ];
}

/** 7.14: what comes with a failure is not read either, and what came before it is answered. §7.1.7 */
function failures(): ConformanceCase[] {
  const bodies: readonly (readonly [string, Uint8Array, number])[] = [
    ['an invalid code', closeBody(999), 1002],
    ['an invalid reason', closeBody(1000, Buffer.of(0xc0)), 1007],
    ['half a code', Buffer.of(3), 1002],
  ];
  return bodies.flatMap(([title, body, code], i) => [
    aCase(
      `7.14.${String(2 * i + 1)}`,
      `a message, then a close with ${title}, then a message`,
      (peer) => peer.send(text(HELLO), frame(CLOSE, body), text(HELLO)),
      [textMessage(HELLO)],
      fails(code),
    ),
    aCase(
      `7.14.${String(2 * i + 2)}`,
      `a close with ${title} within a message, in octets`,
      (peer) => peer.sendChopped(1, text('fragment1', MORE), frame(CLOSE, body), continuation('fragment2')),
      [],
      fails(code),
    ),
  ]);
}

export const CLOSING = [...basics(), ...lengths(), ...reasons(), ...codes(), ...failures()];
