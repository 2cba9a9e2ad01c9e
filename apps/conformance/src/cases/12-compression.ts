import { type Effort, compressedEcho } from './compressed-echo.js';
import { deflateRawSync } from 'node:zlib';
import {
  binaryMessage,
  closes,
  type ConformanceCase,
  type End,
  fails,
  INVALID_PAYLOAD,
  pongWith,
  PROTOCOL_ERROR,
  textMessage,
} from '../conformance-case.js';
import { PAYLOAD_KINDS } from '../payloads.js';
import { LIMITS } from '../targets/target.js';
import { BINARY, binary, continuation, MORE, ping, RSV1, TEXT, text } from '../wire/frame.js';
import type { DeflateOffer } from '../wire/deflate-offer.js';
import type { Seen } from '../wire/peer.js';

const OFFER: DeflateOffer = { clientMaxWindowBits: true };
const NO_TAKEOVER: DeflateOffer = { ...OFFER, clientNoContextTakeover: true, serverNoContextTakeover: true };

const COMPRESSED = { rsv: RSV1 };
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');

/** "Hello", as RFC 7692 §7.2.3 compresses it. */
const HELLO = hex('f2 48 cd c9 c9 07 00');
/** The same again, by reference to the first. §7.2.3.2 */
const HELLO_AGAIN = hex('f2 00 11 00 00');

function deflateCase(
  number: number,
  title: string,
  script: ConformanceCase['script'],
  expected: readonly Seen[],
  end: End = closes,
  offer = OFFER,
): ConformanceCase {
  return { id: `12.6.${String(number)}`, title, opening: { deflate: [offer] }, script, expected: () => expected, end };
}

const hello = textMessage('Hello');

