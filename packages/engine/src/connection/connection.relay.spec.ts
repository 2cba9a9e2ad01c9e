import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildFrame, concat, EngineBench, MASKING_KEY, type RawClient } from '@nestwire/test-support';
import type { ConnectionListener } from './ws-connection.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(async () => bench.dispose());

/** On both sides of each way of copying. */
const LENGTHS = [0, 1, 3, 4, 7, 8, 9, 63, 95, 96, 97, 125, 126, 127, 255, 256, 257, 4000, 70_000];

async function served(listener: ConnectionListener): Promise<RawClient> {
  const { port } = await bench.serve({ onConnection: () => listener, maxMessageBytes: 1024 * 1024 });
  return bench.open(port, '/');
}

function masked(payload: string | Uint8Array, fin = true, opcode = 1): Uint8Array {
  return buildFrame({ opcode, payload, fin, maskingKey: MASKING_KEY });
}

describe('A text that is sent on as it came', () => {
  it.each([
    ['one at a time', 1],
    ['many in a chunk', 40],
  ])('is the same: %s', async (_, times) => {
    const client = await served({ onMessage: (connection, message) => connection.send(message) });
    for (const length of LENGTHS) {
      for (const text of ['x'.repeat(length), `é${'y'.repeat(length)}€`]) {
        if (text.length > 4000 && times > 1) continue;
        const frame = masked(text);
        client.write(concat(...Array.from({ length: times }, () => frame)));
        for (let i = 0; i < times; i++) expect((await client.frame()).payload.toString()).toBe(text);
      }
    }
  });

  it('is itself, and not the one before or behind it', async () => {
    let last: string | Uint8Array = 'nothing yet';
    const client = await served({
      onMessage: (connection, message) => {
        connection.send(last);
        connection.send(`${String(message)}!`);
        connection.send(message);
        last = message;
      },
    });
    const texts = Array.from({ length: 60 }, (_, i) => `message ${String(i % 50)}`);
    client.write(concat(...texts.map((text) => masked(text))));
    for (const [i, text] of texts.entries()) {
      expect((await client.frame()).payload.toString()).toBe(i === 0 ? 'nothing yet' : texts[i - 1]);
      expect((await client.frame()).payload.toString()).toBe(`${text}!`);
      expect((await client.frame()).payload.toString()).toBe(text);
    }
  });

  it('is itself where it came in fragments, among others in the chunk', async () => {
    const client = await served({ onMessage: (connection, message) => connection.send(message) });
    const whole = Array.from({ length: 30 }, (_, i) => masked(`whole ${String(i)} ${'.'.repeat(20)}`));
    client.write(concat(...whole, masked('in frag', false), masked('ments', true, 0), ...whole));
    for (let i = 0; i < 30; i++) expect((await client.frame()).payload.toString()).toContain(`whole ${String(i)} `);
    expect((await client.frame()).payload.toString()).toBe('in fragments');
    for (let i = 0; i < 30; i++) expect((await client.frame()).payload.toString()).toContain(`whole ${String(i)} `);
  });
});

describe('A text that is sent on compressed (RFC 7692)', () => {
  const OFFER = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits';

  /** A text frame with RSV1. */
  function deflated(text: string): Uint8Array {
    const payload = deflateRawSync(text, { windowBits: 12, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const frame = masked(payload);
    frame[0] = (frame[0] as number) | 0x40;
    return frame;
  }

  async function receive(client: RawClient): Promise<string> {
    const [firstByte = 0, form = 0] = await client.bytes(2);
    let length = form;
    if (form === 126) length = (await client.bytes(2)).readUInt16BE();
    if (form === 127) length = Number((await client.bytes(8)).readBigUInt64BE());
    const payload = await client.bytes(length);
    if ((firstByte & 0x40) === 0) return payload.toString();
    return inflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  }

  async function opened(listener: ConnectionListener, thresholdBytes: number): Promise<RawClient> {
    const perMessageDeflate = { thresholdBytes };
    const { port } = await bench.serve({ onConnection: () => listener, maxMessageBytes: 1 << 20, perMessageDeflate });
    return bench.open(port, '/', OFFER);
  }

  const echo: ConnectionListener = { onMessage: (connection, message) => connection.send(message) };

  it.each([
    ['came compressed', deflated],
    ['did not', masked],
  ])('is the same where it %s, below the threshold and above it', async (_, frameOf) => {
    const client = await opened(echo, 200);
    for (const length of LENGTHS) {
      for (const text of ['x'.repeat(length), `é${'y'.repeat(length)}€`]) {
        const times = length > 4000 ? 2 : 20;
        client.write(concat(...Array.from({ length: times }, () => frameOf(text))));
        for (let i = 0; i < times; i++) expect(await receive(client)).toBe(text);
      }
    }
  });

  it('is itself, and not the one before or behind it, also where it waits for a turn that has time for it', async () => {
    let last: string | Uint8Array = 'nothing yet';
    const client = await opened(
      {
        onMessage: (connection, message) => {
          connection.send(last);
          connection.send(`${String(message)}!`);
          connection.send(message);
          last = message;
        },
      },
      0,
    );
    // More than a turn has time for.
    const texts = Array.from({ length: 1500 }, (_, i) => `message ${String(i)} ${'.'.repeat(50)}`);
    client.write(concat(...texts.map((text, i) => (i % 3 === 0 ? masked(text) : deflated(text)))));
    for (const [i, text] of texts.entries()) {
      expect(await receive(client)).toBe(i === 0 ? 'nothing yet' : texts[i - 1]);
      expect(await receive(client)).toBe(`${text}!`);
      expect(await receive(client)).toBe(text);
    }
  });
});
