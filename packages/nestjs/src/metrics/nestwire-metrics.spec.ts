import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { defineCloseCodes } from '@nestwire/envelope';
import { ManualClock } from '@nestwire/test-support';
import { register, Registry } from 'prom-client';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { NestwireMetrics, NestwireMetricsModule, type NestwireMetricsOptions } from './index.js';
import type { AnyClient } from '../client/nestwire-client.js';
import type { NestwireOptions } from '../nestwire.options.js';
import { HandlerTimeout } from '../decorators/handler-timeout.decorator.js';

let finish: () => void = () => undefined;

@WebSocketGateway({ path: '/chat' })
class ChatGateway {
  @SubscribeMessage(1001)
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage(1002)
  fail(): never {
    throw new Error('broken');
  }

  @HandlerTimeout(10_000)
  @SubscribeMessage(1003)
  slow(): Promise<void> {
    return new Promise((resolve) => (finish = resolve));
  }

  @SubscribeMessage(1004)
  push(@ConnectedSocket() client: AnyClient): void {
    client.send(2001, 'a push');
    client.send(2002, 'another');
  }
}

let registry: Registry;
let app: GatewayApp;
const clock = new ManualClock();

async function start(options: NestwireMetricsOptions = {}, adapter: NestwireOptions = {}): Promise<void> {
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  app = await GatewayApp.start(
    { imports: [NestwireMetricsModule.forRoot({ registry, ...options })], providers: [ChatGateway] },
    { clock, ...adapter },
  );
}

