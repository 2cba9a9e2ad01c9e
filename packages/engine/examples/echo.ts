import { WsServer } from '@nestwire/engine';

export const server = new WsServer({
  onConnection: (connection) => {
    console.log('opened', connection.request.path);
    return {
      onMessage: (_, message) => void connection.send(message),
      onClose: ({ closeCode, wasClean }) => console.log('closed', closeCode, wasClean),
    };
  },
});

const { port } = await server.listen(Number(process.env['PORT'] ?? 9001));
console.log(`listening ws://127.0.0.1:${String(port)}/`);
