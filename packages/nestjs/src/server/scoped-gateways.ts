import type { AnyClient } from '../client/nestwire-client.js';

/**
 * The gateways of a path that are made anew for each client. Nest makes them asynchronously, and tells an adapter nothing of
 * it: so a client expects all of them, and each one's wrapped method says when it has begun.
 */
export class ScopedGateways {
  private readonly expected = new WeakMap<AnyClient, ((work: unknown) => void)[]>();

  constructor(
    private readonly types: ReadonlySet<unknown>,
    /** How to make one, where Nest does not: it settles to the same instance for the same client. */
    readonly make: (type: unknown, client: AnyClient) => Promise<object>,
  ) {}

  has(type: unknown): boolean {
    return this.types.size > 0 && this.types.has(type);
  }

  /** Nest is about to make all of them for a client. @returns what each of them does then. */
  expect(client: AnyClient): readonly Promise<unknown>[] {
    if (this.types.size === 0) return [];
    const settlers = this.expected.get(client) ?? [];
    this.expected.set(client, settlers);
    return Array.from(this.types, () => new Promise((resolve) => settlers.push(resolve)));
  }

  /** One of those expected has begun, with this to wait for. */
  ran(client: AnyClient, work: unknown): void {
    this.expected.get(client)?.shift()?.(work);
  }

  /** One of those expected could not be made. @returns whether one was expected. */
  failed(client: AnyClient, exception: unknown): boolean {
    const settle = this.expected.get(client)?.shift();
    settle?.({ then: (_: unknown, reject: (reason: unknown) => void) => reject(exception) });
    return settle !== undefined;
  }
}
