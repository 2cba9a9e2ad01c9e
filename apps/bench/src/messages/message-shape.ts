/** What a message looks like to the server that is to send it back. */
export type MessageForm =
  /** ASCII text. */
  | { readonly kind: 'text' }
  | { readonly kind: 'binary' }
  /** JSON with several fields, as compressible as JSON is. */
  | { readonly kind: 'json' }
  /** `{userId, code, data}`. */
  | { readonly kind: 'envelope'; readonly code: number }
  /** `{event, data}`, as platform-ws has it. */
  | { readonly kind: 'event'; readonly event: string }
  /** `42["event",data]`, as Socket.IO has it. */
  | { readonly kind: 'socket.io'; readonly event: string };

/** One kind of message, of one length. */
export interface MessageShape {
  readonly form: MessageForm;
  /** The payload's length in bytes, exactly. */
  readonly bytes: number;
}

const SEQUENCE_DIGITS = 6;

const FILLER = 'the quick brown fox jumps over the lazy dog ';

/**
 * A message's payload. No two sequence numbers up to a million have the same, so that a reply in another's place is found out.
 *
 * @throws RangeError where the form takes more bytes than the shape has.
 */
export function payloadOf({ form, bytes }: MessageShape, sequence: number): Buffer {
  const number = String(sequence).padStart(SEQUENCE_DIGITS, '0');
  if (form.kind === 'binary') return binary(number, bytes);
  const [before, after] = textAround(form, number);
  const room = bytes - before.length - after.length;
  if (room < 0) throw new RangeError(`A message of kind ${form.kind} has more than ${String(bytes)} bytes`);
  return Buffer.from(before + fill(form, sequence, room) + after);
}

function textAround(form: Exclude<MessageForm, { kind: 'binary' }>, number: string): readonly [string, string] {
  const data = `{"n":"${number}","text":"`;
  switch (form.kind) {
    case 'text':
      return [number, ''];
    case 'json':
      return [data, '"}'];
    case 'envelope':
      return [`{"userId":10001,"code":${String(form.code)},"data":${data}`, '"}}'];
    case 'event':
      return [`{"event":"${form.event}","data":${data}`, '"}}'];
    case 'socket.io':
      return [`42["${form.event}",${data}`, '"}]'];
  }
}

function fill({ kind }: MessageForm, sequence: number, room: number): string {
  if (kind !== 'json') return FILLER.repeat(Math.ceil(room / FILLER.length)).slice(0, room);
  // Rows with figures of their own: a text that repeats itself would compress to nothing.
  let text = '';
  for (let row = 0; text.length < room; row++) {
    const seed = ((sequence + 1) * 7919 + row * 104_729) % 1_000_003;
    text += `row ${String(row)} price ${String(seed)} volume ${String((seed * 31) % 9973)} state open; `;
  }
  return text.slice(0, room);
}

function binary(number: string, bytes: number): Buffer {
  const payload = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) payload[i] = (i * 7 + (i >>> 8)) & 0xff;
  payload.write(number, 0, 'latin1');
  return payload;
}
