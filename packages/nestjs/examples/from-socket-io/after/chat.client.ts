import type { Chat, Show } from '../chat.js';
import { ChatCode } from './chat-code.js';
import { Connection } from './connection.js';

export function openChat(url: string, token: string, rooms: string[], show: Show): Chat {
  const join = (room: string): Promise<number[]> => connection.ask(ChatCode.Join, room) as Promise<number[]>;

  const connection = new Connection({
    url: `${url.replace(/^http/, 'ws')}/chat`,
    token: () => token,
    beatCode: ChatCode.Beat,
    // Also when it has come back: the server has forgotten the rooms.
    onOpen: () => {
      Promise.all(rooms.map(join)).then(
        (there) => show('joined', there),
        () => undefined, // Lost again before it was answered.
      );
    },
    onLost: (_closeCode, message, willReturn) => {
      if (willReturn) show('lost');
      else show('refused', message);
    },
    onMessage: ({ code, data, error }) => {
      if (error !== undefined) show('failed', error.message);
      else if (code === ChatCode.Said) show('said', data);
      else if (code === ChatCode.Typing) show('typing', data);
      else if (code === ChatCode.Whispered) show('whispered', data);
      else if (code === ChatCode.Left) show('left', data);
    },
  });

  return {
    join,
    say: (room, text) => connection.send(ChatCode.Say, { room, text }),
    typing: (room) => connection.send(ChatCode.Typing, room),
    whisper: (to, text) => connection.send(ChatCode.Whisper, { to, text }),
    close: () => connection.close(),
  };
}
