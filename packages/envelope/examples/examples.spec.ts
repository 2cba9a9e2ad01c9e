import { expect, it, jest } from '@jest/globals';

it('decodes the messages of the README', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./decode.js');
  expect(log.mock.calls).toEqual([['{"userId":10001,"code":1001,"id":7,"data":{"hello":"world"}}'], [false], ['now']]);
  log.mockRestore();
});
