import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock, WsServer } from '@nestwire/engine';
import { freePort, type Nginx, type NginxEdits } from '@nestwire/test-support';
import { closeOf, describeBehindNginx, NginxBench } from './nginx-bench.js';

const KEYS = Array.from({ length: 200 }, (_, i) => `room-${String(i)}`);
const CONNECTIONS_EACH = 3;
const FAIL_TIMEOUT_S = 1;
const AT_ONCE = 25;

/** A node tells each client its own name, and nothing else. */
class Node {
  private server: WsServer | null = null;

  constructor(
    readonly name: string,
    readonly port: number,
  ) {}

  async start(): Promise<void> {
    this.server = new WsServer({
      clock: systemClock,
      trustedProxies: { addresses: ['127.0.0.1'] },
      onConnection: (connection) => {
        connection.send(this.name);
        return { onMessage: () => undefined };
      },
    });
    await this.server.listen(this.port);
  }

  async stop(): Promise<void> {
    await this.server?.close(1012, 'restart');
    this.server = null;
  }
}

const bench = new NginxBench();
let nodes: Node[];
let nginx: Nginx;
/** What a user would write there: the nodes of this site, and for how long one is passed over. */
let edits: NginxEdits;

/** The node that a new connection to this path meets. */
async function nodeAt(path: string, through: Nginx = nginx): Promise<string> {
  const socket = bench.wsUnopened(through, path);
  const name = await new Promise<string>((resolve, reject) => {
    socket.once('message', (data: Buffer) => resolve(data.toString())).once('error', reject);
  });
  const closed = closeOf(socket);
  socket.close();
  await closed;
  return name;
}

/** The node of each path, some at a time: the machine may have one core. */
async function nodesAt(paths: readonly string[], through = nginx): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < paths.length; i += AT_ONCE) {
    names.push(...(await Promise.all(paths.slice(i, i + AT_ONCE).map((path) => nodeAt(path, through)))));
  }
  return names;
}

const byPath = KEYS.map((key) => `/rooms/${key}`);
const byQuery = KEYS.map((key) => `/live?v=1&room=${key}&x=2`);

function repeated(paths: readonly string[]): string[] {
  return Array.from({ length: CONNECTIONS_EACH }, () => paths).flat();
}

describeBehindNginx('Many nodes (docs/nginx/sites/balancer.conf)', () => {
  /** The node of each key while all are there. */
  let home: string[];

  beforeAll(async () => {
    nodes = [];
    for (const name of ['a', 'b', 'c']) nodes.push(new Node(name, await freePort()));
    for (const node of nodes) await node.start();
    bench.defer(() => Promise.all(nodes.map((node) => node.stop())));
    const [a, b, c] = nodes.map(({ port }) => `127.0.0.1:${String(port)}`);
    edits = {
      '10.0.0.11:9002': String(a),
      '10.0.0.12:9002': String(b),
      '10.0.0.13:9002': String(c),
      'fail_timeout=10s': `fail_timeout=${String(FAIL_TIMEOUT_S)}s`,
    };
    nginx = await bench.nginx('balancer', edits);
    home = await nodesAt(byPath);
  });
  afterAll(() => bench.dispose());

  it('every node has keys', () => {
    for (const node of ['a', 'b', 'c']) expect(home.filter((name) => name === node).length).toBeGreaterThan(20);
  });

  it('all connections of one key in the path meet at one node', async () => {
    expect(await nodesAt(repeated(byPath))).toEqual(repeated(home));
  });

  it('so do those of one key in the query, and at the same node', async () => {
    expect(await nodesAt(repeated(byQuery))).toEqual(repeated(home));
  });

  it('every other nginx with the same lines agrees', async () => {
    const other = await bench.nginx('balancer', edits);
    expect(await nodesAt(byPath, other)).toEqual(home);
  });

  it.each([
    ['the path goes before the query', '/rooms/room-%?room=x'],
    ['of two the first counts', '/any/path?room=room-%&room=x'],
    ['a name that ends so is another', '/?broom=x&room=room-%&rooms=x'],
    ['a value that looks so is none', '/?a&b=/?room=x&room=room-%'],
  ])('%s: %s', async (_, pattern) => {
    const keys = KEYS.slice(0, 20);
    const paths = keys.map((key) => pattern.replace('room-%', key));
    expect(await nodesAt(paths)).toEqual(home.slice(0, 20));
  });

  it.each([
    ['no key', '/'],
    ['an empty one', '/rooms/'],
    ['an empty one', '/?room='],
    ['another spelling of 4', '/rooms/%34'],
    ['another spelling of 4', '/?room=%34'],
    ['another spelling of the name', '/?%72oom=a&room=b'],
    ['a space', '/?room=a+b'],
    ['another name', '/?ROOM=a'],
    ['more than a key', '/rooms/a/b'],
    ['what looks like a way up', '/rooms/..a'],
    ['a longer one than 64 characters', `/rooms/${'x'.repeat(65)}`],
  ])('400 for %s: %s', async (_, path) => {
    expect(await bench.refused(nginx, path)).toMatchObject({
      status: 400,
      body: 'A key is required: /rooms/<key> or ?room=<key>, of letters, digits and - . _ ~\n',
    });
  });

  it('when a node goes, only its keys move, each to one other; they come back when it does', async () => {
    const [, gone] = nodes as [Node, Node, Node];
    const held = bench.wsUnopened(nginx, String(byPath[home.indexOf('b')]));
    const told = closeOf(held);
    await once(held, 'message');
    await gone.stop();
    expect(await told).toEqual([1012, 'restart']);

    const meanwhile = await nodesAt(byPath);
    expect(meanwhile).not.toContain('b');
    expect(moved(home, meanwhile)).toEqual(new Set(['b']));
    // Its keys are shared out, not dumped on one neighbour.
    expect(new Set(meanwhile.filter((_, i) => home[i] === 'b'))).toEqual(new Set(['a', 'c']));
    expect(await nodesAt(byQuery)).toEqual(meanwhile);

    // The same as if it were no longer in the list: there, too, no key moves that need not.
    const line = 'server 10.0.0.12:9002 max_fails=1 fail_timeout=10s;';
    const { '10.0.0.12:9002': _, ...others } = edits;
    await nginx.configure({ site: 'balancer', edits: { [line]: '', ...others } });
    await nginx.reload();
    expect(await nodesAt(byPath)).toEqual(meanwhile);
    await nginx.configure({ site: 'balancer', edits });
    await nginx.reload();

    await gone.start();
    const [one] = byPath.filter((_, i) => home[i] === 'b');
    while ((await nodeAt(String(one))) !== 'b') await delay(50);
    expect(await nodesAt(byPath)).toEqual(home);
    expect(await nodesAt(byQuery)).toEqual(home);
  });
});

/** Whose keys are elsewhere now. */
function moved(before: readonly string[], now: readonly string[]): Set<string> {
  return new Set(before.filter((name, i) => now[i] !== name));
}
