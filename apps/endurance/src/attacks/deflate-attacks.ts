import { deflateRawSync } from 'node:zlib';
import { buildFrame, MASKING_KEY } from '@nestwire/test-support';
import type { Attack } from './attack.js';
import { Attacker, fromEverywhere } from './attacker.js';

const COUNT = 20;
const FRAGMENTS = 500;
const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate';
/** In the least of 64 KiB, which a message may have on the wire, as much as there can be. */
const BOMB = deflateRawSync(Buffer.alloc(60 * 1024 * 1024), { level: 9 });

const masked = { maskingKey: MASKING_KEY };
const RSV1 = 4;
const WHOLE = buildFrame({ opcode: 2, rsv: RSV1, payload: BOMB, ...masked });

function inFragments(payload: Uint8Array): Buffer {
  const size = Math.ceil(payload.length / FRAGMENTS);
  return Buffer.concat(
    Array.from({ length: FRAGMENTS }, (_, i) =>
      buildFrame({
        opcode: i === 0 ? 2 : 0,
        rsv: i === 0 ? RSV1 : 0,
        fin: i === FRAGMENTS - 1,
        payload: payload.subarray(i * size, (i + 1) * size),
        ...masked,
      }),
    ),
  );
}

const bomb =
  (bytes: Uint8Array): Attack['run'] =>
  ({ http }) =>
    fromEverywhere(COUNT, async (from) => {
      const attacker = await Attacker.open(http, from, `/?user=${from}`, OFFER);
      attacker.socket.write(bytes);
      await attacker.gone;
      return attacker;
    });

const TOO_BIG = { outcome: { 'close 1009': COUNT }, causes: { violation: COUNT }, limits: ['message-bytes'] };

/** For a server with permessage-deflate. */
export const DEFLATE_ATTACKS: readonly Attack[] = [
  { name: 'a deflate bomb: 60 MiB in 60 KiB', run: bomb(WHOLE), ...TOO_BIG },
  { name: 'a deflate bomb in 500 fragments', run: bomb(inFragments(BOMB)), ...TOO_BIG },
];
