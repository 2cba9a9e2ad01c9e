import { Deadline, SendResult, type WsConnection, WsServer } from '@nestwire/engine';

/** Well below the proxy's `proxy_read_timeout` of 60 s. */
const PING_MS = Number(process.env['PING_MS'] ?? 25_000);

/** Pings one connection again and again; all of them hang on the server's one timer. */
class Pinger extends Deadline {
  constructor(private readonly connection: WsConnection) {
    super();
  }

  override onDeadline(): void {
    if (this.connection.ping() !== SendResult.Closed) server.wheel.arm(this, PING_MS);
  }
}

export const server = new WsServer({
  // What nginx says of its clients is believed, and nobody else's word.
  trustedProxies: { addresses: ['127.0.0.1'] },
  onConnection: (connection) => {
    const pinger = new Pinger(connection);
    server.wheel.arm(pinger, PING_MS);
    return {
      onMessage: ({ request }) => void connection.send(`${String(request.remoteAddress)} asked for ${request.host}`),
      onClose: () => server.wheel.disarm(pinger),
    };
  },
});

export const { port } = await server.listen(Number(process.env['PORT'] ?? 9002));
