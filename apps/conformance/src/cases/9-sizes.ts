import { binaryMessage, closes, type ConformanceCase, type End, fails, textMessage } from '../conformance-case.js';
import { LIMITS } from '../targets/target.js';
import { BINARY, binary, continuation, type Frame, frame, fragments, MORE, TEXT, text } from '../wire/frame.js';
import type { Peer, Seen } from '../wire/peer.js';

const KIB = 1024;
const MIB = 1024 * KIB;

const SIZES = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB];
const FRAGMENTS = [64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB];
const CHOPS = [64, 128, 256, 512, 1024, 2048];
const ROUND_TRIP_SIZES = [0, 16, 64, 256, 1024, 4096];
const ROUND_TRIPS = 1000;

/** Of two- and three-byte characters, so that every edge cuts some; or octets that are no text. */
function payload(opcode: number, size: number): Buffer {
  if (opcode === BINARY) {
    const octets = Buffer.allocUnsafe(size);
    for (let i = 0; i < size; i++) octets[i] = (i * 167) ^ (i >>> 8);
    return octets;
  }
  const pattern = Buffer.from('Größe und Maß: € 12,50 – straße… ');
  const bytes = Buffer.alloc(size, pattern);
  // The end must not cut a character.
  return bytes.fill('.', size - (size % pattern.length));
}

/** Large payloads are made when they are wanted, and not kept. */
function large(
  id: string,
  title: string,
  opcode: number,
  size: number,
  send: (peer: Peer, bytes: Buffer) => Promise<void> | void,
): ConformanceCase {
  const message = (): Seen => (opcode === TEXT ? textMessage : binaryMessage)(payload(opcode, size));
  return {
    id,
    title,
    opening: {},
    expected: () => [message()],
    script: (peer) => send(peer, payload(opcode, size)),
    end: closes,
  };
}

function ofKind(opcode: number, kind: string, groups: readonly [string, string, string, string]): ConformanceCase[] {
  const [whole, fragmented, chopped, roundTrips] = groups;
  return [
    ...SIZES.map((size, i) =>
      large(`${whole}.${String(i + 1)}`, `a ${kind} message of ${String(size)} bytes`, opcode, size, (peer, bytes) =>
        peer.send(frame(opcode, bytes)),
      ),
    ),
    ...FRAGMENTS.map((size, i) =>
      large(
        `${fragmented}.${String(i + 1)}`,
        `a ${kind} message of 4 MiB in fragments of ${String(size)} bytes`,
        opcode,
        4 * MIB,
        (peer, bytes) => peer.sendMany(fragments(opcode, bytes, size)),
      ),
    ),
    ...CHOPS.map((size, i) =>
      large(
        `${chopped}.${String(i + 1)}`,
        `a ${kind} message of 1 MiB in chops of ${String(size)} bytes`,
        opcode,
        MIB,
        (peer, bytes) => peer.sendChopped(size, frame(opcode, bytes)),
      ),
    ),
    ...ROUND_TRIP_SIZES.map((size, i) => roundTripCase(`${roundTrips}.${String(i + 1)}`, opcode, size)),
  ];
}

function roundTripCase(id: string, opcode: number, size: number): ConformanceCase {
  const bytes = payload(opcode, size);
  const message = (opcode === TEXT ? textMessage : binaryMessage)(bytes);
  return {
    id,
    title: `${String(ROUND_TRIPS)} round trips of ${String(size)} bytes`,
    opening: {},
    expected: () => Array.from({ length: ROUND_TRIPS }, () => message),
    script: async (peer) => {
      for (let i = 1; i <= ROUND_TRIPS; i++) {
        peer.send(frame(opcode, bytes));
        await peer.until(i);
      }
    },
    end: closes,
  };
}

/** 9.9: the limits that every target here is given. RFC 6455 §10.4. */
function limits(): ConformanceCase[] {
  const half = BigInt(LIMITS.maxMessageBytes / 2);
  const limit = (number: number, title: string, end: End, script: ConformanceCase['script']): ConformanceCase => ({
    id: `9.9.${String(number)}`,
    title,
    opening: {},
    expected: () => [],
    script,
    end,
  });
  const announce =
    (...frames: readonly Frame[]) =>
    async (peer: Peer) => {
      peer.send(...frames);
      await peer.untilFailed();
    };
  const over = BigInt(LIMITS.maxMessageBytes) + 1n;
  return [
    limit(1, 'a text past the limit fails on its header', fails(1009), announce(text('', { announced: over }))),
    limit(2, 'so does a binary message', fails(1009), announce(frame(BINARY, '', { announced: over }))),
    limit(
      3,
      'the longest 63-bit length fails as too big',
      fails(1009),
      announce(frame(BINARY, '', { announced: 2n ** 63n - 1n })),
    ),
    limit(4, 'fragments that add up past the limit fail on the header that makes them', fails(1009), async (peer) => {
      const piece = Buffer.alloc(Number(half));
      peer.send(binary(piece, MORE), continuation('', { announced: half + 1n }));
      await peer.untilFailed();
    }),
    limit(5, 'more fragments than the limit, all empty', fails(1008), async (peer) => {
      await peer.sendMany(emptyFragments(LIMITS.maxFragments));
      await peer.sendMany([continuation('', MORE)]);
      await peer.untilFailed();
    }),
    {
      ...limit(6, 'as many fragments as the limit, all empty', closes, async (peer) => {
        await peer.sendMany(emptyFragments(LIMITS.maxFragments - 1));
        peer.send(continuation());
      }),
      expected: () => [binaryMessage(Buffer.alloc(0))],
    },
  ];
}

function* emptyFragments(count: number): Generator<Frame> {
  for (let i = 0; i < count; i++) yield frame(i === 0 ? BINARY : 0, '', MORE);
}

export const SIZES_AND_LIMITS = [
  ...ofKind(TEXT, 'text', ['9.1', '9.3', '9.5', '9.7']),
  ...ofKind(BINARY, 'binary', ['9.2', '9.4', '9.6', '9.8']),
  ...limits(),
];
