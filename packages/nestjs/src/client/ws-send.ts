import { type SendOptions, SendResult, type WsConnection } from '@nestwire/engine';

/** What can be sent as it is: a string as text, all else as binary. */
export type WsData = string | ArrayBuffer | ArrayBufferView;

/**
 * Of `ws`; what compression and masking are is not up to a single message here, and `fin` can only be true. What `ws` does not know is what
 * becomes of a message to a client that reads too slowly.
 */
export interface WsSendOptions extends SendOptions {
  /** Whether it goes out as binary. @default what the data is */
  readonly binary?: boolean | undefined;
  readonly compress?: boolean | undefined;
  readonly mask?: boolean | undefined;
  readonly fin?: boolean | undefined;
}

/** Called once the operating system has what was sent; with an error where it never will. */
export type Written = (error?: Error) => void;

/**
 * Sends as `ws` does: `(data, cb)` or `(data, options, cb)`.
 *
 * @throws TypeError for what can't be sent as it is, or for a part of a message.
 */
export function sendAsWs(
  connection: WsConnection,
  data: WsData,
  optionsOrWritten: WsSendOptions | Written | undefined,
  written: Written | undefined,
): SendResult {
  const options = typeof optionsOrWritten === 'function' ? undefined : optionsOrWritten;
  const callback = typeof optionsOrWritten === 'function' ? optionsOrWritten : written;
  if (options?.fin === false)
    throw new TypeError('A message is sent whole: gather its fragments, and send them at once');
  const result = connection.send(inItsForm(data, options?.binary), options);
  if (callback !== undefined) whenWritten(connection, result, callback);
  return result;
}

/** Calls back when what was sent with this result is with the operating system. */
export function whenWritten(connection: WsConnection, result: SendResult, written: Written): void {
  if (result !== SendResult.Closed) return connection.whenWritten(written);
  process.nextTick(written, new Error(`WebSocket is not open: readyState ${String(connection.readyState)}`));
}

/** A ping's or a pong's payload, of which `ws` takes text as well. */
export function payloadOf(data: WsData | undefined): Uint8Array | undefined {
  if (data === undefined) return undefined;
  return typeof data === 'string' ? Buffer.from(data) : bytesOf(data);
}

/** What it takes on the wire, without frame and compression. */
export function byteLengthOf(data: WsData): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
}

function inItsForm(data: WsData, binary: boolean | undefined): string | Uint8Array {
  if (typeof data === 'string') return binary === true ? Buffer.from(data) : data;
  const bytes = bytesOf(data);
  return binary === false ? Buffer.from(bytes).toString() : bytes;
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  // What is nothing of the kind is refused by whoever sends it.
  if (!ArrayBuffer.isView(data)) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
