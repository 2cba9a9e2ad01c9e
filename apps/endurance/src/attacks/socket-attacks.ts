import { buildFrame, MASKING_KEY } from '@nestwire/test-support';
import type { Attack } from './attack.js';
import { Attacker, fromEverywhere } from './attacker.js';

const COUNT = 100;
const LONG = buildFrame({ opcode: 1, payload: 'x'.repeat(10_000), maskingKey: MASKING_KEY });

export const SOCKET_ATTACKS: readonly Attack[] = [
  {
    name: 'half-open sockets: nobody is there any longer',
    run: ({ http }) =>
      fromEverywhere(COUNT, async (from) => {
        const attacker = await Attacker.open(http, from);
        await attacker.gone;
        return attacker;
      }),
    outcome: { dropped: COUNT },
    causes: { 'ping-timeout': COUNT },
    limits: ['ping'],
  },
  {
    name: 'half-closed sockets: a FIN, and nothing behind it',
    run: ({ http }) =>
      fromEverywhere(COUNT, async (from) => {
        const attacker = await Attacker.open(http, from);
        attacker.socket.end();
        await attacker.gone;
        return attacker;
      }),
    outcome: { dropped: COUNT },
    causes: { 'transport-ended': COUNT },
  },
  {
    name: 'a byte of a message at a time',
    run: ({ http }) =>
      fromEverywhere(COUNT, async (from) => {
        const attacker = await Attacker.open(http, from);
        let at = 0;
        await attacker.trickle(() => LONG.subarray(at, ++at), 100);
        return attacker;
      }),
    outcome: { 'close 4408': COUNT },
    causes: { 'silence-timeout': COUNT },
    limits: ['silence'],
  },
];
