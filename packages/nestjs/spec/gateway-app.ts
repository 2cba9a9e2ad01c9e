import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { WebSocket } from 'ws';
import { NestwireAdapter } from '../src/nestwire.adapter.js';
import type { NestwireOptions } from '../src/nestwire.options.js';

/** A peer that is not ours: the `ws` client, with what came in. */
export class Peer {
  readonly received: unknown[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly opened: Promise<unknown>;
  private wake: () => void = () => undefined;

  constructor(readonly socket: WebSocket) {
    this.opened = once(socket, 'open');
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on('message', (bytes: Buffer, isBinary) => {
      this.received.push(isBinary ? bytes : JSON.parse(bytes.toString()));
      this.wake();
    });
  }

  async open(): Promise<this> {
    await this.opened;
    return this;
  }

  send(...messages: (object | string | Uint8Array)[]): this {
    for (const message of messages) {
      this.socket.send(
        typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message),
      );
    }
    return this;
  }

  /** The next `count` messages, once they are there; they leave `received`. */
  async take(count: number): Promise<unknown[]> {
    while (this.received.length < count) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.received.splice(0, count);
  }

  /**
   * All that came in answer to what was sent so far: messages of a connection are handled in order, so whatever is still
   * to come would come before the answer to one that nobody handles.
   */
  async takeAll(): Promise<unknown[]> {
    const id = `fence-${String(Math.random())}`;
    this.send({ userId: 1, code: FENCE_CODE, id });
    for (;;) {
      const at = this.received.findIndex((message) => (message as { id?: unknown }).id === id);
      if (at !== -1) return this.received.splice(0, at + 1).slice(0, -1);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

const FENCE_CODE = 999_999;

/** A Nest application with gateways on Nestwire, listening on a port of its own choice. */
export class GatewayApp {
  private readonly peers: Peer[] = [];

  private constructor(
    readonly app: INestApplication,
    readonly port: number,
  ) {}

  static async start(
    metadata: ModuleMetadata,
    options?: NestwireOptions,
    configure: (app: INestApplication) => void = () => undefined,
  ): Promise<GatewayApp> {
    const module = await Test.createTestingModule(metadata).compile();
    const app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new NestwireAdapter(app, options));
    configure(app);
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
    return new GatewayApp(app, port);
  }

  /** A peer that may not have connected yet. */
  dial(path = '/', protocols: string[] = []): Peer {
    const peer = new Peer(new WebSocket(`ws://127.0.0.1:${String(this.port)}${path}`, protocols));
    this.peers.push(peer);
    return peer;
  }

  connect(path = '/', protocols: string[] = []): Promise<Peer> {
    return this.dial(path, protocols).open();
  }

  async stop(): Promise<void> {
    await this.app.close();
    for (const { socket } of this.peers) socket.terminate();
  }
}
