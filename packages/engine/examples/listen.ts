import { readFileSync } from 'node:fs';
import { WsServer } from '@nestwire/engine';

const directory = process.env['CERTIFICATES'] ?? '/etc/app';
const certificate = () => ({ key: readFileSync(`${directory}/key.pem`), cert: readFileSync(`${directory}/cert.pem`) });

export const server = new WsServer({
  tls: { ...certificate(), requestCert: true, rejectUnauthorized: false },
  onConnection: ({ request }) => {
    console.log(request.remoteAddress, request.tls?.protocol, request.tls?.peerCertificate?.subject);
    return { onMessage: (connection, message) => void connection.send(message) };
  },
});

await server.listen(Number(process.env['PORT'] ?? 9001)); // 127.0.0.1
await server.listen(Number(process.env['PORT'] ?? 9001), '::1'); // once more: on one more address
await server.listen({ path: process.env['SOCKET'] ?? '/run/app/ws.sock' }); // a unix socket, or a named pipe of Windows

process.on('SIGHUP', () => server.setSecureContext(certificate())); // a renewed certificate, for those who come from now on
