import { expect, it, jest } from '@jest/globals';

it('parses the frames of the README', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./parse-a-frame.js');
  expect(log.mock.calls).toEqual([
    ['text', 'Hello'],
    ['violation', 'unmasked-frame'],
  ]);
  log.mockRestore();
});
