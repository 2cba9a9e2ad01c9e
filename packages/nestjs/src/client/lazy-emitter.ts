import { EventEmitter } from 'node:events';

/** The arguments of each event. */
export type EventMap<Events> = Record<keyof Events, readonly unknown[]>;

type Listener<Events extends EventMap<Events>, E extends keyof Events> = (...args: [...Events[E]]) => void;
/** Of events that the application has made up. */
type AnyListener = (...args: never) => void;

const { prototype } = EventEmitter;

/**
 * The methods of Node's `EventEmitter`, on an object that holds nothing for them until somebody listens: they work on any object, and make
 * what they need with the first listener. `this` is the object in a listener, as ever.
 */
export abstract class LazyEmitter<Events extends EventMap<Events>> {
  on<E extends keyof Events & string>(event: E, listener: Listener<Events, E>): this;
  on(event: string | symbol, listener: AnyListener): this;
  on(event: string | symbol, listener: AnyListener): this {
    prototype.on.call(emitter(this), event, anyFunction(listener));
    return this;
  }

  once<E extends keyof Events & string>(event: E, listener: Listener<Events, E>): this;
  once(event: string | symbol, listener: AnyListener): this;
  once(event: string | symbol, listener: AnyListener): this {
    prototype.once.call(emitter(this), event, anyFunction(listener));
    return this;
  }

  off(event: string | symbol, listener: AnyListener): this {
    prototype.off.call(emitter(this), event, anyFunction(listener));
    return this;
  }

  /** The same as {@link on}. */
  addListener(event: string | symbol, listener: AnyListener): this {
    return this.on(event, listener);
  }

  /** The same as {@link off}. */
  removeListener(event: string | symbol, listener: AnyListener): this {
    return this.off(event, listener);
  }

  removeAllListeners(event?: string | symbol): this {
    // Node looks at how many arguments there are.
    if (event === undefined) prototype.removeAllListeners.call(emitter(this));
    else prototype.removeAllListeners.call(emitter(this), event);
    return this;
  }

  /** Tells this side's listeners; nothing is sent. @returns whether there were any. */
  emit(event: string | symbol, ...args: readonly unknown[]): boolean {
    // Without a listener Node throws what an 'error' is about.
    if (this.listenerCount(event) === 0) return false;
    return prototype.emit.call(emitter(this), event, ...args);
  }

  listenerCount(event: string | symbol): number {
    return prototype.listenerCount.call(emitter(this), event);
  }
}

/** What Node's methods take for one of theirs: any object, whatever the type says. */
function emitter(object: object): EventEmitter {
  return object as EventEmitter;
}

/** Node's type for a listener, which takes any arguments. */
function anyFunction(listener: unknown): () => void {
  return listener as () => void;
}