/** The series of the registry, as Prometheus reads them: by name and labels in braces. */
async function scrape(from = registry): Promise<Map<string, number>> {
  const lines = (await from.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const sent = (code: string): string => `{path="/chat",direction="sent",code="${code}"}`;
const received = (code: string): string => `{path="/chat",direction="received",code="${code}"}`;

describe('NestwireMetrics', () => {
  beforeEach(() => {
    registry = new Registry();
  });
  afterEach(async () => {
    finish();
    await app.stop();
    jest.restoreAllMocks();
  });

  it('counts messages and bytes by direction and code', async () => {
    await start({ codes: [2001] });
    const peer = await app.connect('/chat');
    const request = '{"userId":1,"code":1001,"data":"ä"}';
    peer.send(request, request, { userId: 1, code: 1004 });
    await peer.take(4);
    const series = await scrape();
    expect(series.get(`nestwire_messages_total${received('1001')}`)).toBe(2);
    expect(series.get(`nestwire_message_bytes_total${received('1001')}`)).toBe(2 * Buffer.byteLength(request));
    expect(series.get(`nestwire_messages_total${sent('1001')}`)).toBe(2);
    expect(series.get(`nestwire_messages_total${sent('2001')}`)).toBe(1);
    expect(series.get(`nestwire_messages_total${sent('2002')}`)).toBeUndefined();
    expect(series.get(`nestwire_messages_total${sent('other')}`)).toBe(1);
    // Asked again, nothing is counted twice.
    expect((await scrape()).get(`nestwire_messages_total${received('1001')}`)).toBe(2);
  });

  it('has as many series as before, whatever codes, paths and close codes a peer makes up', async () => {
    await start();
    const provoke = async (from: number): Promise<void> => {
      const peers: Peer[] = [];
      for (let n = 0; n < 20; n++) {
        const peer = await app.connect(`/chat?${String(from + n)}`);
        peer.send({ userId: 1, code: from + n }).send('malformed');
        await peer.take(2);
        peer.socket.close(4000 + ((from + n) % 400));
        peers.push(peer);
        await expect(app.connect(`/made-up-${String(from + n)}`)).rejects.toThrow('404');
      }
      await Promise.all(peers.map(({ closed }) => closed));
      const ends = 'nestwire_closed_connections_total{path="/chat",code="other",cause="peer"}';
      while ((await scrape()).get(ends) !== (from === 5000 ? 20 : 40)) await turn();
    };
    await provoke(5000);
    const before = await scrape();
    await provoke(6000);
    const after = await scrape();
    expect([...after.keys()]).toEqual([...before.keys()]);
    expect(after.get(`nestwire_messages_total${received('other')}`)).toBe(80);
    expect(after.get('nestwire_closed_connections_total{path="/chat",code="other",cause="peer"}')).toBe(40);
    expect(after.get('nestwire_handshakes_total{path="other",outcome="refused",code="404"}')).toBe(40);
  });

  it('tells connections by their state, and what waits on them', async () => {
    await start();
    const first = await app.connect('/chat');
    await app.connect('/chat');
    first.send({ userId: 1, code: 1003 }, { userId: 1, code: 1001 }, { userId: 1, code: 1001 });
    const waiting = async (): Promise<number | undefined> =>
      (await scrape()).get('nestwire_waiting_messages{path="/chat"}');
    while ((await waiting()) !== 2) await turn();
    const series = await scrape();
    expect(series.get('nestwire_connections{path="/chat",state="open"}')).toBe(2);
    expect(series.get('nestwire_connections{path="/chat",state="opening"}')).toBe(0);
    expect(series.get('nestwire_connections{path="/chat",state="closing"}')).toBe(0);
    expect(series.get('nestwire_waiting_bytes{path="/chat"}')).toBe(2 * '{"userId":1,"code":1001}'.length);
    expect(series.get('nestwire_paused_connections{path="/chat"}')).toBe(0);
    expect(series.get('nestwire_outbound_bytes{path="/chat"}')).toBe(0);
  });

  it('takes the time of handlers, by outcome', async () => {
    await start({ buckets: [0.5, 2, 20] });
    const peer = await app.connect('/chat');
    peer.send({ userId: 1, code: 1001 }, { userId: 1, code: 1002 }, { userId: 1, code: 4242 });
    await peer.take(2);
    peer.send({ userId: 1, code: 1003, id: 1 });
    while ((await scrape()).get(`nestwire_messages_total${received('1003')}`) !== 1) {
      await turn();
    }
    clock.advance(1500);
    finish();
    await peer.take(1);
    const series = await scrape();
    const of = (code: string, outcome: string, le: string): number | undefined =>
      series.get(
        `nestwire_handler_duration_seconds_bucket{le="${le}",path="/chat",code="${code}",outcome="${outcome}"}`,
      );
    expect([of('1001', 'ok', '0.5'), of('1002', 'error', '0.5'), of('other', 'error', '0.5')]).toEqual([1, 1, 1]);
    expect([of('1003', 'ok', '0.5'), of('1003', 'ok', '2')]).toEqual([0, 1]);
    expect(series.get('nestwire_handler_duration_seconds_sum{path="/chat",code="1003",outcome="ok"}')).toBe(1.5);
    expect(series.get('nestwire_errors_total{path="/chat",status="500"}')).toBe(1);
    expect(series.get('nestwire_errors_total{path="/chat",status="404"}')).toBe(1);
  });

  it('counts handlers that are late, limits, handshakes and closes', async () => {
    await start({ closeCodes: defineCloseCodes({ Bored: { code: 4000 } }) });
    const peer = await app.connect('/chat');
    for (let n = 0; n < 250; n++) peer.send({ userId: 1, code: 1001 });
    expect(await peer.closed).toMatchObject({ code: 4429 });
    const bored = await app.connect('/chat');
    bored.socket.close(4000);
    await bored.closed;
    const read = async (name: string): Promise<number | undefined> => (await scrape()).get(name);
    const ends = 'nestwire_closed_connections_total{path="/chat",code="4000",cause="peer"}';
    while ((await read(ends)) === undefined) await turn();
    expect(await read(ends)).toBe(1);
    expect(await read('nestwire_closed_connections_total{path="/chat",code="4429",cause="local"}')).toBe(1);
    expect(await read('nestwire_limits_total{path="/chat",limit="message-rate"}')).toBeGreaterThan(4);
    expect(await read('nestwire_handshakes_total{path="/chat",outcome="accepted",code="101"}')).toBe(2);
    expect(await read('nestwire_late_results_total{path="/chat"}')).toBe(0);
  });

  it('counts the engine’s limits, and tells the round trips of pings', async () => {
    await start({}, { maxConnections: 1, pingIntervalMs: 5000, silenceTimeoutMs: Infinity });
    const peer = await app.connect('/chat');
    await expect(app.connect('/chat')).rejects.toThrow('503');
    const full = await scrape();
    expect(full.get('nestwire_limits_total{path="/chat",limit="connections"}')).toBe(1);
    expect(full.get('nestwire_handshakes_total{path="/chat",outcome="refused",code="503"}')).toBe(1);
    expect([...full.keys()].filter((key) => key.startsWith('nestwire_round_trip'))).toEqual([]);
    const pinged = once(peer.socket, 'ping');
    clock.advance(5000);
    await pinged;
    // The pong is on its way; the clock of the round trip is ours.
    clock.advance(40);
    const median = 'nestwire_round_trip_seconds{path="/chat",quantile="0.5"}';
    while ((await scrape()).get(median) === undefined) await turn();
    const series = await scrape();
    expect(series.get(median)).toBeGreaterThan(0);
    expect(series.get('nestwire_round_trip_seconds{path="/chat",quantile="1"}')).toBe(series.get(median));
  });

  it('tells how late the event loop is', async () => {
    await start();
    const longest = async (): Promise<number> =>
      (await scrape()).get('nestwire_event_loop_delay_seconds{quantile="1"}') ?? 0;
    // What holds the loop up before it has come round once is not seen.
    while ((await longest()) < 0.2) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const end = performance.now() + 300;
      while (performance.now() < end);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  });

  it('leaves its registry when the application has shut down, so that the next can use it', async () => {
    await start();
    await app.stop();
    expect(await scrape()).toEqual(new Map());
    await start();
    expect((await scrape()).size).toBeGreaterThan(10);
  });

  it('uses prom-client’s own registry where it is given none, and may be a provider of its own', async () => {
    app = await GatewayApp.start({ providers: [ChatGateway, NestwireMetrics] });
    await app.connect('/chat');
    expect((await scrape(register)).get('nestwire_connections{path="/chat",state="open"}')).toBe(1);
  });
});
