import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EngineBench, upgradeRequest } from '@nestwire/test-support';
import type { AdmissionOptions } from './admission.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** The answer to a handshake with these lines; `Host` is localhost unless the target says otherwise. */
async function answerTo(options: AdmissionOptions, lines: readonly string[], target?: string) {
  const { port, opened, server } = await bench.serve(options);
  const client = await bench.connect(port);
  client.write(upgradeRequest(target, ...lines).replace('Host: localhost', `Host: localhost:${String(port)}`));
  const { status, body } = await client.response();
  const request = status === 101 ? (await opened).request : undefined;
  return { status, body, port, request, connections: server.connections.size };
}

describe('Origin (RFC 6455 §4.2.2: "an appropriate HTTP error code (e.g., 403 Forbidden)")', () => {
  it('403 with a reason for a page from elsewhere', async () => {
    const answer = await answerTo({}, ['Origin: https://evil.example']);
    expect(answer).toMatchObject({ status: 403, connections: 0 });
    expect(answer.body).toMatch(/Origin/);
  });

  it('403 for null, for two, and for none where one is required', async () => {
    expect((await answerTo({}, ['Origin: null'])).status).toBe(403);
    expect((await answerTo({ origins: ['http://a'] }, ['Origin: http://a', 'Origin: http://a'])).status).toBe(403);
    expect((await answerTo({ allowNoOrigin: false }, [])).status).toBe(403);
  });

  it('101 for a listed one, which is a fact of the connection', async () => {
    const { status, request } = await answerTo({ origins: ['https://*.example'] }, ['Origin: https://a.example']);
    expect(status).toBe(101);
    expect(request).toMatchObject({ origin: 'https://a.example', secure: undefined });
  });
});

describe('Host', () => {
  it('403 for a name that was made to point here', async () => {
    const { status, body } = await answerTo({}, [], 'http://evil.example/');
    expect(status).toBe(403);
    expect(body).toMatch(/Host/);
  });

  it('403 for the pages of such a name, whose Origin is the same as the Host', async () => {
    expect((await answerTo({}, ['Origin: http://evil.example'], 'http://evil.example/')).status).toBe(403);
  });

  it('101 for a listed one, which an absolute target names against Host (RFC 9112 §3.2.2)', async () => {
    const { status, request } = await answerTo(
      { hosts: ['dev.example'] },
      ['Origin: http://dev.example'],
      'http://dev.example/',
    );
    expect(status).toBe(101);
    expect(request?.host).toBe('dev.example');
  });
});

describe('Trusted proxies', () => {
  const lines = ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: app.example'];

  it('tell the client from themselves, and its origin is compared with what it asked for', async () => {
    const options = { trustedProxies: { addresses: ['loopback'] } };
    const { status, request } = await answerTo(options, [...lines, 'Origin: https://app.example']);
    expect(status).toBe(101);
    expect(request).toMatchObject({
      remoteAddress: '203.0.113.7',
      peerAddress: '127.0.0.1',
      secure: true,
      host: 'app.example',
    });
    expect((await answerTo(options, [...lines, 'Origin: http://app.example'])).status).toBe(403);
  });

  it('are nobody unless they are listed', async () => {
    const { request, port } = await answerTo({}, lines);
    expect(request).toMatchObject({ remoteAddress: '127.0.0.1', secure: undefined, host: `localhost:${String(port)}` });
  });

  it('400 where one says what can not be', async () => {
    const { status } = await answerTo({ trustedProxies: { addresses: ['loopback'] } }, ['X-Forwarded-For: nobody']);
    expect(status).toBe(400);
  });

  it('a SyntaxError for an address that is none', () => {
    expect(() => bench.create({ trustedProxies: { addresses: ['proxy'] } })).toThrow(SyntaxError);
  });
});
