import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Type } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from '@nestwire/engine';
import { CertificateAuthority, freePort, type IssuedCertificate, upgradeRequest } from '@nestwire/test-support';
import type { NestwireClient } from '../client/nestwire-client.js';
import { GatewayApp } from '../../spec/gateway-app.js';

let authority: CertificateAuthority;
let own: IssuedCertificate;
let alice: IssuedCertificate;
beforeAll(async () => {
  authority = await CertificateAuthority.create();
  own = await authority.issue();
  alice = await authority.issue({ client: 'alice' });
});

let app: GatewayApp | undefined;
afterEach(() => app?.stop());

/** A gateway that tells each client what is known of it. */
function gatewayOn(port: number): Type {
  @WebSocketGateway(port)
  class TellingGateway {
    @SubscribeMessage(1001)
    tell(@ConnectedSocket() { request }: NestwireClient): object {
      const { secure, remoteAddress, tls } = request;
      return { secure, remoteAddress, subject: tls?.peerCertificate?.subject, authorized: tls?.authorized };
    }
  }
  return TellingGateway;
}

describe("A gateway's own port, by TLS", () => {
  it('knows the certificate of its client', async () => {
    const port = await freePort();
    const tls = { key: own.key, cert: own.cert, requestCert: true, ca: authority.cert };
    app = await GatewayApp.start({ providers: [gatewayOn(port)] }, { ownPorts: { host: '127.0.0.1', tls } });
    const { key, cert } = alice;
    const answer = new Promise<string | Uint8Array>((resolve, reject) => {
      connect(`wss://127.0.0.1:${String(port)}/`, {
        tls: { ca: authority.cert, key, cert },
        onConnection: () => ({ onMessage: (_, message) => resolve(message) }),
      }).then((connection) => connection.send('{"userId":1,"code":1001}'), reject);
    });
    expect(JSON.parse(String(await answer))).toMatchObject({
      data: { secure: true, remoteAddress: '127.0.0.1', subject: 'CN=alice', authorized: true },
    });
    const stranger = connect(`wss://127.0.0.1:${String(port)}/`, {
      tls: { ca: authority.cert },
      onConnection: () => ({ onMessage: () => undefined }),
    });
    await expect(stranger).rejects.toMatchObject({ reason: 'tls', closeCode: 1015 });
  });

  it('behind a balancer that speaks the PROXY protocol, knows the address of its client', async () => {
    const port = await freePort();
    const tls = { key: own.key, cert: own.cert };
    const ownPorts = { host: '127.0.0.1', tls, proxyProtocol: { from: ['loopback'] } };
    app = await GatewayApp.start({ providers: [gatewayOn(port)] }, { ownPorts });
    const socket = connectTcp(port, '127.0.0.1');
    socket.write('PROXY TCP4 192.0.2.1 198.51.100.1 4711 443\r\n');
    const session = connectTls({ socket, host: '127.0.0.1', ca: authority.cert });
    // Masked with 0: the bytes are the text's.
    const text = Buffer.from('{"userId":1,"code":1001}');
    session.write(upgradeRequest());
    session.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
    const received = await new Promise<string>((resolve) => {
      let all = '';
      session.on('data', (chunk: Buffer) => {
        all += chunk.toString('latin1');
        if (all.includes('"data"')) resolve(all);
      });
    });
    expect(received).toContain('"remoteAddress":"192.0.2.1"');
    expect(received).toContain('"secure":true');
    session.destroy();
  });
});
