import { Injectable } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { CloseCause, type NestwireClient, NestwireServer } from '@nestwire/nestjs';
import { Code, type Kind, type NextNumbers, SoakCloseCode } from '../codes.js';
import { Random } from '../random.js';

/** Rooms take turns: each is told something once in so many ticks, everybody once in as many. */
const TICKS_PER_TURN = 50;
const TICK_MS = 100;
/** The share of connections that is killed in a tick. */
const KILLED_PER_TICK = 0.0001;

/** How many connections were ended here, and nobody had asked. */
export interface Kills {
  terminated: number;
  disconnected: number;
  /** Not by us, but by the limit of what may wait for one that does not read. */
  slowConsumers: number;
}

export type SoakClient = NestwireClient<{ kind?: Kind | undefined }>;

/** What the server does of itself: pushes to rooms and to everybody, and kills. */
@Injectable()
@WebSocketGateway({ path: '/soak' })
export class Crowd {
  @WebSocketServer() private readonly server!: NestwireServer;
  readonly kills: Kills = { terminated: 0, disconnected: 0, slowConsumers: 0 };
  /** How often connections ended, by close code and cause. */
  readonly endings = new Map<string, number>();
  /** Kills as long as it is set. */
  killing = false;
  /** So many bytes of each connection are kept for ever: what `--leak` asks for. */
  leakBytes = 0;
  private readonly leaked: unknown[] = [];
  private readonly random = new Random(1);
  private nextInRoom: number[] = [];
  private nextForAll = 0;
  private ticks = 0;
  private timer: NodeJS.Timeout | undefined = undefined;

  handleConnection(client: SoakClient): void {
    client.data.kind = (client.request.searchParams.get('kind') ?? undefined) as Kind | undefined;
    if (this.leakBytes > 0) this.leaked.push(Array.from({ length: this.leakBytes / 8 }, () => Math.random()));
  }

  handleDisconnect(client: SoakClient): void {
    if (client.cause === CloseCause.SlowConsumer) this.kills.slowConsumers++;
    const ending = `${String(client.closeCode)} ${String(client.cause)}`;
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
  }

  /** How many there are. */
  get clients(): number {
    return this.server.clients.size;
  }

  begin(rooms: number): void {
    this.nextInRoom = Array.from({ length: rooms }, (_, room) => this.nextInRoom[room] ?? 0);
    this.killing = true;
    this.timer ??= setInterval(() => this.tick(), TICK_MS);
  }

  end(): void {
    this.killing = false;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  enter(room: number, client: SoakClient): NextNumbers {
    client.join(room);
    return this.numbers(room);
  }

  leave(room: number, client: SoakClient): NextNumbers {
    client.leave(room);
    return this.numbers(room);
  }

  pushTo(client: SoakClient, n: number): void {
    const userId = client.principal?.userId;
    if (userId !== undefined) this.server.toUser(userId).send(Code.Direct, { n });
  }

  private numbers(room: number): NextNumbers {
    return { room: this.nextInRoom[room] ?? 0, everybody: this.nextForAll };
  }

  private tick(): void {
    const turn = this.ticks++ % TICKS_PER_TURN;
    const { nextInRoom, random } = this;
    for (let room = turn; room < nextInRoom.length; room += TICKS_PER_TURN) {
      const n = nextInRoom[room] ?? 0;
      nextInRoom[room] = n + 1;
      this.server.to(room).send(Code.Room, { room, n, pad: 'r'.repeat(random.between(0, 2000)) });
    }
    if (turn === 0) this.server.broadcast(Code.Everybody, { n: this.nextForAll++, pad: 'e'.repeat(100) });
    for (const client of this.server.clients as ReadonlySet<SoakClient>) this.attend(client);
  }

  private attend(client: SoakClient): void {
    if (!client.isOpen) return;
    const { kind } = client.data;
    if (this.killing && (kind === 'steady' || kind === 'slow') && this.random.chance(KILLED_PER_TICK)) {
      this.kill(client);
    }
  }

  private kill(client: SoakClient): void {
    if (this.random.chance(0.5)) {
      this.kills.terminated++;
      client.terminate();
    } else {
      this.kills.disconnected++;
      this.server.disconnect(client, SoakCloseCode.Killed, 'killed');
    }
  }
}
