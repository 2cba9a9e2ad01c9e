import { describe, expect, it } from '@jest/globals';
import { isToken, listHas, listMembers } from './headers.js';

describe('Header lists (RFC 9110 §5.6.1)', () => {
  it.each([
    ['no line', undefined, []],
    ['an empty line', [''], []],
    ['one member', ['Upgrade'], ['Upgrade']],
    ['two members', ['keep-alive, Upgrade'], ['keep-alive', 'Upgrade']],
    ['no space', ['keep-alive,Upgrade'], ['keep-alive', 'Upgrade']],
    ['white space', [' \tkeep-alive \t,\t Upgrade '], ['keep-alive', 'Upgrade']],
    ['empty members', [',a,, ,b,'], ['a', 'b']],
    ['several lines', ['a, b', 'c', '', 'd'], ['a', 'b', 'c', 'd']],
  ])('reads %s', (_what, lines, members) => {
    expect(listMembers(lines)).toEqual(members);
  });

  it.each([
    [['Upgrade'], true],
    [['upgrade'], true],
    [['UPGRADE'], true],
    [['keep-alive, Upgrade'], true],
    [['keep-alive', 'Upgrade'], true],
    [['Upgrade,keep-alive'], true],
    [['x-upgrade,, \tUPGRADE\t'], true],
    [['x-upgrade, upgrades'], false],
    [['no', 'x-upgrade', 'uPgrade'], true],
    [['up', 'grade'], false],
    [['keep-alive'], false],
    [['Upgrades'], false],
    [['upgrade-insecure'], false],
    [['up grade'], false],
    [[''], false],
    [undefined, false],
  ])('finds "upgrade", in whatever case, as a whole member: %j %p', (lines, has) => {
    expect(listHas(lines, 'upgrade')).toBe(has);
  });
});

describe('Tokens (RFC 9110 §5.6.2)', () => {
  it('consist of these characters', () => {
    const characters = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
      .filter(isToken)
      .join('');
    expect(characters).toBe("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
  });

  it.each(['', 'a b', 'a,b', 'a/b', 'a\n', 'ä'])('are not empty, and have nothing else in them: %j', (text) => {
    expect(isToken(text)).toBe(false);
  });

  it.each(['chat', 'nestwire.v1.json', 'v10.stomp', 'graphql-transport-ws'])('%s is one', (text) => {
    expect(isToken(text)).toBe(true);
  });
});
