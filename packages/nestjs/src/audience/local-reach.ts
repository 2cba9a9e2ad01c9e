import type { SendOptions } from '@nestwire/engine';
import type { OutgoingEnvelope } from '@nestwire/envelope';
import type { Reach } from './audience.js';
import type { ConnectionInfo } from './connection-info.js';
import type { Members } from './members.js';
import type { Target } from './target.js';

/** Reaches the clients of this node; nobody, until it is told who they are. */
export class LocalReach implements Reach {
  private members: Members | undefined = undefined;
  private problem: string | undefined = undefined;

  attach(members: Members): void {
    this.members = members;
  }

  /** From now on, whoever uses it is told what is wrong. */
  refuse(problem: string): void {
    this.problem = problem;
  }

  /** @throws Error where it was refused. */
  get local(): Members | undefined {
    if (this.problem !== undefined) throw new Error(this.problem);
    return this.members;
  }

  deliver(target: Target, envelope: OutgoingEnvelope, options?: SendOptions): void {
    this.local?.deliver(target, envelope, options);
  }

  disconnect(target: Target, closeCode: number, closeReason: string): void {
    this.local?.disconnect(target, closeCode, closeReason);
  }

  join(target: Target, rooms: readonly string[]): void {
    this.local?.joinAll(target, rooms);
  }

  leave(target: Target, rooms: readonly string[]): void {
    this.local?.leaveAll(target, rooms);
  }

  // Asynchronous for the nodes that are not this one.
  describe(target: Target): Promise<ConnectionInfo[]> {
    return new Promise((resolve) => resolve(this.local?.describe(target) ?? []));
  }
}
