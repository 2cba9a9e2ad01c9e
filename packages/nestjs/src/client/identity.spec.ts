import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Logger, UnauthorizedException, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ManualClock, RawClient, upgradeRequest } from '@nestwire/test-support';
import { GatewayApp } from '../../spec/gateway-app.js';
import { ClientPrincipal } from '../decorators/client-principal.decorator.js';
import { Public } from '../decorators/public.decorator.js';
import { UserId } from '../decorators/user-id.decorator.js';
import type { Handshake } from '../handshake/handshake.js';
import { HandshakeAuthenticator } from '../handshake/handshake-authenticator.js';
import type { Principal } from '../handshake/principal.js';
import { PrincipalGuard } from '../handshake/principal.guard.js';
import { UseHandshakeGuards } from '../handshake/use-handshake-guards.decorator.js';
import { NestwireAdapter } from '../nestwire.adapter.js';
import type { NestwireOptions } from '../nestwire.options.js';
import type { NestwireClient } from './nestwire-client.js';

interface Member extends Principal {
  readonly role: string;
}

let connecting: (client: NestwireClient<unknown, Member>) => unknown;

@WebSocketGateway()
class MembersGateway {
  handleConnection(client: NestwireClient<unknown, Member>): unknown {
    return connecting(client);
  }

  @SubscribeMessage(1)
  who(@UserId() userId: unknown, @ClientPrincipal() principal: Member | undefined): object {
    return { userId, role: principal?.role };
  }

  @Public()
  @SubscribeMessage(2)
  logIn(@MessageBody() principal: Member, @ConnectedSocket() client: NestwireClient<unknown, Member>): string {
    client.authenticate(principal);
    return 'welcome';
  }

  @Public()
  @SubscribeMessage(3)
  claim(@UserId() userId: unknown): unknown {
    return userId;
  }

  @UseGuards(PrincipalGuard)
  @SubscribeMessage(4)
  members(): string {
    return 'members';
  }
}

@Public()
@WebSocketGateway({ path: '/public' })
class PublicGateway {
  @SubscribeMessage(1)
  hello(): string {
    return 'public';
  }
}

@UseHandshakeGuards(PrincipalGuard)
@WebSocketGateway({ path: '/members-only' })
class MembersOnlyGateway {}

const authenticate = (handshake: Handshake): Member | undefined => {
  const token = handshake.token({ header: true, query: 't', subprotocol: 'bearer.' });
  if (token === undefined) return undefined;
  if (token === 'wrong') throw new UnauthorizedException('Wrong token');
  return { userId: Number.isNaN(Number(token)) ? token : Number(token), role: 'member' };
};

let app: GatewayApp;
let clock: ManualClock;
beforeEach(() => {
  clock = new ManualClock();
  connecting = () => undefined;
});
afterEach(() => app.stop());

async function start(options: NestwireOptions): Promise<void> {
  app = await GatewayApp.start(
    { providers: [MembersGateway, PublicGateway, MembersOnlyGateway] },
    { clock, silenceTimeoutMs: Infinity, ...options },
  );
}

