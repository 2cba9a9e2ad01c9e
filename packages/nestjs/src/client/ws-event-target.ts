/** What listeners of `addEventListener` get, in the words of WHATWG and of `ws`. */
export interface WsEvent {
  readonly type: string;
  readonly target: object;
  /** Of `message`: text as a string, all else as bytes. */
  readonly data?: string | Buffer;
  /** Of `close`. */
  readonly code?: number;
  readonly reason?: string;
  readonly wasClean?: boolean;
  /** Of `error`. */
  readonly error?: Error;
  readonly message?: string;
}

export type WsEventListener = ((event: WsEvent) => void) | { handleEvent(event: WsEvent): void };

type Wrapper = (this: object, ...args: readonly unknown[]) => void;

/** For each listener, and each type, the one function that an emitter is given: so that it can be taken off again. */
const wrappers = new WeakMap<WsEventListener, Map<string, Wrapper>>();

/** What an emitter calls so that this listener gets an event; always the same for the same. */
export function wrapperOf(type: string, listener: WsEventListener): Wrapper {
  let ofListener = wrappers.get(listener);
  if (ofListener === undefined) wrappers.set(listener, (ofListener = new Map<string, Wrapper>()));
  let wrapper = ofListener.get(type);
  if (wrapper === undefined) {
    wrapper = function (this: object, ...args): void {
      const event = eventOf(type, this, args);
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    };
    ofListener.set(type, wrapper);
  }
  return wrapper;
}

function eventOf(type: string, target: object, [first, second]: readonly unknown[]): WsEvent {
  switch (type) {
    case 'message': {
      const data = first as Buffer;
      return { type, target, data: second === true ? data : data.toString() };
    }
    case 'close': {
      const { wasClean } = target as { readonly wasClean: boolean };
      return { type, target, code: first as number, reason: String(second), wasClean };
    }
    case 'error':
      return { type, target, error: first as Error, message: (first as Error).message };
    default:
      return { type, target };
  }
}
