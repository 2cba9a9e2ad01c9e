import {
  aCase,
  binaryMessage,
  type ConformanceCase,
  pongWith,
  PROTOCOL_ERROR,
  textMessage,
} from '../conformance-case.js';
import { binary, CLOSE, closeBody, continuation, type Frame, frame, MORE, ping, pong, text } from '../wire/frame.js';
import type { Peer, Seen } from '../wire/peer.js';

const FIRST = 'fragment1';
const SECOND = 'fragment2';
const MESSAGE = textMessage(FIRST + SECOND);
const HELLO = 'Hello, world!';

/** How the octets are put on the wire: all at once, a frame at a time, an octet at a time. */
const WAYS: readonly (readonly [string, (peer: Peer, frames: readonly Frame[]) => Promise<void> | void])[] = [
  ['in one write', (peer, frames) => peer.send(...frames)],
  ['frame by frame', (peer, frames) => peer.sendFramewise(...frames)],
  ['in octets', (peer, frames) => peer.sendChopped(1, ...frames)],
];

/** The same frames in all three ways, numbered from `from`. */
function inAllWays(
  from: number,
  title: string,
  frames: readonly Frame[],
  expected: readonly Seen[],
  end?: ConformanceCase['end'],
  group = '5',
): ConformanceCase[] {
  return WAYS.map(([way, send], i) =>
    aCase(`${group}.${String(from + i)}`, `${title}, ${way}`, (peer) => send(peer, frames), expected, end),
  );
}

/** 5.19, 5.20: pings are answered while the message is on its way. */
function withPings(id: string, way: string, send: (peer: Peer, ...frames: readonly Frame[]) => Promise<void> | void) {
  return aCase(
    id,
    `five fragments with two pings between, each answered at once, ${way}`,
    async (peer) => {
      await send(peer, text('fragment1', MORE), continuation('fragment2', MORE), ping('pongme 1!'));
      await peer.until(1);
      await send(peer, continuation('fragment3', MORE), continuation('fragment4', MORE), ping('pongme 2!'));
      await peer.until(2);
      await send(peer, continuation('fragment5'));
    },
    [pongWith('pongme 1!'), pongWith('pongme 2!'), textMessage('fragment1fragment2fragment3fragment4fragment5')],
  );
}

const fragmentedClose = frame(CLOSE, closeBody(1000), MORE);

/** RFC 6455 §5.4. */
export const FRAGMENTATION: readonly ConformanceCase[] = [
  aCase(
    '5.1',
    'a ping in two fragments',
    (peer) => peer.send(ping(FIRST, MORE), continuation(SECOND)),
    [],
    PROTOCOL_ERROR,
  ),
  aCase(
    '5.2',
    'a pong in two fragments',
    (peer) => peer.send(pong(FIRST, MORE), continuation(SECOND)),
    [],
    PROTOCOL_ERROR,
  ),
  ...inAllWays(3, 'two fragments', [text(FIRST, MORE), continuation(SECOND)], [MESSAGE]),
  ...inAllWays(
    6,
    'two fragments with a ping between',
    [text(FIRST, MORE), ping('ping payload'), continuation(SECOND)],
    [pongWith('ping payload'), MESSAGE],
  ),
  ...inAllWays(
    9,
    'a last continuation of nothing, then text',
    [continuation('non-continuation payload'), text(HELLO)],
    [],
    PROTOCOL_ERROR,
  ),
  ...inAllWays(
    12,
    'a continuation of nothing with more to come, then text',
    [continuation('non-continuation payload', MORE), text(HELLO)],
    [],
    PROTOCOL_ERROR,
  ),
  aCase(
    '5.15',
    'two fragments, then a continuation of nothing, then text',
    (peer) => peer.send(text(FIRST, MORE), continuation(SECOND), continuation('fragment3', MORE), text('fragment4')),
    [MESSAGE],
    PROTOCOL_ERROR,
  ),
  ...[MORE, {}].map((shape, i) =>
    aCase(
      `5.${String(16 + i)}`,
      `twice: a continuation of nothing with FIN ${String(i)}, then two fragments`,
      (peer) =>
        peer.send(...[1, 2].flatMap(() => [continuation(FIRST, shape), text(FIRST, MORE), continuation(SECOND)])),
      [],
      PROTOCOL_ERROR,
    ),
  ),
  aCase(
    '5.18',
    'two fragments that both say text',
    (peer) => peer.send(text(FIRST, MORE), text(SECOND)),
    [],
    PROTOCOL_ERROR,
  ),
  withPings('5.19', 'in few writes', (peer, ...frames) => peer.send(...frames)),
  withPings('5.20', 'frame by frame', (peer, ...frames) => peer.sendFramewise(...frames)),

  aCase('5.21', 'a close frame in fragments', (peer) => peer.send(fragmentedClose), [], PROTOCOL_ERROR),
  aCase('5.22', 'a ping that says that more comes', (peer) => peer.send(ping('', MORE)), [], PROTOCOL_ERROR),
  aCase('5.23', 'a pong that says that more comes', (peer) => peer.send(pong('', MORE)), [], PROTOCOL_ERROR),
  aCase(
    '5.24',
    'a binary frame within a text message',
    (peer) => peer.send(text(FIRST, MORE), binary(Buffer.of(1, 2, 3))),
    [],
    PROTOCOL_ERROR,
  ),
  aCase(
    '5.25',
    'a text frame within a binary message, behind a ping',
    (peer) => peer.send(binary(Buffer.of(1), MORE), ping('p'), text(SECOND)),
    [pongWith('p')],
    PROTOCOL_ERROR,
  ),
  ...inAllWays(
    26,
    'a binary message in three fragments, one of them empty',
    [binary(Buffer.of(0, 0xff), MORE), continuation('', MORE), continuation(Buffer.of(0x80))],
    [binaryMessage(Buffer.of(0, 0xff, 0x80))],
  ),
  ...inAllWays(
    29,
    'two fragmented messages, one behind the other',
    [text('a', MORE), continuation('b'), binary(Buffer.of(1), MORE), continuation(Buffer.of(2))],
    [textMessage('ab'), binaryMessage(Buffer.of(1, 2))],
  ),
  ...inAllWays(
    32,
    'pings and pongs before, between and behind fragments',
    [ping('1'), text('a', MORE), pong('x'), ping('2'), continuation('', MORE), ping('3'), continuation('b'), ping('4')],
    [pongWith('1'), pongWith('2'), pongWith('3'), textMessage('ab'), pongWith('4')],
  ),
  aCase(
    '5.35',
    'a thousand fragments of one byte',
    (peer) => peer.sendMany(Array.from({ length: 1000 }, (_, i) => frame(i === 0 ? 1 : 0, 'x', { fin: i === 999 }))),
    [textMessage('x'.repeat(1000))],
  ),
  aCase(
    '5.36',
    'a thousand empty fragments around one that is not',
    (peer) =>
      peer.sendMany(
        Array.from({ length: 1000 }, (_, i) => frame(i === 0 ? 2 : 0, i === 500 ? 'x' : '', { fin: i === 999 })),
      ),
    [binaryMessage(Buffer.from('x'))],
  ),
  aCase(
    '5.37',
    'a continuation of nothing fails on its header',
    async (peer) => {
      peer.send(frame(0, '', { announced: 100n }));
      await peer.untilFailed();
    },
    [],
    PROTOCOL_ERROR,
  ),
];
