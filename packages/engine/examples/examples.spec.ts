import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { WsServer } from '@nestwire/engine';
import { WebSocket } from 'ws';

describe('The examples of the README', () => {
  const lines: unknown[][] = [];
  let wake: () => void = () => undefined;
  let server: WsServer;
  let url: string;

  beforeAll(async () => {
    jest.spyOn(console, 'log').mockImplementation((...line) => {
      lines.push(line);
      wake();
    });
    process.env['PORT'] = '0';
    ({ server } = await import('./echo.js'));
    url = /ws:\S+/.exec(String(lines[0]?.[0]))?.[0] ?? '';
  });

  beforeEach(() => {
    lines.length = 0;
  });

  afterAll(async () => {
    await server.close();
    jest.restoreAllMocks();
  });

  async function printed(count: number): Promise<unknown[][]> {
    while (lines.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return lines;
  }

  it('echo', async () => {
    const client = new WebSocket(`${url}room?x=1`);
    await once(client, 'open');
    client.send('hello');
    const [message] = (await once(client, 'message')) as [Buffer];
    expect(message.toString()).toBe('hello');
    client.close(1000);
    await once(client, 'close');
    expect(await printed(2)).toEqual([
      ['opened', '/room'],
      ['closed', 1000, true],
    ]);
  });

  it('connect', async () => {
    process.env['URL'] = url;
    await import('./connect.js');
    expect(await printed(4)).toEqual(
      expect.arrayContaining([
        ['opened', '/'],
        ['received', 'hello'],
        ['closed', 1000, true],
        ['ended', 1000, true],
      ]),
    );
  });
});
