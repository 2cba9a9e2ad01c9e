import { buildFrame, MASKING_KEY } from '@nestwire/test-support';
import type { Attack } from './attack.js';
import { Attacker, fromEverywhere } from './attacker.js';

const masked = { maskingKey: MASKING_KEY };
const EMPTY_FRAGMENT = buildFrame({ opcode: 0, fin: false, ...masked });
const FIRST_FRAGMENT = buildFrame({ opcode: 1, fin: false, ...masked });
const HUGE_HEADER = buildFrame({ opcode: 2, announced: 2n ** 31n - 1n, lengthBits: 64, ...masked });
const PING = buildFrame({ opcode: 9, payload: new Uint8Array(125), ...masked });
const CLOSE = buildFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xe8), ...masked });

const THOUSAND = 1000;
const MIB = new Uint8Array(1024 * 1024);
const repeated = (frame: Uint8Array): Buffer => Buffer.concat(Array.from({ length: THOUSAND }, () => frame));

export const FRAME_ATTACKS: readonly Attack[] = [
  {
    name: 'a million empty fragments',
    run: ({ http }) =>
      fromEverywhere(5, async (from) => {
        const attacker = await Attacker.open(http, from);
        attacker.socket.write(FIRST_FRAGMENT);
        await attacker.flood(repeated(EMPTY_FRAGMENT), 1_000_000 / THOUSAND);
        await attacker.gone;
        return attacker;
      }),
    outcome: { 'close 1008': 5 },
    causes: { violation: 5 },
    limits: ['fragments'],
  },
  {
    name: 'the header of a frame of 2 GB, alone',
    run: ({ http }) =>
      fromEverywhere(50, async (from) => {
        const attacker = await Attacker.open(http, from);
        attacker.socket.write(HUGE_HEADER);
        await attacker.gone;
        return attacker;
      }),
    outcome: { 'close 1009': 50 },
    causes: { violation: 50 },
    limits: ['message-bytes'],
  },
  {
    name: 'the header of a frame of 2 GB, and 64 MiB of it',
    run: ({ http }) =>
      fromEverywhere(10, async (from) => {
        const attacker = await Attacker.open(http, from);
        attacker.socket.write(HUGE_HEADER);
        await attacker.flood(MIB, 64);
        await attacker.gone;
        return attacker;
      }),
    outcome: { 'close 1009': 10 },
    causes: { violation: 10 },
    limits: ['message-bytes'],
  },
  {
    name: '50,000 pings, and their pongs read',
    run: async ({ http }) => {
      let pongs = 0;
      const ended = await fromEverywhere(5, async (from) => {
        const attacker = await Attacker.open(http, from);
        await attacker.flood(repeated(PING), 50);
        await attacker.until(() => attacker.pongs === 50_000);
        pongs += attacker.pongs;
        attacker.socket.write(CLOSE);
        await attacker.gone;
        return attacker;
      });
      return { ...ended, pongs };
    },
    outcome: { 'close 1000': 5, pongs: 250_000 },
    causes: { peer: 5 },
  },
  {
    name: '400,000 pings, and their pongs not read',
    run: async ({ http }) => {
      const ended = await fromEverywhere(5, async (from) => {
        const attacker = await Attacker.open(http, from);
        attacker.socket.pause();
        await attacker.flood(repeated(PING), 400);
        attacker.socket.resume();
        await attacker.gone;
        return attacker;
      });
      return { ended: (ended['dropped'] ?? 0) + (ended['close 4490'] ?? 0) };
    },
    // Its close frame stands behind pongs that the peer does not take, so that it may be dropped before it is seen.
    outcome: { ended: 5 },
    causes: { 'slow-consumer': 5 },
    limits: ['outbound-queue'],
  },
  {
    name: '100,000 close frames',
    run: ({ http }) =>
      fromEverywhere(5, async (from) => {
        const attacker = await Attacker.open(http, from);
        await attacker.flood(repeated(CLOSE), 100);
        await attacker.gone;
        return attacker;
      }),
    outcome: { 'close 1000': 5 },
    causes: { peer: 5 },
  },
];
