import { defineContract, entryOfCode, type InputOf, type OutputOf, type } from '@nestwire/envelope';
import { z } from 'zod';

/** In a file that the server and its clients import. */
export const chat = defineContract('chat', {
  // What a client sends, and what it is answered with.
  say: {
    code: 1001,
    request: z.object({ text: z.string().trim().min(1), room: z.string().default('lobby') }),
    reply: z.object({ heardBy: z.int() }),
  },
  // A stream of answers. A type alone checks nothing, and needs no library.
  history: { code: 1002, request: type<{ since: number }>(), reply: type<{ text: string }>(), stream: true },
  // What the server sends of its own accord.
  said: { code: 1003, push: type<{ text: string; room: string }>() },
});

const toSend: InputOf<typeof chat.say> = { text: 'hello' };
const answer: OutputOf<typeof chat.say> = { heardBy: 3 };
console.log(String(chat.say), toSend.text, answer.heardBy);
console.log(entryOfCode(chat, 1003)?.name, chat.history.stream);
