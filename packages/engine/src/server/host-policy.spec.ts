import { describe, expect, it } from '@jest/globals';
import { type HostOptions, HostPolicy } from './host-policy.js';

const LOOPBACK = true;
const ANYWHERE = false;

function allows(host: string, boundToLoopback: boolean, options: HostOptions = {}, forwarded = false): boolean {
  const caller = { remoteAddress: '127.0.0.1', secure: undefined, host, forwarded };
  return new HostPolicy(options).objection(caller, () => boundToLoopback) === undefined;
}

describe('Bound to loopback, against DNS rebinding', () => {
  it.each(['localhost', 'LOCALHOST:9002', '127.0.0.1', '127.0.0.1:9002', '[::1]:9002', '[::1]', '127.0.0.2'])(
    '%s is the server',
    (host) => {
      expect(allows(host, LOOPBACK)).toBe(true);
    },
  );

  it.each([
    'evil.example',
    'evil.example:9002',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '192.168.0.1',
    '[::2]',
  ])('%s is not', (host) => {
    expect(allows(host, LOOPBACK)).toBe(false);
  });

  it('a listed name is, and loopback still', () => {
    const options = { hosts: ['dev.example', '*.test', /x\d/] };
    for (const host of ['dev.example:9002', 'DEV.example', 'a.test', 'x1', 'localhost']) {
      expect(allows(host, LOOPBACK, options)).toBe(true);
    }
    for (const host of ['evil.example', 'test', 'x1.evil']) expect(allows(host, LOOPBACK, options)).toBe(false);
  });

  it('behind a listed proxy, any name is; with names listed, those', () => {
    expect(allows('app.example', LOOPBACK, {}, true)).toBe(true);
    expect(allows('app.example', LOOPBACK, { hosts: ['other.example'] }, true)).toBe(false);
  });
});

describe('Where it is bound', () => {
  it.each<[string, HostOptions, boolean, boolean]>([
    ['localhost:9002', {}, false, false],
    ['127.0.0.1', {}, false, false],
    ['any.example', {}, true, false],
    ['any.example', {}, false, true],
    ['127.evil.example', {}, false, true],
    ['localhost', { hosts: ['app.example'] }, true, true],
    ['app.example', { hosts: ['app.example'] }, false, false],
    ['any.example', { hosts: ['app.example'] }, false, false],
    ['any.example', { hosts: () => false }, false, false],
  ])('is asked of the system only where it matters: %s, %j, forwarded %p: %p', (host, options, forwarded, expected) => {
    let asked = false;
    const caller = { remoteAddress: '127.0.0.1', secure: undefined, host, forwarded };
    new HostPolicy(options).objection(caller, () => (asked = true));
    expect(asked).toBe(expected);
  });
});

describe('Bound to anything else', () => {
  it('any name will do', () => {
    expect(allows('any.example', ANYWHERE)).toBe(true);
  });

  it('unless names are listed, or asked for', () => {
    expect(allows('any.example', ANYWHERE, { hosts: ['app.example'] })).toBe(false);
    expect(allows('localhost', ANYWHERE, { hosts: ['app.example'] })).toBe(false);
    expect(allows('app.example', ANYWHERE, { hosts: ['app.example'] })).toBe(true);
    expect(allows('localhost', LOOPBACK, { hosts: (name) => name === 'a.example' })).toBe(false);
    expect(allows('a.example:1', LOOPBACK, { hosts: (name) => name === 'a.example' })).toBe(true);
  });
});
