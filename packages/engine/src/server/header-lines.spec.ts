import { describe, expect, it } from '@jest/globals';
import { headerLines } from './header-lines.js';

const linesOf = (...rawHeaders: string[]) => headerLines({ rawHeaders });

describe('Header lines of a request', () => {
  it('have names in lower case, and an entry a line', () => {
    expect({
      ...linesOf('Host', 'a', 'CONNECTION', 'keep-alive', 'Upgrade', 'websocket', 'connection', 'Upgrade'),
    }).toEqual({
      host: ['a'],
      connection: ['keep-alive', 'Upgrade'],
      upgrade: ['websocket'],
    });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('may have any name: %s', (name) => {
    const lines = linesOf(name, 'a', name, 'b');
    expect(lines[name.toLowerCase()]).toEqual(['a', 'b']);
    expect(linesOf()[name.toLowerCase()]).toBeUndefined();
  });
});
