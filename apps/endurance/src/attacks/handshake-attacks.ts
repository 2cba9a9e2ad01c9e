import { setTimeout as delay } from 'node:timers/promises';
import { buildFrame, MASKING_KEY, upgradeRequest } from '@nestwire/test-support';
import type { Attack } from './attack.js';
import { Attacker, fromEverywhere, newAddress, tally } from './attacker.js';

const SLOW = 200;
const CONNECTIONS = 10_000;
const AT_ONCE = 200;
/** What one address may have of handshakes at once, and a second from then on. */
const BURST = 100;
const PER_SECOND = 50;
/** What it may have of connections. */
const MOST_OPEN = 256;
const MESSAGE = buildFrame({ opcode: 1, payload: '{"code":1001}', maskingKey: MASKING_KEY });

/** Opens so many connections from one address; says how many were answered as they should be, and whether too many were let in. */
async function crowd(port: number, count: number, lines: (n: number) => string[]): Promise<Record<string, number>> {
  const from = newAddress();
  const statuses: string[] = [];
  const inside: Attacker[] = [];
  const worker = async (): Promise<void> => {
    while (statuses.length < count) {
      const n = statuses.push('');
      const attacker = await Attacker.open(port, from, `/?user=${from}-${String(n)}`, ...lines(n));
      statuses[n - 1] = String(attacker.status);
      if (attacker.status === 101) inside.push(attacker);
      else attacker.socket.destroy();
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - began) / 1000;
  for (const { socket } of inside) socket.destroy();
  const { '101': admitted = 0, '429': refused = 0, ...others } = tally(statuses);
  const tooFew = Math.max(0, BURST - admitted);
  const tooMany = Math.max(0, admitted - Math.ceil(BURST + PER_SECOND * seconds));
  return { ...others, 'answered 101 or 429': admitted + refused, tooFew, tooMany };
}

/** Opens so many from one address no faster than it may, and keeps them open, as if each were somebody's. */
async function patientCrowd(port: number, count: number): Promise<Record<string, number>> {
  const from = newAddress();
  const inside: Attacker[] = [];
  const statuses: string[] = [];
  const talking = setInterval(() => {
    for (const { socket } of inside) socket.write(MESSAGE);
  }, 500);
  while (statuses.length < count) {
    const attacker = await Attacker.open(port, from, `/?user=${from}-${String(statuses.length)}`);
    statuses.push(String(attacker.status));
    if (attacker.status === 101) inside.push(attacker);
    else attacker.socket.destroy();
    if (statuses.length >= BURST) await delay(1000 / PER_SECOND);
  }
  clearInterval(talking);
  const { length } = inside.filter(({ socket }) => socket.closed);
  for (const { socket } of inside) socket.destroy();
  return { ...tally(statuses), gone: length };
}

/** An upgrade whose headers never end. */
const slowHeaders = (port: number): Promise<Record<string, number>> =>
  fromEverywhere(SLOW, async (from) => {
    const attacker = await Attacker.connect(port, from);
    attacker.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
    await attacker.trickle(() => 'X-Slow: yes\r\n', 100);
    return attacker;
  });

/** One whose request line never ends. */
const slowLine = (port: number): Promise<Record<string, number>> =>
  fromEverywhere(SLOW, async (from) => {
    const attacker = await Attacker.connect(port, from);
    const request = upgradeRequest();
    let at = 0;
    await attacker.trickle(() => request.charAt(at++), 100);
    return attacker;
  });

/** A crowd answers no ping, and may come for so long that all who may be open are. */
const CROWDED = ['ping', 'connections-per-address'];

export const HANDSHAKE_ATTACKS: readonly Attack[] = [
  {
    name: 'sockets that say nothing',
    run: ({ own }) =>
      fromEverywhere(SLOW, async (from) => {
        const attacker = await Attacker.connect(own, from);
        await attacker.gone;
        return attacker;
      }),
    outcome: { 408: SLOW },
  },
  {
    name: 'slowloris: a header line at a time, for ever',
    run: ({ own }) => slowHeaders(own),
    outcome: { 408: SLOW },
  },
  {
    name: 'slowloris: a byte of the request line at a time',
    run: ({ own }) => slowLine(own),
    outcome: { 408: SLOW },
  },
  // There the owner's times hold.
  {
    name: "slowloris on Nest's own HTTP server: a header line at a time, for ever",
    run: ({ http }) => slowHeaders(http),
    outcome: { 408: SLOW },
  },
  {
    name: "slowloris on Nest's own HTTP server: a byte of the request line at a time",
    run: ({ http }) => slowLine(http),
    outcome: { 408: SLOW },
  },
  {
    name: 'headers past their limit',
    run: ({ http }) =>
      fromEverywhere(20, async (from) => {
        const attacker = await Attacker.connect(http, from);
        attacker.socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${'x'.repeat(20_000)}`);
        await attacker.gone;
        return attacker;
      }),
    outcome: { 431: 20 },
  },
  {
    name: 'headers without an end',
    run: async ({ http }) => {
      const ended = await fromEverywhere(20, async (from) => {
        const attacker = await Attacker.connect(http, from);
        attacker.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ');
        await attacker.flood('x'.repeat(16 * 1024), 1000);
        await attacker.gone;
        return attacker;
      });
      return { ended: (ended['431'] ?? 0) + (ended['dropped'] ?? 0) };
    },
    // Who goes on sending is cut off, and that may overtake the answer.
    outcome: { ended: 20 },
  },
  {
    name: '10,000 connections from one address',
    run: ({ http }) => crowd(http, CONNECTIONS, () => []),
    outcome: { 'answered 101 or 429': CONNECTIONS, tooFew: 0, tooMany: 0 },
    limits: ['handshakes-per-address'],
    mayMeet: CROWDED,
  },
  {
    name: '300 connections from one address, no faster than they may come',
    run: ({ http }) => patientCrowd(http, MOST_OPEN + 44),
    outcome: { 101: MOST_OPEN, 429: 44, gone: 0 },
    limits: ['connections-per-address'],
  },
  {
    name: 'a forged X-Forwarded-For, another one each time',
    run: ({ http }) =>
      crowd(http, 1000, (n) => [
        `X-Forwarded-For: 203.0.${String(n >> 8)}.${String(n & 255)}`,
        `Forwarded: for=203.0.${String(n >> 8)}.${String(n & 255)}`,
        `X-Real-IP: 203.0.${String(n >> 8)}.${String(n & 255)}`,
      ]),
    outcome: { 'answered 101 or 429': 1000, tooFew: 0, tooMany: 0 },
    limits: ['handshakes-per-address'],
    mayMeet: CROWDED,
  },
  {
    name: 'a foreign Origin',
    run: ({ http }) =>
      fromEverywhere(50, (from) => Attacker.open(http, from, '/?user=1', 'Origin: https://evil.example')),
    outcome: { 403: 50 },
  },
];
