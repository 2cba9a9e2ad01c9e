import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { connect, type DeflateOptions, WsServer } from '@nestwire/engine';
import { LONG, SEED } from './run-length.js';

const PARAMETERS = { numRuns: LONG ? 1_000 : 30, seed: SEED };
const TIMEOUT_MS = 300_000;

/** Anything that an end may want of permessage-deflate. RFC 7692 §7. */
const deflate: fc.Arbitrary<DeflateOptions | boolean> = fc.oneof(
  fc.boolean(),
  fc.record({
    contextTakeover: fc.boolean(),
    peerContextTakeover: fc.boolean(),
    windowBits: fc.integer({ min: 8, max: 15 }),
    peerWindowBits: fc.integer({ min: 8, max: 15 }),
    thresholdBytes: fc.constantFrom(0, 10, 1024),
    level: fc.integer({ min: 1, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
  }),
);

/** Messages that repeat themselves and each other, so that takeover has something to refer to, and some that do not. */
const message = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
  fc
    .tuple(fc.constantFrom('again ', 'and again ', 'Größe '), fc.nat({ max: 30_000 }))
    .map(([word, times]) => word.repeat(times)),
  fc.nat({ max: 100_000 }).map((size) => Buffer.alloc(size, 'the same octets all over ')),
);

describe('Our client and our server (RFC 6455, RFC 7692)', () => {
  it(
    'echo any messages in their order, whatever each wants of compression',
    async () => {
      await fc.assert(
        fc.asyncProperty(deflate, deflate, fc.array(message, { maxLength: 8 }), async (server, client, messages) => {
          const got = await echoed(server, client, messages);
          expect(got.map((each, i) => isSame(each, messages[i]))).toEqual(messages.map(() => true));
        }),
        PARAMETERS,
      );
    },
    TIMEOUT_MS,
  );
});

/** Jest's own comparison takes its time for large buffers. */
function isSame(got: string | Buffer, sent: string | Buffer | undefined): boolean {
  return typeof got === 'string' || typeof sent !== 'object' ? got === sent : got.equals(sent);
}

/** What comes back of these messages. */
async function echoed(
  serverDeflate: DeflateOptions | boolean,
  clientDeflate: DeflateOptions | boolean,
  messages: readonly (string | Buffer)[],
): Promise<(string | Buffer)[]> {
  const server = new WsServer({
    perMessageDeflate: serverDeflate,
    onConnection: () => ({ onMessage: (connection, each) => void connection.send(each) }),
  });
  const { port } = await server.listen();
  const got: (string | Buffer)[] = [];
  let onClosed: (code: number) => void;
  const closed = new Promise<number>((resolve) => (onClosed = resolve));
  const connection = await connect(`ws://127.0.0.1:${String(port)}/`, {
    perMessageDeflate: clientDeflate,
    onConnection: () => ({
      onMessage: (_, each) => {
        got.push(typeof each === 'string' ? each : Buffer.from(each));
        if (got.length === messages.length) connection.close(1000);
      },
      onClose: ({ closeCode }) => onClosed(closeCode),
    }),
  });
  for (const each of messages) connection.send(each);
  if (messages.length === 0) connection.close(1000);
  const code = await closed;
  await server.close();
  if (code !== 1000) throw new Error(`closed with ${String(code)}`);
  return got;
}
