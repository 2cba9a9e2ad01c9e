import { once } from 'node:events';
import { type ClientRequestArgs, createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { describe, jest } from '@jest/globals';
import {
  type ConnectionListener,
  type ConnectOptions,
  type ConnectionRequest,
  connect,
  systemClock,
  type WsConnection,
  type WsServerOptions,
} from '@nestwire/engine';
import {
  type CertificateAndKey,
  ConnectionLog,
  EngineBench,
  findNginx,
  hasNginxStream,
  Nginx,
  type NginxEdits,
  selfSignedCertificate,
  type Served,
} from '@nestwire/test-support';
import { type ClientOptions as WsClientOptions, WebSocket } from 'ws';

/** Real time, and processes on a machine that may be busy. */
jest.setTimeout(15_000);

const missing = findNginx() === undefined;
if (missing && !process.env['CI']) {
  process.stderr.write('Nothing is tested behind nginx: there is none; NESTWIRE_NGINX may name one.\n');
}

/** In CI an nginx that is missing is a failure; here it is somebody's laptop. */
export const describeBehindNginx = missing && !process.env['CI'] ? describe.skip : describe;

export const describeBehindNginxStream = hasNginxStream() || process.env['CI'] ? describe : describe.skip;

/** What `ws` takes. */
type ClientOptions = WsClientOptions & Pick<ClientRequestArgs, 'localAddress' | 'lookup'>;

/** What a handshake was answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let certificate: CertificateAndKey | undefined;

/** Servers, an nginx in front of them, and clients of it, in real time. */
export class NginxBench extends EngineBench {
  /** nginx with one of the documented sites. */
  async nginx(site: string, edits: NginxEdits = {}): Promise<Nginx> {
    const nginx = await Nginx.start({ site, edits, certificate: await this.certificate() });
    this.defer(() => nginx.dispose());
    return nginx;
  }

  /** The certificate of `localhost`, which all clients here know. */
  async certificate(): Promise<CertificateAndKey> {
    return (certificate ??= await selfSignedCertificate());
  }

  /** A server that believes the proxies on this machine. nginx's time is real, so the server's is. */
  async node(options: Partial<WsServerOptions> = {}, listener: Partial<ConnectionListener> = {}): Promise<Served> {
    return this.serve({ ...believing('127.0.0.1'), ...options }, listener);
  }

  /** One whose requests, and whatever else they carry, can be looked at. */
  async nodeOn(
    http: HttpServer,
    port: number,
    options: Partial<WsServerOptions> = {},
    listener: Partial<ConnectionListener> = {},
  ): Promise<Served> {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    this.defer(() => {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    });
    return this.create({ ...believing('127.0.0.1'), server: http, ...options }, listener);
  }

  /** A `ws` client, open. */
  async ws(nginx: Nginx, path = '/', options: ClientOptions = {}): Promise<WebSocket> {
    const socket = this.wsUnopened(nginx, path, options);
    await once(socket, 'open');
    return socket;
  }

  /** What a `ws` client is refused with. */
  async refused(nginx: Nginx, path = '/', options: ClientOptions = {}): Promise<Answer> {
    const socket = this.wsUnopened(nginx, path, options);
    socket.on('error', () => undefined);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: Buffer.concat(chunks).toString(),
    };
  }

  /** Our own client, open. */
  async own(
    nginx: Nginx,
    path = '/',
    options: Partial<ConnectOptions> = {},
  ): Promise<{ connection: WsConnection; log: ConnectionLog }> {
    const log = new ConnectionLog();
    const connection = await connect(`wss://localhost:${String(nginx.port)}${path}`, {
      onConnection: () => log,
      tls: { ca: this.ca },
      ...options,
    });
    this.defer(() => connection.terminate());
    return { connection, log };
  }

  get ca(): string {
    if (certificate === undefined) throw new Error('Call nginx() first: it makes the certificate');
    return certificate.cert;
  }

  /** A `ws` client that may still be opened or refused. */
  wsUnopened(nginx: Nginx, path: string, options: ClientOptions = {}): WebSocket {
    const socket = new WebSocket(`wss://localhost:${String(nginx.port)}${path}`, {
      ca: this.ca,
      perMessageDeflate: false,
      ...options,
    });
    this.defer(() => socket.terminate());
    return socket;
  }
}

/** An HTTP server that notes what the upgrades say which reach it. */
export function notingServer(): { http: HttpServer; upgrades: IncomingMessage[] } {
  const upgrades: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    response
      .writeHead(200, { 'Content-Type': 'text/plain' })
      .end(`${String(request.method)}, Upgrade: ${String(request.headers.upgrade)}`);
  });
  http.on('upgrade', (request) => void upgrades.push(request));
  return { http, upgrades };
}

/** A client with this address of this machine. */
export function from(localAddress: string): ClientOptions {
  // Over IPv6, where localhost may lead first, it would have another.
  return {
    localAddress,
    lookup: (_name, { all }, callback) =>
      all === true ? callback(null, [LOOPBACK]) : callback(null, LOOPBACK.address, 4),
  };
}

const LOOPBACK = { address: '127.0.0.1', family: 4 };

/** The code and reason that a `ws` client sees. */
export async function closeOf(socket: WebSocket): Promise<[code: number, reason: string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

export async function messageOf(socket: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> {
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
  return { data, isBinary };
}

export const echo: Partial<ConnectionListener> = {
  onMessage: (connection, message) => void connection.send(message),
};

/** Answers whatever comes with what the server knows of the client. */
export const tellRequest: Partial<ConnectionListener> = {
  onMessage: (connection) => void connection.send(JSON.stringify(connection.request)),
};

/** What the server knows of this client. */
export async function requestOf(socket: WebSocket): Promise<Partial<ConnectionRequest>> {
  const message = messageOf(socket);
  socket.send('who am I?');
  return JSON.parse((await message).data.toString()) as Partial<ConnectionRequest>;
}

function believing(...addresses: string[]): Partial<WsServerOptions> {
  return { clock: systemClock, trustedProxies: { addresses } };
}
