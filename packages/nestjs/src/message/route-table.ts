/** A gateway's handler for one code and one client: guards, pipes, interceptors, method and filters, as Nest built it. */
export type Handler = (data: unknown, message: unknown) => Promise<unknown>;

/**
 * Which handler a code means on one path. Nest binds its handlers to every client anew, in the same order each time; so
 * the table is one for all clients of a path, and a client has a flat array of its bound handlers.
 */
export class RouteTable {
  private readonly slots = new Map<number, number>();

  /** @param slot - the place of the code's handler in every client's array. */
  set(code: number, slot: number): void {
    if (!this.slots.has(code)) this.slots.set(code, slot);
  }

  slotOf(code: number): number | undefined {
    return this.slots.get(code);
  }
}
