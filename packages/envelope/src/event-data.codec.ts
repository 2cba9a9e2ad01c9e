import {
  type DecodedEnvelope,
  type DecodedReply,
  isCode,
  type MalformedEnvelope,
  NO_CODE,
  type OutgoingEnvelope,
} from './envelope.js';
import type { TextEnvelopeCodec } from './envelope-codec.js';
import { MAX_JSON_DEPTH, parseJson } from './parse-json.js';
import { checkOutgoing, malformed, validateEnvelope, validateReply } from './validate-envelope.js';
import { writeJson } from './write-json.js';

export interface EventDataOptions {
  /**
   * The code of each event, for clients that know events by names. Without one, an event is a code: `1001`, or `"1001"`.
   * @default {}
   */
  readonly events?: Readonly<Record<string, number>>;
  /**
   * Speak as `@nestjs/platform-ws` does to the letter, for clients that stay as they are: a reply is the handler's value as it stands, and
   * no field but `event` and `data` is read or written. Then a client can't tell which reply is whose, unless handlers return
   * `{event, data}`, and there is neither `userId` nor `id`.
   * @default false
   */
  readonly bare?: boolean;
}

/** The event of what went wrong, in the words of `@nestjs/platform-ws`. */
const EXCEPTION = 'exception';

const DECIMAL = /^[1-9][0-9]{0,9}$/;

type Fields = Record<string, unknown>;
type Parsed =
  { readonly ok: false; readonly malformed: MalformedEnvelope } | { readonly ok: true; readonly fields: Fields };

/**
 * `{"event":…,"data":…}` in text messages, as `@nestjs/platform-ws` speaks it, so that an application can move over and leave
 * its clients as they are. A reply has the request's event; a handler that returns `{event, data}` (Nest's `WsResponse`) names
 * another. What goes wrong is `{"event":"exception","data":{"status":"error","message":…}}`, with the HTTP status as
 * `statusCode` and the request's event as `cause.pattern`; the request's data, which `platform-ws` has there as well, is not
 * echoed. An event that nobody gave a code is a 404.
 *
 * The envelope's other fields (`userId`, `id`, `done`, `cancel`, `traceparent`) stand beside `event` and `data` where they are used, unless
 * the codec is `bare`.
 */
export class EventDataCodec implements TextEnvelopeCodec {
  readonly name = 'nestwire.v1.event-data';
  readonly opcode = 'text';
  readonly userIdOptional = true;
  readonly bare: boolean;

  private readonly codes = new Map<string, number>();
  private readonly names = new Map<number, string>();

  /** @throws RangeError for an event whose code is none; Error for one that can't be told from another. */
  constructor({ events = {}, bare = false }: EventDataOptions = {}) {
    this.bare = bare;
    for (const [event, code] of Object.entries(events)) {
      if (!isCode(code)) {
        throw new RangeError(`The code of ${event} must be an integer from 1 to 2147483647; it is ${String(code)}`);
      }
      // Bare clients may say what they like: what goes wrong is told to them, and not by them.
      if (event === EXCEPTION && !bare)
        throw new Error(`The event ${EXCEPTION} says what went wrong: name yours otherwise`);
      const number = codeIn(event);
      if (number !== NO_CODE && number !== code) {
        throw new Error(`The event ${event} is the code ${event} already: it can't be ${String(code)}`);
      }
      const other = this.names.get(code);
      if (other !== undefined) {
        throw new Error(`${other} and ${event} both have the code ${String(code)}: give one of them another`);
      }
      this.codes.set(event, code);
      this.names.set(code, event);
    }
  }

  /** @throws TypeError where `data` holds a BigInt or itself; RangeError for a code or an id that is none. */
  encode(envelope: OutgoingEnvelope): string {
    checkOutgoing(envelope);
    if (!this.bare) return this.encodeWhole(envelope);
    const { code, data, error, reply } = envelope;
    return reply === true ? writeJson(data) : this.encodeWhole(error === undefined ? { code, data } : { code, error });
  }

  private encodeWhole({ userId, code, id, data, error, done, cancel, traceparent }: OutgoingEnvelope): string {
    if (error !== undefined) {
      const { status: statusCode, message, details } = error;
      const cause = code === NO_CODE ? undefined : { pattern: this.eventOf(code) };
      return writeJson({
        event: EXCEPTION,
        data: { status: 'error', message, statusCode, details, cause },
        userId,
        id,
      });
    }
    if (isWsResponse(data)) return writeJson({ event: data.event, data: data.data, userId, id, traceparent });
    return writeJson({ event: this.eventOf(code), data, userId, id, done, cancel, traceparent });
  }

  decode(message: string): DecodedEnvelope {
    const parsed = parse(message);
    if (!parsed.ok) return parsed;
    const { event, userId, data, id, cancel, traceparent } = parsed.fields;
    const code = this.codeOf(event);
    if (this.bare) return { ok: true, envelope: { userId: undefined, code, data, id: undefined, cancel: false } };
    if (code !== NO_CODE) return validateEnvelope({ userId, code, data, id, cancel, traceparent });
    // An event of another name is in order; it is for nobody here. The rules for the other fields are the same.
    const decoded = validateEnvelope({ userId, code: 1, data, id, cancel, traceparent });
    if (!decoded.ok) return { ok: false, malformed: { ...decoded.malformed, code: NO_CODE } };
    return { ok: true, envelope: { ...decoded.envelope, code: NO_CODE } };
  }

  decodeReply(message: string): DecodedReply {
    const parsed = parse(message);
    if (!parsed.ok) return parsed;
    const { event, userId, data, id, done } = parsed.fields;
    if (event !== EXCEPTION) return validateReply({ userId, code: this.codeOf(event), data, id, done });
    const { message: text, statusCode: status = 500, details, cause } = fieldsOf(data);
    const error = details === undefined ? { status, message: text } : { status, message: text, details };
    return validateReply({ userId, code: this.codeOf(fieldsOf(cause)['pattern']), id, error });
  }

  private eventOf(code: number): string {
    return this.names.get(code) ?? String(code);
  }

  private codeOf(event: unknown): number {
    if (isCode(event)) return event;
    if (typeof event !== 'string') return NO_CODE;
    return this.codes.get(event) ?? codeIn(event);
  }
}

/** The code that an event spells out; {@link NO_CODE} if it is a name. */
function codeIn(event: string): number {
  const code = DECIMAL.test(event) ? Number(event) : NO_CODE;
  return isCode(code) ? code : NO_CODE;
}

function parse(message: string): Parsed {
  const value = parseJson(message);
  if (value === undefined) return malformed(`A message must be JSON, at most ${String(MAX_JSON_DEPTH)} levels deep`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return malformed('A message must be an object');
  }
  const fields = value as Fields;
  const { event } = fields;
  if (typeof event === 'string' || isCode(event)) return { ok: true, fields };
  return malformed('event must be a string, or an integer from 1 to 2147483647', { ...fields, code: NO_CODE });
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** What a handler of a `platform-ws` application returns in order to answer under another event. */
function isWsResponse(value: unknown): value is { readonly event: string; readonly data?: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (typeof (value as Fields)['event'] !== 'string') return false;
  return Object.keys(value).every((key) => key === 'event' || key === 'data');
}
