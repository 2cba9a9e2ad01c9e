import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { hasReadingBudget, hasSendingBudget, onceWithinBudget, spendSyncBudget } from './sync-budget.js';

const MIB = 1024 * 1024;

describe('The budget of one turn for zlib on the main thread', () => {
  beforeEach(async () => {
    // What the test before has spent.
    await nextTurn();
  });

  it('is a megabyte for what is read, and one more for what is sent', () => {
    spendSyncBudget(MIB - 1);
    expect([hasReadingBudget(), hasSendingBudget()]).toEqual([true, true]);
    spendSyncBudget(1);
    expect([hasReadingBudget(), hasSendingBudget()]).toEqual([false, true]);
    spendSyncBudget(MIB);
    expect([hasReadingBudget(), hasSendingBudget()]).toEqual([false, false]);
  });

  it('is there again in the next turn', async () => {
    spendSyncBudget(3 * MIB);
    await nextTurn();
    expect([hasReadingBudget(), hasSendingBudget()]).toEqual([true, true]);
  });

  it('is handed out in order, over as many turns as it takes, each time after what the one before has caused', async () => {
    const log: string[] = [];
    let turn = 0;
    spendSyncBudget(MIB);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      onceWithinBudget(() => {
        log.push(`${String(turn)}${name}`);
        // As a connection goes on with its chunk.
        process.nextTick(() => spendSyncBudget(MIB / 2));
      });
    }
    expect(log).toEqual([]);
    for (turn = 1; turn <= 3; turn++) await nextTurn();
    expect(log).toEqual(['1a', '1b', '2c', '2d', '3e']);
  });

  it('is shared among those who wait, and all there for those who do not', async () => {
    const KIB = 1024;
    const shares: number[] = [];
    for (let i = 0; i < 3; i++) {
      onceWithinBudget(() => {
        let share = 0;
        for (; hasReadingBudget() && share < MIB; share += KIB) spendSyncBudget(KIB);
        shares.push(share);
      });
    }
    await nextTurn();
    await nextTurn();
    expect(shares).toEqual([64 * KIB, 64 * KIB, 64 * KIB]);
    spendSyncBudget(MIB - 193 * KIB);
    expect(hasReadingBudget()).toBe(true);
  });

  it('goes to those who have not had a share first, and for its second half to those who have', async () => {
    const log: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      onceWithinBudget(() => {
        log.push(name);
        spendSyncBudget(MIB / 4);
        onceWithinBudget(() => {
          log.push(`${name} again`);
          spendSyncBudget(MIB / 4);
        });
      });
    }
    await nextTurn();
    expect(log.splice(0)).toEqual(['a', 'b', 'a again', 'b again']);
    await nextTurn();
    expect(log.splice(0)).toEqual(['c', 'd', 'c again', 'd again']);
    await nextTurn();
    expect(log).toEqual(['e', 'e again']);
  });

  it('goes to those who come later as well, behind those who wait', async () => {
    const log: string[] = [];
    onceWithinBudget(() => {
      log.push('first');
      onceWithinBudget(() => log.push('third'));
    });
    onceWithinBudget(() => log.push('second'));
    await nextTurn();
    await nextTurn();
    expect(log).toEqual(['first', 'second', 'third']);
  });
});