/** The RFC's own examples, and what may be sent besides. RFC 7692 §7.2.3. */
function examples(): ConformanceCase[] {
  const final = Buffer.concat([deflateRawSync('one'), deflateRawSync('two'), Buffer.of(0)]);
  return [
    deflateCase(1, 'a message in one block', (peer) => peer.send(text(HELLO, COMPRESSED)), [hello]),
    deflateCase(
      2,
      'a message in two fragments, RSV1 on the first',
      (peer) => peer.send(text(HELLO.subarray(0, 3), { ...COMPRESSED, ...MORE }), continuation(HELLO.subarray(3))),
      [hello],
    ),
    deflateCase(
      3,
      'a message that refers to the one before',
      (peer) => peer.send(text(HELLO, COMPRESSED), text(HELLO_AGAIN, COMPRESSED)),
      [hello, hello],
    ),
    deflateCase(
      4,
      'a block without compression',
      (peer) => peer.send(text(hex('00 05 00 fa ff 48 65 6c 6c 6f 00'), COMPRESSED)),
      [hello],
    ),
    deflateCase(5, 'a block with BFINAL', (peer) => peer.send(text(hex('f3 48 cd c9 c9 07 00 00'), COMPRESSED)), [
      hello,
    ]),
    deflateCase(
      6,
      'a message in two blocks',
      (peer) => peer.send(text(hex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00'), COMPRESSED)),
      [hello],
    ),
    deflateCase(7, 'an empty message', (peer) => peer.send(text(Buffer.of(0), COMPRESSED)), [textMessage()]),
    deflateCase(8, 'two blocks with BFINAL in one message', (peer) => peer.send(binary(final, COMPRESSED)), [
      binaryMessage(Buffer.from('onetwo')),
    ]),
    deflateCase(
      9,
      'a message without compression between two with it',
      (peer) => peer.send(text(HELLO, COMPRESSED), text('plain'), text(HELLO_AGAIN, COMPRESSED)),
      [hello, textMessage('plain'), hello],
    ),
    deflateCase(
      10,
      'a ping between compressed fragments',
      (peer) =>
        peer.send(text(HELLO.subarray(0, 3), { ...COMPRESSED, ...MORE }), ping('p'), continuation(HELLO.subarray(3))),
      [pongWith('p'), hello],
    ),
    deflateCase(
      11,
      'a compressed message in fragments of one octet, in octets',
      (peer) =>
        peer.sendChopped(
          1,
          ...[...HELLO].map((byte, i) =>
            (i === 0 ? text : continuation)(Buffer.of(byte), {
              rsv: i === 0 ? RSV1 : 0,
              fin: i === HELLO.length - 1,
            }),
          ),
        ),
      [hello],
    ),
    deflateCase(
      12,
      'a large message, pings and a small one keep their order',
      async (peer) => {
        const frames = await peer.compose(BINARY, Buffer.alloc(1024 * 1024, 'large'));
        peer.send(ping('1'), ...frames, ping('2'), ...(await peer.compose(TEXT, 'small')), ping('3'));
      },
      [
        pongWith('1'),
        binaryMessage(Buffer.alloc(1024 * 1024, 'large')),
        pongWith('2'),
        textMessage('small'),
        pongWith('3'),
      ],
    ),
  ];
}

/** What compression must not hide. RFC 7692 §6, §7.2.2; RFC 6455 §8.1, §10.4. */
function violations(): ConformanceCase[] {
  return [
    deflateCase(21, 'RSV2 on a compressed message', (peer) => peer.send(text(HELLO, { rsv: 6 })), [], PROTOCOL_ERROR),
    deflateCase(22, 'RSV3 without compression', (peer) => peer.send(text('x', { rsv: 1 })), [], PROTOCOL_ERROR),
    deflateCase(23, 'RSV1 on a ping', (peer) => peer.send(ping(HELLO, COMPRESSED)), [], PROTOCOL_ERROR),
    deflateCase(
      24,
      'RSV1 on a continuation',
      (peer) =>
        peer.send(text(HELLO.subarray(0, 3), { ...COMPRESSED, ...MORE }), continuation(HELLO.subarray(3), COMPRESSED)),
      [],
      PROTOCOL_ERROR,
    ),
    deflateCase(
      25,
      'a block of a type that does not exist',
      (peer) => peer.send(text(hex('07 00'), COMPRESSED)),
      [],
      INVALID_PAYLOAD,
    ),
    deflateCase(
      26,
      'a stored block whose length is wrong',
      (peer) => peer.send(binary(hex('00 05 00 ff ff 48 65 6c 6c 6f 00'), COMPRESSED)),
      [],
      INVALID_PAYLOAD,
    ),
    deflateCase(
      27,
      'a reference to before the beginning',
      (peer) => peer.send(text(HELLO_AGAIN, COMPRESSED)),
      [],
      INVALID_PAYLOAD,
    ),
    deflateCase(
      28,
      'a reference to the message before, where no context is taken over',
      (peer) => peer.send(text(HELLO, COMPRESSED), text(HELLO_AGAIN, COMPRESSED)),
      [hello],
      INVALID_PAYLOAD,
      NO_TAKEOVER,
    ),
    deflateCase(
      29,
      'a compressed text that is not UTF-8',
      async (peer) => peer.sendMessage(TEXT, Buffer.from('cebae1bdb9cf83cebcceb5eda080', 'hex')),
      [],
      INVALID_PAYLOAD,
    ),
    deflateCase(
      30,
      'a compressed text that ends within a character, in two fragments',
      async (peer) => peer.sendMessage(TEXT, Buffer.from('hello€').subarray(0, 7), 5),
      [],
      INVALID_PAYLOAD,
    ),
    deflateCase(
      31,
      'a text without compression that is not UTF-8',
      (peer) => peer.send(text(Buffer.of(0xc0, 0xaf))),
      [],
      INVALID_PAYLOAD,
    ),
    deflateCase(
      32,
      'a message that inflates past the limit',
      (peer) => peer.sendMessage(BINARY, Buffer.alloc(LIMITS.maxMessageBytes + 1)),
      [],
      fails(1009),
    ),
    deflateCase(
      33,
      'what came before a compressed message that fails is answered, what comes behind is not',
      (peer) => peer.send(text(HELLO, COMPRESSED), ping('p'), text(hex('07 00'), COMPRESSED), text('plain')),
      [hello, pongWith('p')],
      INVALID_PAYLOAD,
    ),
  ];
}

export function compression(effort: Effort): ConformanceCase[] {
  return [
    ...PAYLOAD_KINDS.flatMap((kind, i) =>
      compressedEcho(`12.${String(i + 1)}`, kind.title, { deflate: [OFFER] }, kind, effort),
    ),
    ...examples(),
    ...violations(),
  ];
}
