import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type ClientHandshake, type Refusal, refuse, Role } from '@nestwire/protocol';
import { serializeCloseBody } from '../connection/close-frame.js';

/** What `onHandshake` says. */
export type HandshakeDecision = HandshakeAcceptance | HandshakeRefusal | HandshakeClosure;

/** The 101. */
export interface HandshakeAcceptance {
  readonly kind: 'accept';
  /**
   * One of those that the client offered.
   * @default the first of the client's that the server knows; none, if it knows none
   */
  readonly subprotocol?: string;
  /** Whatever was found out: `onConnection` gets it. */
  readonly context?: unknown;
}

/** An HTTP response instead of the 101. Scripts in a browser can't read it: to them it is a 1006 like any other. */
export interface HandshakeRefusal {
  readonly kind: 'refuse';
  /** 400–599. */
  readonly status: number;
  /** The body, for the person who reads it; plain text unless `headers` says otherwise. */
  readonly reason: string;
  /** Further header fields, such as `Retry-After`; none that frame the message, which is the server's. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The 101, and a close frame at once: a refusal that scripts in a browser can read. `onConnection` is not told. */
export interface HandshakeClosure {
  readonly kind: 'close';
  /** What a server may send. */
  readonly closeCode: number;
  /** At most 123 bytes of UTF-8. */
  readonly closeReason?: string;
}

/** What frames a response or ends its connection: not to be said twice. */
const FRAMING = new Set(['connection', 'content-length', 'transfer-encoding', 'upgrade']);

/** A decision that the wire can carry. */
export type CheckedDecision =
  HandshakeAcceptance | HandshakeClosure | { readonly kind: 'refuse'; readonly refusal: Refusal };

/** @throws RangeError or TypeError for a decision that can't be carried out, and says why. */
export function checkDecision(decision: HandshakeDecision, handshake: ClientHandshake): CheckedDecision {
  switch (decision.kind) {
    case 'accept': {
      const { subprotocol } = decision;
      // "… if the server does not … the value … derived from the client's handshake", the client MUST fail (RFC 6455 §4.1).
      if (subprotocol !== undefined && !handshake.subprotocols.includes(subprotocol)) {
        throw new RangeError('onHandshake chose a subprotocol that the client has not offered');
      }
      return decision;
    }
    case 'refuse':
      return { kind: 'refuse', refusal: checkedRefusal(decision) };
    case 'close':
      serializeCloseBody(decision.closeCode, decision.closeReason ?? '', Role.Server);
      return decision;
    default:
      decision satisfies never;
      throw new TypeError("onHandshake returns { kind: 'accept' | 'refuse' | 'close', … }, or a promise of one");
  }
}

function checkedRefusal({ status, reason, headers = {} }: HandshakeRefusal): Refusal {
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw new RangeError(`A handshake is refused with a status from 400 to 599, not ${String(status)}`);
  }
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    if (FRAMING.has(name.toLowerCase())) throw new TypeError(`${name} of a refusal is the server's to set`);
  }
  return refuse(status, reason, headers);
}
