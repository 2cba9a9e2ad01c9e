import {
  CLOSE_CODE_OF_VIOLATION,
  CloseCode,
  ConnectionEvent,
  ConnectionState,
  type FrameParser,
  nextState,
  Role,
  type Violation,
} from '@nestwire/protocol';
import { serializeCloseBody } from './close-frame.js';
import { LIMIT_OF_VIOLATION, Limit } from './limit.js';
import { LimitCloseCode } from './limit-close-code.js';
import type { Liveness } from './liveness.js';
import type { MemoryHolder } from './memory-budget.js';
import { decodeText } from './received-message.js';
import { SendingHalf } from './sending-half.js';
import { CloseCause } from './ws-connection.js';

const NO_BYTES = Buffer.alloc(0);

/**
 * How a connection ends: by the closing handshake, whichever side begins it, and by what takes its place where a side does not keep to the
 * rules, or says nothing more. RFC 6455 §7. A class to extend, as {@link SendingHalf} is.
 */
export abstract class ClosingHalf extends SendingHalf implements MemoryHolder {
  closeCode: number = CloseCode.AbnormalClosure;
  closeReason = '';
  cause: CloseCause | undefined = undefined;
  violation: Violation | undefined = undefined;

  private closeSent = false;
  private closeReceived = false;

  /** What the parser held when the common budget was last told. */
  protected held = 0;

  protected abstract readonly parser: FrameParser;
  protected abstract readonly liveness: Liveness;

  abstract resume(): void;

  get wasClean(): boolean {
    return this.closeSent && this.closeReceived;
  }

  close(code: number = CloseCode.NormalClosure, reason = ''): void {
    this.closeFor(CloseCause.Local, serializeCloseBody(code, reason, this.settings.parser.role));
  }

  terminate(): void {
    if (this.state === ConnectionState.Closed) return;
    this.cause ??= CloseCause.Terminated;
    this.drop();
  }

  /** @internal FrameSink */
  onClose(code: number, bytes: Uint8Array, start: number, end: number): void {
    this.closeCode = code;
    this.closeReason = decodeText(bytes, start, end, false);
    this.closeReceived = true;
    if (this.state === ConnectionState.Open) {
      this.cause = CloseCause.Peer;
      // "When sending a Close frame in response, the endpoint typically echos the status code it received" (§5.5.1).
      this.sendClose(code === CloseCode.NoStatusReceived ? NO_BYTES : Buffer.of(code >>> 8, code & 0xff));
    }
    this.state = nextState(this.state, ConnectionEvent.ReceiveClose);
    this.endTransport();
  }

  /** @internal FrameSink */
  onViolation(violation: Violation): void {
    this.violation = violation;
    const limit = LIMIT_OF_VIOLATION[violation];
    if (limit !== undefined) this.settings.limitsHit[limit]++;
    this.fail(CloseCause.Violation, CLOSE_CODE_OF_VIOLATION[violation], violation);
  }

  /** @internal MemoryHolder */
  onOverBudget(): void {
    this.settings.limitsHit[Limit.UnfinishedBytes]++;
    this.fail(CloseCause.Overload, CloseCode.TryAgainLater, 'too many unfinished messages');
  }

  /** @internal Living */
  onPingTimeout(): void {
    this.settings.limitsHit[Limit.Ping]++;
    this.cause ??= CloseCause.PingTimeout;
    this.drop();
  }

  /** @internal Living */
  onSilenceTimeout(): void {
    this.settings.limitsHit[Limit.Silence]++;
    const { role } = this.settings.parser;
    this.closeFor(CloseCause.SilenceTimeout, serializeCloseBody(LimitCloseCode.Silent, 'silent for too long', role));
  }

  /** @internal Living */
  onClosingTimeout(): void {
    // Where somebody was closed for a reason, that is the cause, whether they answer or not.
    if (this.state === ConnectionState.CloseSent && this.cause === CloseCause.Local) {
      this.cause = CloseCause.ClosingTimeout;
    }
    this.drop();
  }

  /** Begins the closing handshake; nothing, where it or the end has begun. */
  protected closeFor(cause: CloseCause, body: Uint8Array): void {
    if (this.state !== ConnectionState.Open) return;
    this.cause = cause;
    this.state = nextState(this.state, ConnectionEvent.SendClose);
    this.sendClose(body);
    this.liveness.expectEnd(this.settings.closeTimeoutMs);
    // The peer's close frame has to be seen.
    this.resume();
  }

  /** "_Fail the WebSocket Connection_": say why, and end; what still comes is ignored. RFC 6455 §7.1.7. */
  protected fail(cause: CloseCause, code: number, reason: string): void {
    this.cause ??= cause;
    // What is still being deflated is not owed to such a peer, and must not hold up the reason.
    this.outbox.discardWaiting();
    if (this.state === ConnectionState.Open) {
      this.sendClose(serializeCloseBody(code, reason, this.settings.parser.role));
    }
    this.state = nextState(this.state, ConnectionEvent.Fail);
    this.parser.stop();
    this.account();
    this.endTransport();
  }

  /** Tells the common budget what an unfinished message takes; most never take anything. */
  protected account(): void {
    this.held = this.parser.heldBytes;
    this.settings.unfinished.update(this, this.held);
  }

  private sendClose(body: Uint8Array): void {
    this.appendClose(body);
    this.closeSent = true;
  }

  /**
   * Both sides have said what they had to. "The server MUST close the TCP connection first" (§7.1.1), and a client gives it
   * the time to; what still comes in is read and dropped, because unread bytes would turn the end into a reset.
   */
  private endTransport(): void {
    this.parser.stop();
    this.outbox.whenSettled(() => {
      if (this.settings.parser.role === Role.Server) this.socket.end();
    });
    this.resume();
    this.liveness.expectEnd(this.settings.closeTimeoutMs);
  }

  protected drop(): void {
    this.state = nextState(this.state, ConnectionEvent.Fail);
    this.parser.stop();
    this.liveness.stop();
    this.socket.destroy();
  }
}
