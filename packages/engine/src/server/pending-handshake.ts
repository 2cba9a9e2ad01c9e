import type { Duplex } from 'node:stream';
import type { PendingRequest } from './handshake-request.js';
import { Deadline, type TimingWheel } from '../time/timing-wheel.js';

export interface PendingHandshakeListener {
  /** The peer has gone. */
  onGone(): void;
  onOverdue(): void;
  onClosing(): void;
}

/**
 * A handshake while its decision is awaited. Nothing is read that could be a frame: what the peer sends ahead of the 101 stays
 * in the socket, which stops reading at its high-water mark. Only the end is looked for; behind bytes that wait, a FIN waits with
 * them, and a reset does not.
 */
export class PendingHandshake extends Deadline {
  constructor(
    private readonly socket: Duplex,
    readonly request: PendingRequest,
    private readonly wheel: TimingWheel,
    readonly listener: PendingHandshakeListener,
  ) {
    super();
    socket.on('end', this.onEnd).on('error', this.onEnd).on('close', this.onClose);
  }

  override onDeadline(): void {
    this.listener.onOverdue();
  }

  /** The answer is there: the socket is as it was before. */
  settle(): void {
    this.wheel.disarm(this);
    this.socket.off('end', this.onEnd).off('error', this.onEnd).off('close', this.onClose);
  }

  /** There is nobody to answer. Whoever sends no more can't finish a closing handshake, nor begin a conversation. */
  private readonly onEnd = (): void => {
    this.socket.destroy();
  };

  private readonly onClose = (): void => {
    this.settle();
    this.listener.onGone();
    this.request.abort('the peer has gone');
  };
}
