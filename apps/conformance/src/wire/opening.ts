import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { answerLike, type Agreement, type DeflateOffer, readAnswer, readOffer, writeOffer } from './deflate-offer.js';

/** What one opening handshake asks for. */
export interface Opening {
  /**
   * The offers of permessage-deflate, best first; the first is what must be accepted. A client under test makes an offer of
   * its own and is answered as the first says.
   */
  readonly deflate?: readonly DeflateOffer[];
  /** Extensions that stand before the offers, as they are written: unknown ones, or offers that can't be accepted. */
  readonly declined?: readonly string[];
  /** Whether the other end is left to its own terms: those that it has when it is told nothing but to compress. */
  readonly ownTerms?: boolean;
}

/** A socket behind its opening handshake. */
export interface Opened {
  readonly socket: Socket;
  /** What came behind the handshake in the same chunk. */
  readonly head: Buffer;
  /** Present where permessage-deflate was agreed upon. */
  readonly agreement: Agreement | undefined;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const END_OF_HEAD = '\r\n\r\n';

/** Opens as a client, byte for byte. RFC 6455 §4.1. */
export async function openAsClient(socket: Socket, opening: Opening): Promise<Opened> {
  const key = randomBytes(16).toString('base64');
  const offers = [...(opening.declined ?? []), ...(opening.deflate ?? []).map(writeOffer)];
  socket.write(
    'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n` +
      (offers.length === 0 ? '' : `Sec-WebSocket-Extensions: ${offers.join(', ')}\r\n`) +
      '\r\n',
  );
  const { lines, head } = await readHead(socket);
  if (!lines[0]?.startsWith('HTTP/1.1 101 ')) throw new Error(`the server answered ${String(lines[0])}`);
  if (field(lines, 'sec-websocket-accept') !== accept(key)) throw new Error('the server answered with a wrong key');
  const answered = field(lines, 'sec-websocket-extensions');
  const [offer] = opening.deflate ?? [];
  if (offer === undefined) {
    if (answered !== undefined) throw new Error(`the server answered ${answered} to no offer`);
    return { socket, head, agreement: undefined };
  }
  if (answered === undefined) throw new Error('the server declined permessage-deflate');
  return { socket, head, agreement: readAnswer(answered, offer) };
}

/** Opens as a server, byte for byte. RFC 6455 §4.2. */
export async function openAsServer(socket: Socket, opening: Opening): Promise<Opened> {
  const { lines, head } = await readHead(socket);
  const key = field(lines, 'sec-websocket-key');
  if (key === undefined) throw new Error('the client sent no key');
  const chosen = opening.deflate === undefined ? undefined : answer(field(lines, 'sec-websocket-extensions'), opening);
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept(key)}\r\n` +
      (chosen === undefined ? '' : `Sec-WebSocket-Extensions: ${chosen.answer}\r\n`) +
      '\r\n',
  );
  return { socket, head, agreement: chosen?.agreement };
}

/** What the driver answers to a client's offer: as the case says, or just as the client would have it. */
function answer(offered: string | undefined, { deflate, ownTerms }: Opening): ReturnType<typeof answerLike> {
  const [first] = offered?.split(',') ?? [];
  if (first === undefined) throw new Error('the client does not offer permessage-deflate');
  const own = readOffer(first);
  if (ownTerms === true) return answerLike(own);
  if (own.clientMaxWindowBits === undefined) throw new Error('the client does not offer client_max_window_bits');
  return answerLike(deflate?.[0] ?? {});
}

function accept(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** The first line and the header fields; the socket is paused behind them. */
async function readHead(socket: Socket): Promise<{ readonly lines: readonly string[]; readonly head: Buffer }> {
  let read = Buffer.alloc(0);
  for (;;) {
    const ended = new AbortController();
    const [chunk] = (await Promise.race([
      once(socket, 'data', { signal: ended.signal }),
      once(socket, 'close', { signal: ended.signal }).then(() => [undefined]),
    ])) as [Buffer | undefined];
    ended.abort();
    if (chunk === undefined) throw new Error('the connection ended in the opening handshake');
    socket.pause();
    read = Buffer.concat([read, chunk]);
    const end = read.indexOf(END_OF_HEAD);
    if (end !== -1) {
      return {
        lines: read.subarray(0, end).toString('latin1').split('\r\n'),
        head: read.subarray(end + END_OF_HEAD.length),
      };
    }
    socket.resume();
  }
}

function field(lines: readonly string[], name: string): string | undefined {
  const line = lines.slice(1).find((each) => each.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}
