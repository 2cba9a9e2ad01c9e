/** "Control frames MUST have a payload length of 125 bytes or less" (RFC 6455 §5.5), and two of them are the code. */
export const MAX_CLOSE_REASON_BYTES = 123;

/** What a close reason says, beside or instead of a text. */
export interface CloseReason {
  /** For people. */
  readonly message?: string;
  /** How long a client waits before it comes again, in milliseconds; an integer from 0. */
  readonly retryAfter?: number;
  /** Where a client that came to the wrong node should go (4421). */
  readonly url?: string;
}

/**
 * A reason as JSON, `{"retryAfter":1500,"message":"…"}`; as plain text, if there is a message only that does not look like JSON.
 *
 * @throws RangeError for a reason over 123 bytes of UTF-8, or a `retryAfter` that is none.
 */
export function buildCloseReason({ retryAfter, url, message }: CloseReason): string {
  if (retryAfter !== undefined && !isDelay(retryAfter)) {
    throw new RangeError(`retryAfter is an integer of milliseconds from 0, not ${String(retryAfter)}`);
  }
  const isPlain = retryAfter === undefined && url === undefined && message?.startsWith('{') !== true;
  const reason = isPlain ? (message ?? '') : JSON.stringify({ retryAfter, url, message });
  const bytes = utf8Length(reason);
  if (bytes > MAX_CLOSE_REASON_BYTES) {
    throw new RangeError(
      `A close reason has at most ${String(MAX_CLOSE_REASON_BYTES)} bytes of UTF-8, and this one ${String(bytes)}: shorten its message`,
    );
  }
  return reason;
}

/**
 * Reads a reason, whatever a peer made of it: what is no JSON object is plain text, and a field that is not what it should be
 * is left out.
 */
export function parseCloseReason(reason: string): CloseReason {
  const fields = reason.startsWith('{') ? parseObject(reason) : undefined;
  if (fields === undefined) return reason === '' ? {} : { message: reason };
  const { message, retryAfter, url } = fields;
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(isDelay(retryAfter) ? { retryAfter } : {}),
    ...(typeof url === 'string' ? { url } : {}),
  };
}

/** As much of a text as a close frame holds: 123 bytes of UTF-8, and no half character. */
export function fitCloseReason(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > MAX_CLOSE_REASON_BYTES) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** Bytes in UTF-8; a lone surrogate goes out as U+FFFD, which has three. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}

function isDelay(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
