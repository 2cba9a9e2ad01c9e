import { aCase, type ConformanceCase, pongWith, PROTOCOL_ERROR, textMessage } from '../conformance-case.js';
import { continuation, frame, MORE, ping, text } from '../wire/frame.js';

const HELLO = 'Hello, world!';

/** "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_." RFC 6455 §5.2. */
function group(id: string, opcodes: readonly [number, number, number, number, number]): ConformanceCase[] {
  const [first, second, third, fourth, fifth] = opcodes;
  const title = (opcode: number): string => `opcode ${String(opcode)}`;
  return [
    aCase(`${id}.1`, title(first), (peer) => peer.send(frame(first)), [], PROTOCOL_ERROR),
    aCase(
      `${id}.2`,
      `${title(second)} with payload`,
      (peer) => peer.send(frame(second, 'reserved')),
      [],
      PROTOCOL_ERROR,
    ),
    aCase(
      `${id}.3`,
      `text, then ${title(third)}, then a ping`,
      (peer) => peer.send(text(HELLO), frame(third), ping()),
      [textMessage(HELLO)],
      PROTOCOL_ERROR,
    ),
    aCase(
      `${id}.4`,
      `text, then ${title(fourth)} with payload, then a ping`,
      (peer) => peer.send(text(HELLO), frame(fourth, HELLO), ping()),
      [textMessage(HELLO)],
      PROTOCOL_ERROR,
    ),
    aCase(
      `${id}.5`,
      `text, then ${title(fifth)} with payload, then a ping, in octets`,
      (peer) => peer.sendChopped(1, text(HELLO), frame(fifth, HELLO), ping()),
      [textMessage(HELLO)],
      PROTOCOL_ERROR,
    ),
  ];
}

/** 4.3: within a fragmented message they are no better. */
function withinMessage(): ConformanceCase[] {
  return [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode, i) =>
    aCase(
      `4.3.${String(i + 1)}`,
      `opcode ${String(opcode)} between two fragments, behind a ping`,
      (peer) => peer.send(text('be', MORE), ping('between'), frame(opcode, '', MORE), continuation('gun')),
      [pongWith('between')],
      PROTOCOL_ERROR,
    ),
  );
}

export const RESERVED_OPCODES = [
  ...group('4.1', [3, 4, 5, 6, 7]),
  ...group('4.2', [11, 12, 13, 14, 15]),
  ...withinMessage(),
];
