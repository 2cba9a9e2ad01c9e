import { describe, expect, it } from '@jest/globals';
import { EngineBench, frameFor, RawClient } from '@nestwire/test-support';
import { MemoryBudget } from './memory-budget.js';

class Holder {
  over = 0;
  onOverBudget(): void {
    this.over++;
  }
}

describe('The memory of unfinished messages', () => {
  it('is that of all holders', () => {
    const budget = new MemoryBudget(100);
    const [a, b] = [new Holder(), new Holder()];
    budget.update(a, 60);
    budget.update(b, 40);
    expect(budget.heldBytes).toBe(100);
    budget.update(a, 10);
    budget.update(b, 0);
    expect(budget.heldBytes).toBe(10);
    expect([a.over, b.over]).toEqual([0, 0]);
  });

  it('is asked back of the largest holder, whoever asks for more', () => {
    const budget = new MemoryBudget(100);
    const [small, large] = [new Holder(), new Holder()];
    budget.update(large, 90);
    budget.update(small, 11);
    expect([small.over, large.over]).toEqual([0, 1]);
  });

  it('ends in 1013 for the largest of many connections, and the others go on', async () => {
    const bench = new EngineBench();
    const { port, server } = await bench.serve({ maxUnfinishedBytes: 200_000, maxMessageBytes: 1_000_000 });
    const clients = await Promise.all(Array.from({ length: 3 }, () => RawClient.open(port)));
    const [first, second, third] = clients;
    first?.write(frameFor('server', { opcode: 2, fin: false, payload: Buffer.alloc(50_000) }));
    second?.write(frameFor('server', { opcode: 2, fin: false, payload: Buffer.alloc(90_000) }));
    third?.write(frameFor('server', { opcode: 2, fin: false, payload: Buffer.alloc(80_000) }));
    const close = await second?.frame();
    expect(close?.payload.readUInt16BE(0)).toBe(1013);
    second?.end();
    while (server.connections.size > 2) await new Promise((resolve) => setImmediate(resolve));
    first?.write(frameFor('server', { opcode: 9, payload: 'still here' }));
    expect((await first?.frame())?.opcode).toBe(10);
    for (const client of clients) client.destroy();
    await bench.dispose();
  });
});
