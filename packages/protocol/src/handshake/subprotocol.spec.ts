import { describe, expect, it } from '@jest/globals';
import { selectSubprotocol } from './subprotocol.js';

describe('Subprotocol selection (RFC 6455 §1.9, §4.2.2)', () => {
  it.each([
    [['chat'], ['chat'], 'chat'],
    [['superchat', 'chat'], ['chat', 'superchat'], 'superchat'],
    [['unknown', 'chat'], ['chat'], 'chat'],
    [['unknown'], ['chat'], undefined],
    [['Chat'], ['chat'], undefined],
    [[], ['chat'], undefined],
    [['chat'], [], undefined],
  ])('of the client’s %j and the server’s %j it is %p', (offered, known, selected) => {
    expect(selectSubprotocol(offered, known)).toBe(selected);
  });
});
