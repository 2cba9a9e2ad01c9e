import type { Duplex } from 'node:stream';
import { type ClientHandshake, type HeaderLines, type Refusal, refuse } from '@nestwire/protocol';
import {
  checkDecision,
  type HandshakeAcceptance,
  type HandshakeClosure,
  type HandshakeDecision,
} from './handshake-decision.js';
import { type HandshakeRequest, PendingRequest } from './handshake-request.js';
import { PendingHandshake } from './pending-handshake.js';
import type { RequestFacts } from '../connection/request-facts.js';
import type { TimingWheel } from '../time/timing-wheel.js';

/** Decides about handshakes; may take its time. */
export type HandshakeHook = (request: HandshakeRequest) => HandshakeDecision | PromiseLike<HandshakeDecision>;

/** A valid, admitted handshake that has not been answered yet. */
export interface Opening {
  readonly socket: Duplex;
  /** What came behind the handshake already. */
  readonly head: Buffer;
  readonly handshake: ClientHandshake;
  readonly facts: RequestFacts;
  /** The request-target as sent. */
  readonly target: string;
  readonly headers: HeaderLines;
  /** Whether its path is served; if not, it is asked for only in order to be refused. */
  readonly served: boolean;
}

export interface HandshakeGateSettings {
  readonly wheel: TimingWheel;
  readonly timeoutMs: number;
  /** Carries out a yes, and what looks like one. */
  readonly accept: (opening: Opening, decision: HandshakeAcceptance | HandshakeClosure) => void;
  /** Carries out a no. */
  readonly refuse: (opening: Opening, refusal: Refusal) => void;
  /** Told that a client has gone while its decision was pending. */
  readonly onGone: (opening: Opening) => void;
  /** Told what a hook threw. */
  readonly report: (error: unknown) => void;
}

/** @internal What there is to say where nobody is asked. */
export const ACCEPTED: HandshakeAcceptance = { kind: 'accept' };

const FAILED = refuse(500, 'Internal server error');
const TOO_LATE = refuse(503, 'The server took too long to decide', { 'Retry-After': '1' });
export const GOING_AWAY = refuse(503, 'The server is going away', { 'Retry-After': '1' });

/**
 * Asks a hook about handshakes and carries out what it says. A decision at once costs no promise and no listener; while
 * one is awaited, its handshake hangs on a deadline, and whatever ends it first is its one answer.
 */
export class HandshakeGate {
  private readonly pending = new Set<PendingHandshake>();

  constructor(private readonly settings: HandshakeGateSettings) {}

  ask(hook: HandshakeHook, opening: Opening): void {
    const request = new PendingRequest(opening.facts, opening.target, opening.headers, opening.handshake.subprotocols);
    let decision: HandshakeDecision | PromiseLike<HandshakeDecision>;
    try {
      decision = hook(request);
    } catch (error) {
      return this.fail(opening, error);
    }
    if (!isPromiseLike(decision)) return this.decide(opening, decision);
    const { wheel, timeoutMs } = this.settings;
    const pending = new PendingHandshake(opening.socket, request, wheel, {
      onGone: () => {
        this.pending.delete(pending);
        this.settings.onGone(opening);
      },
      onOverdue: () => this.refuse(pending, opening, TOO_LATE, 'the decision took too long'),
      onClosing: () => this.refuse(pending, opening, GOING_AWAY, 'the server is going away'),
    });
    this.pending.add(pending);
    wheel.arm(pending, timeoutMs);
    decision.then(
      (decided) => {
        if (this.settle(pending)) this.decide(opening, decided);
      },
      (error: unknown) => {
        // Whoever honours the signal fails when the peer goes: that is nobody's fault.
        if (this.settle(pending)) this.fail(opening, error);
      },
    );
  }

  /** Answers all that still wait for a decision with 503. */
  close(): void {
    for (const pending of this.pending) pending.listener.onClosing();
  }

  /** @returns whether it was still waiting. */
  private settle(pending: PendingHandshake): boolean {
    if (!this.pending.delete(pending)) return false;
    pending.settle();
    return true;
  }

  private refuse(pending: PendingHandshake, opening: Opening, refusal: Refusal, why: string): void {
    if (!this.settle(pending)) return;
    this.settings.refuse(opening, refusal);
    pending.request.abort(why);
  }

  private decide(opening: Opening, decision: HandshakeDecision): void {
    let checked: ReturnType<typeof checkDecision>;
    try {
      checked = checkDecision(decision, opening.handshake);
    } catch (error) {
      return this.fail(opening, error);
    }
    if (checked.kind === 'refuse') this.settings.refuse(opening, checked.refusal);
    else this.settings.accept(opening, checked);
  }

  private fail(opening: Opening, error: unknown): void {
    this.settings.refuse(opening, FAILED);
    this.settings.report(error);
  }
}

function isPromiseLike(
  value: HandshakeDecision | PromiseLike<HandshakeDecision>,
): value is PromiseLike<HandshakeDecision> {
  // A hook in JavaScript may return anything; what is no decision is told so by `checkDecision`.
  return typeof (value as Partial<PromiseLike<unknown>> | undefined)?.then === 'function';
}
