/** The server's half of the opening handshake, as bytes for the socket. RFC 6455 §4.2.2. */

/** An HTTP answer instead of the 101. */
export interface Refusal {
  /** An HTTP status, 400–599. */
  readonly status: number;
  /** One sentence for the person who reads it: the body. */
  readonly reason: string;
  /** Further header fields. */
  readonly headers: Readonly<Record<string, string>>;
}

const REASON_PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

export function refuse(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Refusal {
  return { status, reason, headers };
}

/**
 * The text of an HTTP/1.1 response that refuses a handshake; the connection ends behind it.
 *
 * @param bodyLength - the length of `refusal.reason` in UTF-8, in bytes.
 */
export function serializeRefusal(refusal: Refusal, bodyLength: number): string {
  const headers: Record<string, string> = {
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(bodyLength),
    ...refusal.headers,
  };
  const phrase = REASON_PHRASES[refusal.status] ?? 'Refused';
  return `HTTP/1.1 ${String(refusal.status)} ${phrase}\r\n${headerBlock(headers)}\r\n${refusal.reason}`;
}

/** What a server's 101 says besides the four lines that it always has. */
export interface Acceptance {
  /** `Sec-WebSocket-Accept`. */
  readonly accept: string;
  /** The one subprotocol chosen from the client's; `undefined` for none. §4.2.2, item 5.5. */
  readonly subprotocol?: string | undefined;
  /** What was accepted of the client's extensions; `undefined` for none. §4.2.2, item 5.6. */
  readonly extensions?: string | undefined;
}

/** The text of the 101 Switching Protocols. */
export function serializeAcceptance({ accept, subprotocol, extensions }: Acceptance): string {
  const chosen =
    (subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`) +
    (extensions === undefined ? '' : `Sec-WebSocket-Extensions: ${extensions}\r\n`);
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`
  );
}

function headerBlock(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
