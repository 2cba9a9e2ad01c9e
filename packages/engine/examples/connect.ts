import { connect } from '@nestwire/engine';

const connection = await connect(process.env['URL'] ?? 'ws://127.0.0.1:9001/', {
  perMessageDeflate: true,
  handshakeTimeoutMs: 3000,
  onConnection: () => ({
    onMessage: (from, message) => {
      console.log('received', message);
      from.close(1000, 'thank you');
    },
    onClose: ({ closeCode, wasClean }) => console.log('ended', closeCode, wasClean),
  }),
});
connection.send('hello');
