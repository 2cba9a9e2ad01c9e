import { expect, it, jest } from '@jest/globals';

async function saidBy(example: () => Promise<unknown>): Promise<unknown[][]> {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await example();
  const { calls } = log.mock;
  log.mockRestore();
  return calls;
}

it('decodes the messages of the README', async () => {
  expect(await saidBy(() => import('./decode.js'))).toEqual([
    ['{"userId":10001,"code":1001,"id":7,"data":{"hello":"world"}}'],
    [false],
    ['now'],
  ]);
});

it('carries bytes, as the README says', async () => {
  expect(await saidBy(() => import('./message-pack.js'))).toEqual([[36, { frame: new Uint8Array([1, 2, 3]) }]]);
});

it('has the contract of the README', async () => {
  expect(await saidBy(() => import('./contract.js'))).toEqual([
    ['chat.say (1001)', 'hello', 3],
    ['chat.said', true],
  ]);
});

it('has close codes with the rules of the README', async () => {
  expect(await saidBy(() => import('./close-codes.js'))).toEqual([['now', 1500], ['backoff'], ['reauth', 'never']]);
});
