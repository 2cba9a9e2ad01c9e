import { describe, expect, it } from '@jest/globals';
import { connectionId } from '../client/connection-id.js';
import type { NestwireClient } from '../client/nestwire-client.js';
import { Members } from './members.js';
import { EVERYBODY } from './target.js';

describe('The members of a path', () => {
  it('are found by their ids until they are gone, and kept no longer', () => {
    const joined: string[] = [];
    // One that would still be open, so that nothing but the members themselves can forget it.
    const member = (number: number): NestwireClient =>
      ({ number, isOpen: true, join: (room: string) => joined.push(`${String(number)} ${room}`) }) as never;
    const members = new Members();
    const [first, second] = [member(1), member(2)];
    const both = { ...EVERYBODY, connections: [connectionId(1), connectionId(2)] };
    members.add(first);
    members.joinAll(both, ['a']);
    members.add(second);
    members.joinAll(both, ['b']);
    members.delete(first);
    members.joinAll(both, ['c']);
    expect(joined).toEqual(['1 a', '1 b', '2 b', '2 c']);
  });
});
