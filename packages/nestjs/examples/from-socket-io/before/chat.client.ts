import { io } from 'socket.io-client';
import type { Chat, Show } from '../chat.js';

export function openChat(url: string, token: string, rooms: string[], show: Show): Chat {
  const socket = io(`${url}/chat`, { auth: { token }, reconnectionDelay: 500, forceNew: true });
  const join = (room: string): Promise<number[]> => socket.timeout(5000).emitWithAck('join', room) as Promise<number[]>;

  // Also when it has come back: the server has forgotten the rooms.
  socket.on('connect', () => {
    Promise.all(rooms.map(join)).then(
      (there) => show('joined', there),
      () => undefined, // Lost again before it was answered.
    );
  });
  socket.on('connect_error', ({ message }) => {
    if (!socket.active) show('refused', message);
  });
  socket.on('disconnect', (reason) => {
    if (reason !== 'io client disconnect') show('lost');
  });
  socket.on('said', (said) => show('said', said));
  socket.on('typing', (typing) => show('typing', typing));
  socket.on('whispered', (whispered) => show('whispered', whispered));
  socket.on('left', (left) => show('left', left));
  socket.on('exception', ({ message }: { message: string }) => show('failed', message));

  return {
    join,
    say: (room, text) => void socket.emit('say', { room, text }),
    typing: (room) => void socket.emit('typing', room),
    whisper: (to, text) => void socket.emit('whisper', { to, text }),
    close: () => void socket.close(),
  };
}
