import type { Duplex } from 'node:stream';
import { type Refusal, serializeRefusal } from '@nestwire/protocol';
import { Deadline, type TimingWheel } from '../time/timing-wheel.js';

/** How long a refused peer may take to read the answer and to go. */
const LINGER_MS = 2000;

class LingerDeadline extends Deadline {
  constructor(private readonly socket: Duplex) {
    super();
  }

  override onDeadline(): void {
    this.socket.destroy();
  }
}

/**
 * Answers an upgrade with a whole HTTP response and ends the connection. What the peer still sends is read and dropped
 * for a moment: unread bytes would turn the end into a reset, and the answer would be lost.
 */
export function refuseUpgrade(socket: Duplex, refusal: Refusal, wheel: TimingWheel): void {
  const linger = new LingerDeadline(socket);
  wheel.arm(linger, LINGER_MS);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => wheel.disarm(linger));
  socket.on('end', () => socket.end());
  socket.resume();
  socket.end(serializeRefusal(refusal, Buffer.byteLength(refusal.reason)));
}
