import { aCase, type ConformanceCase, pongWith, PROTOCOL_ERROR, textMessage } from '../conformance-case.js';
import { MORE, ping, pong, text } from '../wire/frame.js';

const BINARY_PAYLOAD = Buffer.from('00fffefdfcfb00ff', 'hex');
const LONGEST = Buffer.alloc(125, 0xfe);
const TOO_LONG = Buffer.alloc(126, 0xfe);
const TEN = Array.from({ length: 10 }, (_, i) => `payload-${String(i)}`);

/** RFC 6455 §5.5.2 and §5.5.3. */
export const PINGS_AND_PONGS: readonly ConformanceCase[] = [
  aCase('2.1', 'a ping without payload', (peer) => peer.send(ping()), [pongWith()]),
  aCase('2.2', 'a ping with text', (peer) => peer.send(ping('Hello, world!')), [pongWith('Hello, world!')]),
  aCase('2.3', 'a ping with octets that are no text', (peer) => peer.send(ping(BINARY_PAYLOAD)), [
    pongWith(BINARY_PAYLOAD),
  ]),
  aCase('2.4', 'a ping with 125 bytes', (peer) => peer.send(ping(LONGEST)), [pongWith(LONGEST)]),
  aCase('2.5', 'a ping with 126 bytes', (peer) => peer.send(ping(TOO_LONG)), [], PROTOCOL_ERROR),
  aCase('2.6', 'a ping with 125 bytes in octets', (peer) => peer.sendChopped(1, ping(LONGEST)), [pongWith(LONGEST)]),
  aCase('2.7', 'a pong that nobody asked for', (peer) => peer.send(pong()), []),
  aCase('2.8', 'a pong that nobody asked for, with payload', (peer) => peer.send(pong('unsolicited')), []),
  aCase('2.9', 'a pong, then a ping', (peer) => peer.send(pong('unsolicited'), ping('asked')), [pongWith('asked')]),
  aCase(
    '2.10',
    'ten pings',
    (peer) => peer.send(...TEN.map((each) => ping(each))),
    TEN.map((each) => pongWith(each)),
  ),
  aCase(
    '2.11',
    'ten pings in octets',
    (peer) => peer.sendChopped(1, ...TEN.map((each) => ping(each))),
    TEN.map((each) => pongWith(each)),
  ),
  aCase('2.12', 'a pong with 125 bytes', (peer) => peer.send(pong(LONGEST)), []),
  aCase('2.13', 'a pong with 126 bytes', (peer) => peer.send(pong(TOO_LONG)), [], PROTOCOL_ERROR),
  aCase('2.14', 'a ping of 64-bit length', (peer) => peer.send(ping(Buffer.alloc(65_536))), [], PROTOCOL_ERROR),
  aCase(
    '2.15',
    'a ping is answered before the next message comes',
    async (peer) => {
      peer.send(ping('now'));
      await peer.until(1);
      peer.send(text('later'));
    },
    [pongWith('now'), textMessage('later')],
  ),
  aCase(
    '2.16',
    'a ping is answered while a message is unfinished',
    async (peer) => {
      peer.send(text('be', MORE), ping('between'));
      await peer.until(1);
      peer.send({ ...text('gun'), opcode: 0 });
    },
    [pongWith('between'), textMessage('begun')],
  ),
];
