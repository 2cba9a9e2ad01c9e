import { type IncomingMessage, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildFrame, EngineBench, MASKING_KEY, type RawClient, upgradeRequest } from '@nestwire/test-support';
import type { WsConnection } from '../connection/ws-connection.js';

let bench: EngineBench;
beforeEach(() => {
  bench = new EngineBench();
});
afterEach(() => bench.dispose());

/** An application that answers with what it was asked. */
const application: RequestListener = (request, response) => {
  const body: Buffer[] = [];
  request.on('data', (chunk: Buffer) => body.push(chunk));
  request.on('end', () =>
    response.end(`${String(request.method)} ${String(request.url)} ${Buffer.concat(body).toString()}`),
  );
};

const named = (name: string) => ({
  onMessage: (connection: WsConnection, message: string | Uint8Array) =>
    void connection.send(`${name}: ${String(message)}`),
});

async function asked(client: RawClient, text: string): Promise<string> {
  client.write(buildFrame({ opcode: 1, payload: text, maskingKey: MASKING_KEY }));
  return (await client.frame()).payload.toString();
}

function fetchText(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path }, (response: IncomingMessage) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

/** Counts the upgrades that come by another listener's way. */
function listenBesides(server: Server): IncomingMessage[] {
  const seen: IncomingMessage[] = [];
  server.on('upgrade', (request, socket) => {
    seen.push(request);
    if (request.url === '/theirs') socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  return seen;
}

describe('Routing of upgrades on one HTTP server', () => {
  it('goes by path; plain requests go on as ever', async () => {
    const { server, port } = await bench.http(application);
    bench.create({ server, path: '/a' }, named('a'));
    bench.create({ server, path: ['/b', '/c'] }, named('bc'));
    bench.create({ server, path: (path) => path.startsWith('/d/') }, named('d'));
    expect(server.listenerCount('upgrade')).toBe(1);
    for (const [path, name] of [
      ['/a', 'a'],
      ['/a?query', 'a'],
      ['/b', 'bc'],
      ['/c', 'bc'],
      ['/d/1', 'd'],
      ['/d/2?query', 'd'],
    ] as const) {
      expect(await asked(await bench.open(port, path), 'hi')).toBe(`${name}: hi`);
      expect(await fetchText(port, path)).toBe(`GET ${path} `);
    }
  });

  it('asks the first that was added, where two serve a path', async () => {
    const { server, port } = await bench.http(application);
    bench.create({ server }, named('first'));
    bench.create({ server, path: '/a' }, named('second'));
    expect(await asked(await bench.open(port, '/a'), 'hi')).toBe('first: hi');
  });

  it.each(['/A', '/a/', '/a/b', '/', '/%61', '//a'])('takes %s for another path than /a', async (path) => {
    const { server, port } = await bench.http(application);
    bench.create({ server, path: '/a' }, named('a'));
    const client = await bench.connect(port);
    client.write(upgradeRequest(path));
    expect((await client.response()).status).toBe(404);
    expect(await client.ended()).toBe('fin');
  });

  it('leaves unknown paths to other listeners, and known ones to itself', async () => {
    const { server, port } = await bench.http(application);
    bench.create({ server, path: '/a' }, named('a'));
    const seen = listenBesides(server);
    const client = await bench.connect(port);
    client.write(upgradeRequest('/theirs'));
    expect((await client.response()).status).toBe(418);
    expect(await asked(await bench.open(port, '/a'), 'hi')).toBe('a: hi');
    expect(seen.map(({ url }) => url)).toEqual(['/theirs', '/a']);
  });

  it('leaves an upgrade to anything but WebSocket to other listeners, and to them alone', async () => {
    let answered = 0;
    const { server, port } = await bench.http((_request, response) => response.end(String(++answered)));
    bench.create({ server }, named('any'));
    const seen = listenBesides(server);
    const client = await bench.connect(port);
    client.write(upgradeRequest('/theirs').replace('Upgrade: websocket', 'Upgrade: h2c'));
    expect((await client.response()).status).toBe(418);
    await client.ended();
    expect(seen).toHaveLength(1);
    expect(await fetchText(port, '/')).toBe('1');
  });

  it('is over with the last endpoint', async () => {
    const { server, port } = await bench.http(application);
    const first = bench.create({ server, path: '/a' }, named('a'));
    const second = bench.create({ server, path: '/b' }, named('b'));
    await first.server.close();
    expect(server.listenerCount('upgrade')).toBe(1);
    expect(await asked(await bench.open(port, '/b'), 'hi')).toBe('b: hi');
    for (const connection of second.server.connections) connection.terminate();
    await second.server.close();
    expect(server.listenerCount('upgrade')).toBe(0);
    // Without an upgrade listener Node hands the request to the application (RFC 9110 §7.8).
    const client = await bench.connect(port);
    client.write(upgradeRequest('/a'));
    expect((await client.response()).body).toBe('GET /a ');
  });

  it('begins again after that', async () => {
    const { server, port } = await bench.http(application);
    await bench.create({ server }).server.close();
    bench.create({ server }, named('new'));
    expect(await asked(await bench.open(port), 'hi')).toBe('new: hi');
  });
});

describe('An upgrade to anything else goes to the application (RFC 9110 §7.8)', () => {
  const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';

  async function attached(): Promise<RawClient> {
    const { server, port } = await bench.http(application);
    bench.create({ server }, named('ws'));
    return bench.connect(port);
  }

  it('a GET', async () => {
    const client = await attached();
    client.write(`GET /rest?a=1 HTTP/1.1\r\nHost: localhost\r\n${H2C}\r\n`);
    expect(await client.response()).toMatchObject({ status: 200, body: 'GET /rest?a=1 ' });
  });

  it.each([
    ['in the segment of the head', 0],
    ['in two segments', 5],
    ['in a segment of its own', 11],
  ])('a POST with its body %s', async (_what, later) => {
    const client = await attached();
    const body = 'Hello world';
    const head = `POST /rest HTTP/1.1\r\nHost: localhost\r\n${H2C}Content-Length: ${String(body.length)}\r\n\r\n`;
    await client.writeOut(head + body.slice(0, body.length - later));
    if (later > 0) await client.writeOut(body.slice(-later));
    expect(await client.response()).toMatchObject({ status: 200, body: 'POST /rest Hello world' });
  });

  it('a chunked POST', async () => {
    const client = await attached();
    client.write(`POST /rest HTTP/1.1\r\nHost: localhost\r\n${H2C}Transfer-Encoding: chunked\r\n\r\n`);
    client.write('5\r\nHello\r\n');
    client.write('6\r\n world\r\n0\r\n\r\n');
    expect(await client.response()).toMatchObject({ status: 200, body: 'POST /rest Hello world' });
  });

  it('a long POST, piece by piece', async () => {
    const client = await attached();
    const body = 'x'.repeat(300_000);
    await client.writeOut(`POST /rest HTTP/1.1\r\nHost: localhost\r\n${H2C}Content-Length: 300000\r\n\r\n`);
    for (let i = 0; i < 300_000; i += 50_000) await client.writeOut(body.slice(i, i + 50_000));
    expect((await client.response()).body).toBe(`POST /rest ${body}`);
  });

  it('and the connection stays: more of them, plain requests, and a WebSocket at last', async () => {
    const client = await attached();
    for (let i = 0; i < 3; i++) {
      client.write(`GET /h2c/${String(i)} HTTP/1.1\r\nHost: localhost\r\n${H2C}\r\n`);
      const answer = await client.response();
      expect(answer).toMatchObject({ status: 200, body: `GET /h2c/${String(i)} ` });
      expect(answer.headers['connection']).toBe('keep-alive');
      client.write(`GET /plain/${String(i)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      expect((await client.response()).body).toBe(`GET /plain/${String(i)} `);
    }
    client.write(upgradeRequest());
    expect((await client.response()).status).toBe(101);
    expect(await asked(client, 'hi')).toBe('ws: hi');
  });

  it('and leaves no listener on the socket, however often', async () => {
    const { server, port, sockets } = await bench.http(application);
    bench.create({ server });
    const client = await bench.connect(port);
    const counts: number[][] = [];
    for (let i = 0; i < 5; i++) {
      client.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${H2C}\r\n`);
      await client.response();
      counts.push((sockets[0]?.eventNames() ?? []).map((name) => sockets[0]?.listenerCount(name) ?? NaN));
    }
    expect(counts.at(-1)).toEqual(counts[0]);
  });

  it('and what is pipelined behind it is answered, too', async () => {
    const client = await attached();
    client.write(
      `GET /1 HTTP/1.1\r\nHost: localhost\r\n${H2C}\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n` +
        'POST /3 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nHello',
    );
    for (const answer of ['GET /1 ', 'GET /2 ', 'POST /3 Hello']) expect((await client.response()).body).toBe(answer);
  });

  it('with all of its other header fields', async () => {
    const { server, port } = await bench.http((request, response) => response.end(JSON.stringify(request.rawHeaders)));
    bench.create({ server });
    const client = await bench.connect(port);
    client.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade , HTTP2-Settings\r\nX-A: 1, 2\r\n' +
        'UPGRADE: h2c\r\nX-A: 3\r\nCookie: a=b; c=d\r\nX-Latin: caf\u00e9\r\nhttp2-settings: AAMA\r\nX-Empty:\r\n\r\n',
    );
    const rawHeaders = JSON.parse((await client.response()).body) as string[];
    const utf8AsLatin1 = Buffer.from('caf\u00e9').toString('latin1');
    expect(rawHeaders).toEqual(
      ['Host', 'localhost', 'Connection', 'keep-alive', 'X-A', '1, 2', 'X-A', '3', 'Cookie', 'a=b; c=d'].concat([
        'X-Latin',
        utf8AsLatin1,
        'X-Empty',
        '',
      ]),
    );
  });

  it('and gets a 426 from a server of our own', async () => {
    const { port } = await bench.serve();
    const client = await bench.connect(port);
    client.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${H2C}\r\n`);
    const answer = await client.response();
    expect(answer.status).toBe(426);
    expect(answer.headers['upgrade']).toBe('websocket');
  });
});
