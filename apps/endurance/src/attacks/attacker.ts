import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { upgradeRequest } from '@nestwire/test-support';

/** The 64-bit length is the last that a header may have; servers mask nothing. RFC 6455 §5.1, §5.2. */
const FORM_16 = 126;
const FORM_64 = 127;

/** One TCP connection of somebody who means harm: sends any bytes, as many as are taken, and notes what comes back. */
export class Attacker {
  /** The status of the answer to the handshake. */
  status: number | undefined = undefined;
  /** Text messages. */
  readonly messages: string[] = [];
  pongs = 0;
  /** What the server's close frames said. */
  readonly closeCodes: number[] = [];

  /** Resolves when the socket is gone, however. */
  readonly gone: Promise<void>;
  private received = Buffer.alloc(0);
  private wake: () => void = () => undefined;

  private constructor(readonly socket: Socket) {
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk) => {
      this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
      this.read();
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => this.wake());
  }

  /** @param from - an address on loopback: each has its own limits. */
  static async connect(port: number, from: string): Promise<Attacker> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true, noDelay: true });
    const attacker = new Attacker(socket);
    await once(socket, 'connect');
    return attacker;
  }

  /** Goes through the opening handshake, as the user that its address stands for; what the answer is, `status` says. */
  static async open(port: number, from: string, path = `/?user=${from}`, ...lines: string[]): Promise<Attacker> {
    const attacker = await Attacker.connect(port, from);
    attacker.socket.write(upgradeRequest(path, ...lines));
    await attacker.until(() => attacker.status !== undefined);
    return attacker;
  }

  /** Writes this so many times, no faster than it is taken, until the server has had enough. */
  async flood(bytes: string | Uint8Array, times: number): Promise<void> {
    const { socket } = this;
    for (let i = 0; i < times && socket.writable && this.closeCodes.length === 0; i++) {
      if (!socket.write(bytes)) await Promise.race([once(socket, 'drain').catch(() => undefined), this.gone]);
    }
  }

  /** Writes the next of these at each interval, until the server has had enough. */
  async trickle(bytes: () => string | Uint8Array, everyMs: number): Promise<void> {
    const timer = setInterval(() => this.socket.writable && this.socket.write(bytes()), everyMs);
    await this.gone;
    clearInterval(timer);
  }

  /** Waits until it is so, or the socket has gone. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.socket.closed) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  /** How it ended, in a word: the answer to its handshake, the code of the close frame, or nothing at all. */
  get outcome(): string {
    if (this.status !== undefined && this.status !== 101) return String(this.status);
    return this.closeCodes.length === 0 ? 'dropped' : `close ${this.closeCodes.join(' and ')}`;
  }

  private read(): void {
    if (this.status === undefined) {
      const end = this.received.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.status = Number(this.received.toString('latin1', 9, 12));
      this.received = this.received.subarray(end + 4);
    }
    if (this.status !== 101) return;
    let at = 0;
    for (let end = frameEnd(this.received, at); end !== undefined; end = frameEnd(this.received, at)) {
      this.take(this.received.subarray(at, end));
      at = end;
    }
    this.received = this.received.subarray(at);
  }

  private take(frame: Buffer): void {
    const payload = frame.subarray(payloadAt(frame, 0));
    switch (frame.readUInt8(0) & 0x0f) {
      case 0x1:
        this.messages.push(payload.toString());
        break;
      case 0x8:
        this.closeCodes.push(payload.length < 2 ? 1005 : payload.readUInt16BE(0));
        break;
      case 0xa:
        this.pongs++;
        break;
    }
  }
}

function payloadAt(bytes: Buffer, at: number): number {
  const form = bytes.readUInt8(at + 1);
  return at + (form === FORM_64 ? 10 : form === FORM_16 ? 4 : 2);
}

function frameEnd(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + 2 || bytes.length < payloadAt(bytes, at)) return undefined;
  const form = bytes.readUInt8(at + 1);
  const length =
    form === FORM_64 ? Number(bytes.readBigUInt64BE(at + 2)) : form === FORM_16 ? bytes.readUInt16BE(at + 2) : form;
  const end = payloadAt(bytes, at) + length;
  return bytes.length >= end ? end : undefined;
}

/** How many ended how. */
export function tally(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

let hosts = 0;

/** An address that nobody has attacked from. */
export function newAddress(): string {
  hosts++;
  return `127.1.${String(hosts >> 7)}.${String(1 + (hosts & 127))}`;
}

/** So many attackers at once, each from an address of its own; how each ended. */
export async function fromEverywhere(
  count: number,
  attack: (from: string) => Promise<Attacker>,
): Promise<Record<string, number>> {
  const attackers = await Promise.all(Array.from({ length: count }, () => attack(newAddress())));
  return tally(attackers.map(({ outcome }) => outcome));
}