describe('The principal of a connection', () => {
  it('comes from the authenticator, and is who speaks', async () => {
    await start({ authenticate });
    const peer = await app.connect('/?t=7');
    peer.send({ code: 1 }, { userId: 7, code: 1 }, { userId: '7', code: 1, id: 'x' });
    const data = { userId: 7, role: 'member' };
    expect(await peer.take(3)).toEqual([
      { userId: 7, code: 1, data },
      { userId: 7, code: 1, data },
      { userId: 7, code: 1, id: 'x', data },
    ]);
  });

  it('may come from a promise, and from a provider', async () => {
    @Injectable()
    class Authenticator extends HandshakeAuthenticator {
      override authenticate(handshake: Handshake): Promise<Member | undefined> {
        return Promise.resolve(authenticate(handshake));
      }
    }
    const provider = { provide: HandshakeAuthenticator, useClass: Authenticator };
    app = await GatewayApp.start({ providers: [MembersGateway, provider] }, { clock });
    const peer = await app.connect('/?t=ann');
    peer.send({ code: 1 });
    expect(await peer.take(1)).toEqual([{ userId: 'ann', code: 1, data: { userId: 'ann', role: 'member' } }]);
    await expect(GatewayApp.start({ providers: [MembersGateway, provider] }, { authenticate })).rejects.toThrow(/two/);
  });

  it('is refused by whoever throws, before the 101', async () => {
    await start({ authenticate });
    const client = await RawClient.connect(app.port);
    client.write(upgradeRequest('/?t=wrong'));
    const { status, body, headers } = await client.response();
    expect([status, body, headers['www-authenticate']]).toEqual([401, 'Wrong token', 'Bearer']);
    client.destroy();
  });

  it('what is none is the application’s fault: 500, and the log says why', async () => {
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await start({ authenticate: () => ({ userId: 1.5 }) });
    const client = await RawClient.connect(app.port);
    client.write(upgradeRequest('/'));
    expect((await client.response()).status).toBe(500);
    expect(errors.mock.calls.map(([error]) => error as unknown)).toMatchObject([{ name: 'TypeError' }]);
    errors.mockRestore();
    client.destroy();
  });

  it('may come in a subprotocol entry, which is never chosen nor echoed', async () => {
    await start({ authenticate });
    const client = await RawClient.connect(app.port);
    client.write(upgradeRequest('/', 'Sec-WebSocket-Protocol: bearer.ann, nestwire.v1.json'));
    const { status, headers } = await client.response();
    expect(status).toBe(101);
    expect(headers['sec-websocket-protocol']).toBe('nestwire.v1.json');
    expect(JSON.stringify(headers)).not.toContain('bearer');
    client.destroy();
    const alone = await RawClient.connect(app.port);
    alone.write(upgradeRequest('/', 'Sec-WebSocket-Protocol: bearer.ann'));
    expect((await alone.response()).headers['sec-websocket-protocol']).toBeUndefined();
    alone.destroy();
  });

  it('may be demanded before anything is opened: PrincipalGuard', async () => {
    await start({ authenticate });
    await app.connect('/members-only?t=7');
    const client = await RawClient.connect(app.port);
    client.write(upgradeRequest('/members-only'));
    expect((await client.response()).status).toBe(401);
    client.destroy();
  });

  it('may come from handleConnection, which is waited for', async () => {
    connecting = async (client) => {
      await Promise.resolve();
      client.authenticate({ userId: 5, role: 'late' });
    };
    await start({ authentication: 'required' });
    const peer = await app.connect();
    peer.send({ code: 1 });
    expect(await peer.take(1)).toEqual([{ userId: 5, code: 1, data: { userId: 5, role: 'late' } }]);
  });
});

describe('A message in another name', () => {
  const forged = { userId: 8, code: 1 };

  it.each(['open', 'optional', 'required'] as const)(
    'is a 403 where there is a principal (%s)',
    async (authentication) => {
      await start({ authenticate, authentication });
      const peer = await app.connect('/?t=7');
      peer.send({ ...forged, id: 1 }, { code: 1 });
      expect(await peer.take(2)).toMatchObject([
        { userId: 7, code: 1, id: 1, error: { status: 403 } },
        { userId: 7, code: 1, data: { userId: 7 } },
      ]);
    },
  );

  it('is compared in its canonical form, and codes that do not exist tell nobody so', async () => {
    await start({ authenticate });
    const peer = await app.connect('/?t=7');
    peer.send({ userId: '07', code: 1 }, { userId: 8, code: 99 });
    expect(await peer.take(2)).toMatchObject([{ error: { status: 403 } }, { error: { status: 403 } }]);
  });

  it('closes the connection with 4403 when it comes five times within 10 s', async () => {
    await start({ authenticate });
    const peer = await app.connect('/?t=7');
    peer.send(forged, forged, forged, forged, forged, { code: 1 });
    expect((await peer.closed).code).toBe(4403);
    expect(peer.received).toHaveLength(4);
  });

  it('does not where it comes seldom', async () => {
    await start({ authenticate, maxForgedMessages: 2 });
    const peer = await app.connect('/?t=7');
    for (let i = 0; i < 3; i++) {
      peer.send(forged);
      expect(await peer.take(1)).toMatchObject([{ error: { status: 403 } }]);
      clock.advance(10_000);
    }
    peer.send(forged, forged);
    expect((await peer.closed).code).toBe(4403);
  });
});

