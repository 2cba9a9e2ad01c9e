import { once } from 'node:events';
import { connect } from 'node:net';
import { NestwireCloseCode } from '@nestwire/nestjs';
import { Opcode } from '@nestwire/protocol';
import { upgradeRequest } from '@nestwire/test-support';
import type { Conversation } from './conversation.js';
import type { Target } from './link.js';
import type { RawLink } from './raw-link.js';
import type { SwarmContext } from './swarm-context.js';
import { SoakCloseCode } from '../codes.js';

interface Named {
  readonly name: string;
  /** What it may come to: which close code the server's frame has, 1006 for none; or which status its refusal. */
  readonly outcomes: readonly string[];
}

/** A way in which a connection comes to its end, or a request for one to none. */
export type Ending = Named &
  (
    | { readonly end: (link: RawLink, conversation: Conversation) => void }
    | { readonly request: (context: SwarmContext) => Promise<string> }
  );

const closedWith = (...codes: number[]): string[] => codes.map((code) => `closed with ${String(code)}`);
const RESERVED_OPCODE = Buffer.from('8f8000000000', 'hex');
const OVER_THE_LIMIT = 66_000;
const UNFINISHED = Buffer.concat([Buffer.from('82fe0fa000000000', 'hex'), Buffer.alloc(500)]);
/** More than the server bears with. */
const MALFORMED = 10;

const CONNECTIONS: readonly Ending[] = [
  { name: 'close frame', outcomes: closedWith(1000), end: (link) => link.close() },
  { name: 'FIN, no close frame', outcomes: closedWith(1006), end: (link) => void link.socket.end() },
  { name: 'reset', outcomes: closedWith(1006), end: (link) => void link.socket.resetAndDestroy() },
  {
    name: 'reset within a frame',
    outcomes: closedWith(1006),
    end: ({ socket }) => void socket.write(UNFINISHED, () => socket.resetAndDestroy()),
  },
  {
    name: 'reset, with work under way',
    outcomes: closedWith(1006),
    end: ({ socket }, conversation) => {
      conversation.askSlow();
      conversation.askForNumbers(1000);
      conversation.askEcho();
      setTimeout(() => socket.resetAndDestroy(), 5);
    },
  },
  {
    name: 'close frame, with work under way',
    outcomes: closedWith(1000),
    end: (link, conversation) => {
      conversation.askSlow();
      conversation.cancel(conversation.askForNumbers(1000));
      conversation.askEcho();
      link.close();
    },
  },
  { name: 'terminated', outcomes: closedWith(1006), end: (_, conversation) => conversation.askForTheEnd('terminate') },
  {
    name: 'disconnected',
    outcomes: closedWith(SoakCloseCode.AsAsked),
    end: (_, conversation) => conversation.askForTheEnd('disconnect'),
  },
  {
    name: 'disconnected by an exception',
    outcomes: closedWith(SoakCloseCode.Thrown),
    end: (_, conversation) => conversation.askForTheEnd('exception'),
  },
  {
    name: 'half-open: no answer to the close frame',
    outcomes: closedWith(SoakCloseCode.AsAsked),
    end: (link, conversation) => {
      link.mute = true;
      conversation.askForTheEnd('disconnect');
    },
  },
  { name: 'a broken rule', outcomes: closedWith(1002), end: (link) => link.write(RESERVED_OPCODE) },
  { name: 'invalid UTF-8', outcomes: closedWith(1007), end: (link) => link.frame(Opcode.Text, Buffer.from([0xc0])) },
  {
    name: 'over the size limit',
    outcomes: closedWith(1009),
    end: (link) => link.frame(Opcode.Text, Buffer.alloc(OVER_THE_LIMIT, 'a')),
  },
  {
    name: 'malformed messages, repeated',
    outcomes: closedWith(NestwireCloseCode.Malformed),
    end: (_, conversation) => conversation.sayWrong(MALFORMED),
  },
];

const REQUESTS: readonly Ending[] = [
  {
    name: 'refused by a guard',
    outcomes: ['refused with 403'],
    request: (context) => open(context, context.target('churn').path + '&refuse'),
  },
  { name: 'refused: nobody', outcomes: ['refused with 401'], request: (context) => open(context, '/soak') },
  { name: 'refused: no such path', outcomes: ['refused with 404'], request: (context) => open(context, '/nowhere') },
  {
    name: 'refused: Origin',
    outcomes: ['refused with 403'],
    request: (context) => answerTo(context, upgradeRequest('/soak?user=1', 'Origin: https://evil.example')),
  },
  {
    name: 'refused: no HTTP',
    outcomes: ['refused with 400'],
    request: (context) => answerTo(context, '\u0016\u0003\u0001'),
  },
  {
    name: 'gone within the handshake',
    outcomes: ['gone'],
    request: (context) => abandon(context, upgradeRequest('/soak?user=1').slice(0, 60)),
  },
  {
    name: 'gone before its answer',
    outcomes: ['gone'],
    request: (context) => abandon(context, upgradeRequest('/soak?user=1&kind=churn')),
  },
];

export const ENDINGS: readonly Ending[] = [...CONNECTIONS, ...REQUESTS];

function open(context: SwarmContext, path: string): Promise<string> {
  return answerTo(context, upgradeRequest(path));
}

/** The status of the answer to what is sent. */
async function answerTo(context: SwarmContext, request: string): Promise<string> {
  const socket = connectFrom(context.target('churn'));
  socket.write(request);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.on('end', () => socket.end());
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return `refused with ${/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'nothing'}`;
}

async function abandon(context: SwarmContext, request: string): Promise<string> {
  const socket = connectFrom(context.target('churn'));
  socket.write(request, () => socket.resetAndDestroy());
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return 'gone';
}

function connectFrom({ port, localAddress }: Target) {
  return connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
}
