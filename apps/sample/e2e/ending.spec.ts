import { describe, expect, it } from '@jest/globals';
import { ClosedBy, whoClosed } from '../page/ending.js';

describe('Who closed, as far as a browser lets a page know', () => {
  it.each([
    ['the page did, and the server echoed its code', { closeCode: 3000 }, 3000, true, true, ClosedBy.Page],
    ['the page did without a code', { closeCode: undefined }, 1005, true, true, ClosedBy.Page],
    ['the page did, and the server answered with 1000', { closeCode: undefined }, 1000, true, true, ClosedBy.Page],
    ['the server did', undefined, 1001, true, true, ClosedBy.Server],
    ["the server's goodbye crossed the page's", { closeCode: 1000 }, 1001, true, true, ClosedBy.Server],
    ['the connection was lost', undefined, 1006, false, true, ClosedBy.Nobody],
    ['the page did, and nobody answered', { closeCode: 1000 }, 1006, false, true, ClosedBy.Nobody],
    ['there never was a connection', undefined, 1006, false, false, ClosedBy.Nobody],
    ['the page gave up connecting', { closeCode: 1000 }, 1006, false, false, ClosedBy.Page],
  ])('%s', (_, call, closeCode, wasClean, wasOpen, closedBy) => {
    expect(whoClosed(call, closeCode, wasClean, wasOpen)).toBe(closedBy);
  });
});
