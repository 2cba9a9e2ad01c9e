import { aCase, type ConformanceCase, PROTOCOL_ERROR, textMessage } from '../conformance-case.js';
import { binary, closeBody, CLOSE, continuation, frame, MORE, ping, pong, text } from '../wire/frame.js';

const HELLO = 'Hello, world!';

/** Without an extension each of the three bits "MUST be 0". RFC 6455 §5.2. */
export const RESERVED_BITS: readonly ConformanceCase[] = [
  aCase('3.1', 'text with RSV3', (peer) => peer.send(text(HELLO, { rsv: 1 })), [], PROTOCOL_ERROR),
  aCase(
    '3.2',
    'text, then text with RSV2, then a ping',
    (peer) => peer.send(text(HELLO), text(HELLO, { rsv: 2 }), ping()),
    [textMessage(HELLO)],
    PROTOCOL_ERROR,
  ),
  aCase(
    '3.3',
    'text, then text with RSV2 and RSV3, then a ping, frame by frame',
    (peer) => peer.sendFramewise(text(HELLO), text(HELLO, { rsv: 3 }), ping()),
    [textMessage(HELLO)],
    PROTOCOL_ERROR,
  ),
  aCase(
    '3.4',
    'text, then text with RSV1, then a ping, in octets',
    (peer) => peer.sendChopped(1, text(HELLO), text(HELLO, { rsv: 4 }), ping()),
    [textMessage(HELLO)],
    PROTOCOL_ERROR,
  ),
  aCase(
    '3.5',
    'binary with RSV1 and RSV3',
    (peer) => peer.send(binary(Buffer.from('00fffefdfcfb00ff', 'hex'), { rsv: 5 })),
    [],
    PROTOCOL_ERROR,
  ),
  aCase('3.6', 'a ping with RSV1 and RSV2', (peer) => peer.send(ping(HELLO, { rsv: 6 })), [], PROTOCOL_ERROR),
  aCase(
    '3.7',
    'a close frame with all three',
    (peer) => peer.send(frame(CLOSE, closeBody(1000), { rsv: 7 })),
    [],
    PROTOCOL_ERROR,
  ),
  aCase('3.8', 'a pong with RSV1', (peer) => peer.send(pong('', { rsv: 4 })), [], PROTOCOL_ERROR),
  aCase(
    '3.9',
    'a continuation with RSV1',
    (peer) => peer.send(text('be', MORE), continuation('gun', { rsv: 4 })),
    [],
    PROTOCOL_ERROR,
  ),
  ...[1, 2, 3, 4, 5, 6, 7].map((rsv) =>
    aCase(
      `3.10.${String(rsv)}`,
      `an empty binary message with the bits ${rsv.toString(2).padStart(3, '0')}; its header is enough`,
      async (peer) => {
        peer.send(binary(Buffer.alloc(0), { rsv, announced: 100n }));
        await peer.untilFailed();
      },
      [],
      PROTOCOL_ERROR,
    ),
  ),
];
