import { connect, type Socket } from 'node:net';
import { FrameParser, type FrameSink, Opcode, Role, serializeFrame, type Violation } from '@nestwire/protocol';
import { upgradeRequest } from '@nestwire/test-support';
import { type Link, type LinkListener, Refused, type Target } from './link.js';
import type { Random } from '../random.js';

const NO_STATUS = 1005;
const NO_CLOSE_FRAME = 1006;
const NORMAL_CLOSURE = Uint8Array.of(0x03, 0xe8);
const END_OF_HEAD = '\r\n\r\n';
/** One message in so many is fragmented, and one write in so many is torn. */
const FRAGMENTED = 0.1;

/** A socket and a frame parser, and no more: what a connection costs is the server's business here, and it can end in any way. */
export class RawLink implements Link, FrameSink {
  /** Answers neither a ping nor a close frame. */
  mute = false;
  private readonly parser = new FrameParser(this, { role: Role.Client, maxMessageBytes: Infinity });
  private closeCode = NO_CLOSE_FRAME;
  private closing = false;

  private constructor(
    readonly socket: Socket,
    private readonly listener: LinkListener,
    private readonly random: Random,
  ) {}

  static open(target: Target, listener: LinkListener, random: Random): Promise<RawLink> {
    const { port, path, localAddress, subprotocol } = target;
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true, noDelay: true });
      let head = '';
      const onData = (chunk: Buffer): void => {
        const before = head.length;
        head += chunk.toString('latin1');
        const end = head.indexOf(END_OF_HEAD);
        if (end === -1) return;
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
        socket.off('data', onData).off('close', onClose);
        if (status !== 101) {
          socket.end();
          socket.resume();
          return reject(new Refused(status));
        }
        const link = new RawLink(socket, listener, random);
        socket.on('data', (bytes) => void link.parser.parse(bytes));
        socket.on('close', () => listener.onEnd(link.closeCode));
        resolve(link);
        // Behind what awaits the link.
        const rest = chunk.subarray(end + END_OF_HEAD.length - before);
        if (rest.length > 0) queueMicrotask(() => void link.parser.parse(rest));
      };
      const onClose = (): void => reject(new Error('The connection ended within the handshake'));
      socket.on('data', onData).on('close', onClose);
      socket.on('end', () => socket.end());
      // What follows is 'close'.
      socket.on('error', () => undefined);
      const protocols = subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`];
      socket.write(upgradeRequest(path, ...protocols));
    });
  }

  send(message: string | Uint8Array): void {
    if (this.closing) return;
    const opcode = typeof message === 'string' ? Opcode.Text : Opcode.Binary;
    const payload = typeof message === 'string' ? Buffer.from(message) : message;
    const { random } = this;
    if (!random.chance(FRAGMENTED)) return this.frame(opcode, payload);
    const cut = random.between(0, payload.length);
    this.frame(opcode, payload.subarray(0, cut), false);
    // A control frame may come in the middle (RFC 6455 §5.4).
    if (random.chance(0.5)) this.frame(Opcode.Ping, Buffer.from('between'));
    this.frame(Opcode.Continuation, payload.subarray(cut));
  }

  /** A masked frame; some of them in two writes. */
  frame(opcode: Opcode, payload: Uint8Array, fin = true): void {
    const bytes = serializeFrame({ opcode, fin, maskingKey: this.random.between(0, 0x7fff_ffff) }, payload);
    if (bytes.length < 2 || !this.random.chance(FRAGMENTED)) return this.write(bytes);
    const cut = this.random.between(1, bytes.length - 1);
    this.write(bytes.subarray(0, cut));
    this.write(bytes.subarray(cut));
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    this.frame(Opcode.Close, NORMAL_CLOSURE);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  onMessage(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const payload = Buffer.from(bytes.subarray(start, end));
    this.listener.onMessage(opcode === Opcode.Text ? payload.toString() : payload);
  }

  onPing(bytes: Uint8Array, start: number, end: number): void {
    // To one who reads late, the server may be gone: its answer to a pong would be a reset, and what is unread be lost.
    if (this.mute) return;
    this.frame(Opcode.Pong, Buffer.from(bytes.subarray(start, end)));
  }

  onPong(): void {
    // Of our pings between fragments; the liveness of the server shows in its answers.
  }

  onClose(code: number): void {
    this.closeCode = code;
    if (this.mute || this.closing) return;
    this.closing = true;
    this.frame(Opcode.Close, code === NO_STATUS ? new Uint8Array(0) : Uint8Array.of(code >>> 8, code & 0xff));
  }

  onViolation(violation: Violation): void {
    throw new Error(`The server broke a rule: ${violation}`);
  }
}
