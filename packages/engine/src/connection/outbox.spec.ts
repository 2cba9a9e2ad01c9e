import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Opcode } from '@nestwire/protocol';
import { buildFrame, concat } from '@nestwire/test-support';
import { Outbox } from './outbox.js';

const KIB = 1024;

/** A socket that keeps what it is given until it is told that it went. */
class SlowSocket extends Socket {
  readonly written: Buffer[] = [];
  private callback: (() => void) | undefined = undefined;

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.written.push(Buffer.from(chunk));
    this.callback = callback;
  }

  /** What it was given last has gone. */
  went(): void {
    const { callback } = this;
    this.callback = undefined;
    callback?.();
  }
}

function outboxOf(socket: Socket): Outbox {
  return new Outbox({ onBacklog: () => undefined, onOverOutboundBudget: () => undefined }, socket, false, undefined);
}

const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

describe('What waits to be sent', () => {
  it('counts what the socket keeps of a large message', () => {
    const socket = new SlowSocket();
    const outbox = outboxOf(socket);
    expect(outbox.length).toBe(0);
    outbox.append(Opcode.Binary, filled(1024 * KIB, 1));
    expect(outbox.length).toBe(1024 * KIB + 10);
    socket.went();
    socket.went();
    expect(outbox.length).toBe(0);
  });
});

describe('Order of what is sent (RFC 6455 §5.4)', () => {
  it('is that of the calls, also where a large message comes while shorter ones wait for the socket', () => {
    const socket = new SlowSocket();
    const outbox = outboxOf(socket);
    const payloads = [filled(200 * KIB, 1), filled(100 * KIB, 2), filled(10, 3), filled(1024 * KIB, 4), filled(10, 5)];
    outbox.hold();
    payloads.forEach((payload, i) => {
      outbox.append(Opcode.Binary, payload);
      // The socket has nothing left; before it says so, somebody sends.
      if (i === 2) socket.went();
    });
    outbox.release();
    expect(socket.written).toHaveLength(1);
    for (let i = 0; i < payloads.length; i++) {
      outbox.feed();
      socket.went();
    }
    const frames = payloads.map((payload) => buildFrame({ opcode: 2, payload }));
    expect(Buffer.compare(concat(...socket.written), concat(...frames))).toBe(0);
  });
});
