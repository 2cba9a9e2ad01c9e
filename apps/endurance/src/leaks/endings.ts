import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { buildFrame, bytes, concat, MASKING_KEY, upgradeRequest } from '@nestwire/test-support';
import type { Ports } from './server-under-watch.js';

/** One way in which a connection comes and goes. */
export interface Ending {
  readonly name: string;
  /** Resolves when the connection is gone. */
  readonly run: (ports: Ports, localAddress: string) => Promise<void>;
  /** How many at once: those that wait for a deadline have to wait together. */
  readonly atOnce: number;
}

const masked = { maskingKey: MASKING_KEY };
const HELLO = buildFrame({ opcode: 1, payload: 'Hello', ...masked });
const CLOSE = buildFrame({ opcode: 8, payload: Uint8Array.of(0x03, 0xe8), ...masked });
const PLEASE_CLOSE = buildFrame({ opcode: 1, payload: 'close', ...masked });
const PROTOCOL_ERROR = bytes('8f 80 00000000');
const UNFINISHED = buildFrame({ opcode: 2, payload: new Uint8Array(3000), ...masked }).subarray(0, 2000);

const AT_ONCE = 64;
/** Not more than the first ones, so that later ones need no more memory at a time. */
const ALL_WAIT = 1000;

/** What a socket does when it hears for the first, the second … time; behind the last it waits for the end. */
type Step = (socket: Socket) => void;

const write =
  (data: string | Uint8Array): Step =>
  (socket) =>
    void socket.write(data);
const end: Step = (socket) => void socket.end();
const reset: Step = (socket) => void socket.resetAndDestroy();
const wait: Step = () => undefined;

const UPGRADE = write(upgradeRequest());

function plain(port: (ports: Ports) => number, ...steps: readonly Step[]): Ending['run'] {
  return (ports, localAddress) =>
    follow(connect({ port: port(ports), host: '127.0.0.1', localAddress, allowHalfOpen: true }), 'connect', steps);
}

function secure(...steps: readonly Step[]): Ending['run'] {
  return ({ tls, authority }, localAddress) =>
    follow(
      connectTls({
        port: tls,
        host: '127.0.0.1',
        localAddress,
        ...(authority === '' ? {} : { ca: authority }),
      } as object),
      'secureConnect',
      steps,
    );
}

/** Takes a step when the socket is there, and one more each time that something comes in. */
function follow(socket: Socket, ready: string, steps: readonly Step[]): Promise<void> {
  return new Promise((resolve) => {
    let next = 0;
    const step = (): void => steps[next++]?.(socket);
    socket.on(ready, step).on('data', step);
    socket.on('end', () => socket.end());
    // How it ends is what the endings are about; that it does is what counts here.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

const toPlain = ({ plain: port }: Ports): number => port;
const toTls = ({ tls }: Ports): number => tls;
const toProxied = ({ proxied }: Ports): number => proxied;

export const ENDINGS: readonly Ending[] = [
  { name: 'clean, by the client', atOnce: AT_ONCE, run: plain(toPlain, UPGRADE, write(HELLO), write(CLOSE)) },
  { name: 'clean, by the server', atOnce: AT_ONCE, run: plain(toPlain, UPGRADE, write(PLEASE_CLOSE), write(CLOSE)) },
  { name: 'without a close frame', atOnce: AT_ONCE, run: plain(toPlain, UPGRADE, write(HELLO), end) },
  { name: 'reset', atOnce: AT_ONCE, run: plain(toPlain, UPGRADE, reset) },
  {
    name: 'reset in the middle of a frame',
    atOnce: AT_ONCE,
    run: plain(toPlain, UPGRADE, write(concat(HELLO, UNFINISHED)), reset),
  },
  { name: 'failed for a broken rule', atOnce: AT_ONCE, run: plain(toPlain, UPGRADE, write(PROTOCOL_ERROR)) },
  {
    name: 'refused: Origin (403)',
    atOnce: AT_ONCE,
    run: plain(toPlain, write(upgradeRequest('/', 'Origin: https://evil.example'))),
  },
  { name: 'refused: path (404)', atOnce: AT_ONCE, run: plain(toPlain, write(upgradeRequest('/nowhere'))) },
  { name: 'refused: no HTTP (400)', atOnce: AT_ONCE, run: plain(toPlain, write('\u0016\u0003\u0001')) },
  { name: 'refused: no PROXY header', atOnce: AT_ONCE, run: plain(toProxied, UPGRADE) },
  { name: 'timed out: no request (408)', atOnce: ALL_WAIT, run: plain(toPlain, write('GET / HTTP/1.1\r\n')) },
  { name: 'timed out: no PROXY header', atOnce: ALL_WAIT, run: plain(toProxied, write('PROXY TCP4 ')) },
  {
    name: 'timed out: the closing handshake',
    atOnce: ALL_WAIT,
    run: plain(toPlain, UPGRADE, write(PLEASE_CLOSE), wait),
  },
  { name: 'timed out: the TLS handshake', atOnce: ALL_WAIT, run: plain(toTls, write(Uint8Array.of(0x16, 0x03))) },
  { name: 'TLS failed: no TLS', atOnce: AT_ONCE, run: plain(toTls, UPGRADE) },
  {
    name: 'TLS failed: the server is not trusted',
    atOnce: AT_ONCE,
    run: (ports, localAddress) => secure()({ ...ports, authority: '' }, localAddress),
  },
  { name: 'clean, by TLS', atOnce: AT_ONCE, run: secure(UPGRADE, write(HELLO), write(CLOSE)) },
];
