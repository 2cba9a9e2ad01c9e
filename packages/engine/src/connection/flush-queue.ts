/** Something with bytes to write. */
export interface Flushable {
  flush(): void;
}

let dirty: Flushable[] = [];

/**
 * Has `flush()` called once at the end of this turn of the event loop: after every socket that was readable has been
 * read, so that what their messages cause on one connection goes out in one write.
 */
export function flushAtEndOfTurn(flushable: Flushable): void {
  if (dirty.push(flushable) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const turn = dirty;
  dirty = [];
  for (const flushable of turn) flushable.flush();
}