describe('A connection without a principal', () => {
  it('may do all, and say to be anybody, where nobody authenticates; the log says so at the start', async () => {
    const warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await start({});
    const paths = warnings.mock.calls.map(([text]) => /for (\S+):/.exec(String(text))?.[1]);
    expect(paths).toEqual(['/', '/public', '/members-only']);
    warnings.mockRestore();
    const peer = await app.connect();
    peer.send({ userId: 9, code: 1 }, { code: 1 });
    expect(await peer.take(2)).toMatchObject([{ userId: 9, data: { userId: 9 } }, { error: { status: 400 } }]);
    clock.advance(60_000);
    expect(peer.socket.readyState).toBe(1);
  });

  it('may do all, and say to be nobody, where a principal is optional', async () => {
    await start({ authenticate, authentication: 'optional' });
    const peer = await app.connect();
    peer.send({ code: 1 }, { userId: 9, code: 1 }, { code: 4 }, { userId: 9, code: 3 });
    expect(await peer.take(4)).toMatchObject([
      { code: 1, data: {} },
      { code: 1, error: { status: 401 } },
      { code: 4, error: { status: 401 } },
      { code: 3, data: 9 },
    ]);
    clock.advance(60_000);
    expect(peer.socket.readyState).toBe(1);
  });

  it('may do no more than what is public where one is required, which is so where somebody authenticates', async () => {
    const warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await start({ authenticate });
    expect(warnings).not.toHaveBeenCalled();
    warnings.mockRestore();
    const peer = await app.connect();
    peer.send({ userId: 9, code: 1 }, { code: 99 }, { userId: 9, code: 3 });
    expect(await peer.take(3)).toMatchObject([
      { code: 1, error: { status: 401 } },
      { code: 99, error: { status: 401 } },
      { code: 3, data: 9 },
    ]);
    const onPublic = await app.connect('/public');
    onPublic.send({ code: 1 });
    expect(await onPublic.take(1)).toEqual([{ code: 1, data: 'public' }]);
  });

  it('gets one by a log-in message; what was sent right behind it is its first', async () => {
    await start({ authenticate });
    const peer = await app.connect();
    peer.send({ code: 1 }, { userId: 7, code: 2, data: { userId: 7, role: 'x' } }, { code: 1 }, { userId: 8, code: 1 });
    expect(await peer.take(4)).toMatchObject([
      { code: 1, error: { status: 401 } },
      { userId: 7, code: 2, data: 'welcome' },
      { userId: 7, code: 1, data: { userId: 7, role: 'x' } },
      { code: 1, error: { status: 403 } },
    ]);
  });

  it('is closed with 4401 after 10 s where one is required', async () => {
    await start({ authenticate });
    const [late, inTime] = [await app.connect(), await app.connect()];
    clock.advance(9900);
    inTime.send({ code: 2, data: { userId: 7 } });
    await inTime.take(1);
    expect(late.socket.readyState).toBe(1);
    clock.advance(200);
    expect(await late.closed).toEqual({ code: 4401, reason: 'not authenticated in time' });
    clock.advance(60_000);
    expect(inTime.socket.readyState).toBe(1);
  });

  it('leaves no deadline behind', async () => {
    await start({ authenticate });
    const peer = await app.connect();
    expect(clock.scheduled).toBe(1);
    peer.socket.close();
    await peer.closed;
    await app.stop();
    expect(clock.scheduled).toBe(0);
  });
});

describe('A principal that expires', () => {
  const inOneMinute = (): number => Date.now() + 60_000;

  it('closes the connection with 4401', async () => {
    await start({ authenticate: () => ({ userId: 7, expiresAt: new Date(inOneMinute()) }) });
    const peer = await app.connect();
    clock.advance(59_000);
    expect(peer.socket.readyState).toBe(1);
    clock.advance(1200);
    expect(await peer.closed).toEqual({ code: 4401, reason: 'the authentication has expired' });
  });

  it('does not if it is renewed, for as long as that says', async () => {
    await start({ authenticate: () => ({ userId: 7, expiresAt: inOneMinute() }) });
    const peer = await app.connect();
    clock.advance(50_000);
    peer.send({ code: 2, data: { userId: '7', expiresAt: inOneMinute() } });
    expect(await peer.take(1)).toMatchObject([{ data: 'welcome' }]);
    clock.advance(55_000);
    expect(peer.socket.readyState).toBe(1);
    clock.advance(5200);
    expect((await peer.closed).code).toBe(4401);
  });

  it('closes it at once where it has expired already', async () => {
    await start({ authenticate: () => ({ userId: 7, expiresAt: Date.now() - 1 }) });
    const peer = await app.connect();
    clock.advance(200);
    expect((await peer.closed).code).toBe(4401);
  });

  it('is not renewed by another user: 409, and the connection stays whose it is', async () => {
    await start({ authenticate });
    const peer = await app.connect('/?t=7');
    peer.send({ code: 2, data: { userId: 8 } }, { code: 2, data: { userId: null } }, { code: 1 });
    expect(await peer.take(3)).toMatchObject([
      { error: { status: 409 } },
      { error: { status: 500 } },
      { userId: 7, data: { userId: 7 } },
    ]);
  });
});

it('Options that are none do not start', async () => {
  await start({});
  for (const options of [{ authentication: 'yes' }, { refusals: 'never' }, { authenticationTimeoutMs: -1 }]) {
    expect(() => new NestwireAdapter(app.app, options as never)).toThrow(RangeError);
  }
});
