/** What a client does after a connection was closed with a code. */
export const ReconnectRule = {
  /** Stays away. */
  Never: 'never',
  /** Reconnects at once, but only once: if the connection lived under 60 s, it is `backoff`. */
  Now: 'now',
  /** Reconnects after a growing, random delay. */
  Backoff: 'backoff',
  /** Fetches a new token and tries once, then `never`. */
  Reauth: 'reauth',
} as const;

export type ReconnectRule = (typeof ReconnectRule)[keyof typeof ReconnectRule];

/** Who may send a code. */
export type CloseCodeSender = 'server' | 'client' | 'both' | 'nobody';

export interface CloseCodeEntry {
  /** 1000–4999. */
  readonly code: number;
  readonly name: string;
  /** When it is used, in one line. */
  readonly meaning: string;
  readonly sender: CloseCodeSender;
  readonly client: ReconnectRule;
}

/** Nestwire's own close codes, 4400–4499, which servers alone send. */
export const NestwireCloseCode = {
  Malformed: 4400,
  Unauthenticated: 4401,
  Forbidden: 4403,
  NotFound: 4404,
  Silent: 4408,
  Replaced: 4409,
  Misdirected: 4421,
  TooManyMessages: 4429,
  SlowConsumer: 4490,
} as const;

export type NestwireCloseCode = (typeof NestwireCloseCode)[keyof typeof NestwireCloseCode];

/** RFC 6455 §7.4.1, the IANA registry of §11.7, and Nestwire's own. */
// prettier-ignore
export const CLOSE_CODES: readonly CloseCodeEntry[] = [
  { code: 1000, name: 'NormalClosure', meaning: 'normal closure', sender: 'both', client: 'never' },
  { code: 1001, name: 'GoingAway', meaning: 'going away: the server stops, the page leaves', sender: 'both', client: 'backoff' },
  { code: 1002, name: 'ProtocolError', meaning: 'protocol error', sender: 'both', client: 'never' },
  { code: 1003, name: 'UnsupportedData', meaning: 'unsupported data', sender: 'both', client: 'never' },
  { code: 1004, name: 'Reserved', meaning: 'reserved', sender: 'nobody', client: 'never' },
  { code: 1005, name: 'NoStatusReceived', meaning: 'no status received (local only)', sender: 'nobody', client: 'backoff' },
  { code: 1006, name: 'AbnormalClosure', meaning: 'abnormal closure (local only)', sender: 'nobody', client: 'backoff' },
  { code: 1007, name: 'InvalidPayload', meaning: 'inconsistent data (invalid UTF-8)', sender: 'both', client: 'never' },
  { code: 1008, name: 'PolicyViolation', meaning: 'policy violation', sender: 'both', client: 'never' },
  { code: 1009, name: 'MessageTooBig', meaning: 'message too big', sender: 'both', client: 'never' },
  { code: 1010, name: 'ExtensionRequired', meaning: 'extension required (named in the reason)', sender: 'client', client: 'never' },
  { code: 1011, name: 'UnexpectedCondition', meaning: 'unexpected condition', sender: 'server', client: 'backoff' },
  { code: 1012, name: 'ServiceRestart', meaning: 'service restart', sender: 'server', client: 'now' },
  { code: 1013, name: 'TryAgainLater', meaning: 'try again later', sender: 'server', client: 'backoff' },
  { code: 1014, name: 'BadGateway', meaning: 'bad gateway', sender: 'server', client: 'backoff' },
  { code: 1015, name: 'TlsHandshake', meaning: 'TLS handshake failure (local only)', sender: 'nobody', client: 'backoff' },
  { code: 3000, name: 'Unauthorized', meaning: 'unauthorized', sender: 'both', client: 'reauth' },
  { code: 3003, name: 'IanaForbidden', meaning: 'forbidden', sender: 'both', client: 'never' },
  { code: 4400, name: 'Malformed', meaning: 'malformed messages, repeatedly', sender: 'server', client: 'never' },
  { code: 4401, name: 'Unauthenticated', meaning: 'not authenticated in time, or no longer', sender: 'server', client: 'reauth' },
  { code: 4403, name: 'Forbidden', meaning: 'forbidden', sender: 'server', client: 'never' },
  { code: 4404, name: 'NotFound', meaning: 'no such path', sender: 'server', client: 'never' },
  { code: 4408, name: 'Silent', meaning: 'silent for longer than the heartbeat allows', sender: 'server', client: 'now' },
  { code: 4409, name: 'Replaced', meaning: 'replaced by a newer connection of the same user', sender: 'server', client: 'never' },
  { code: 4421, name: 'Misdirected', meaning: 'this node does not own the key; the owner is in the reason', sender: 'server', client: 'now' },
  { code: 4429, name: 'TooManyMessages', meaning: 'too many messages', sender: 'server', client: 'backoff' },
  { code: 4490, name: 'SlowConsumer', meaning: 'slow consumer: outbound queue over its limit', sender: 'server', client: 'backoff' },
];

const ENTRIES: ReadonlyMap<number, CloseCodeEntry> = new Map(CLOSE_CODES.map((entry) => [entry.code, entry]));

/** The entry of a code; codes of the application that nobody named are `backoff`, sent by both. */
export function closeCodeEntry(code: number): CloseCodeEntry {
  const entry = ENTRIES.get(code);
  if (entry !== undefined) return entry;
  const open = (code >= 3000 && code <= 4399) || (code >= 4500 && code <= 4999);
  return {
    code,
    name: open ? 'Application' : 'Unassigned',
    meaning: open ? "the application's or a library's own" : 'not assigned',
    sender: open ? 'both' : code >= 4400 && code <= 4499 ? 'server' : 'nobody',
    client: 'backoff',
  };
}
