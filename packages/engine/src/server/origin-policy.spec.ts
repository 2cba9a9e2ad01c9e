import { describe, expect, it } from '@jest/globals';
import type { Caller } from './caller.js';
import { type OriginOptions, OriginPolicy } from './origin-policy.js';

const CALLER: Caller = { remoteAddress: '192.0.2.1', secure: undefined, host: 'app.example', forwarded: false };

function allows(origin: string | undefined, caller: Partial<Caller> = {}, options: OriginOptions = {}): boolean {
  const lines = origin === undefined ? undefined : [origin];
  return new OriginPolicy(options).objection(lines, { ...CALLER, ...caller }) === undefined;
}

describe('The own origin (RFC 6455 §10.2)', () => {
  it.each<[string, Partial<Caller>, boolean]>([
    ['http://app.example', {}, true],
    ['https://app.example', {}, true],
    ['http://APP.example', {}, true],
    ['http://app.example:80', {}, true],
    ['http://app.example:8080', {}, false],
    ['https://app.example', { host: 'app.example:443' }, true],
    ['http://app.example', { host: 'app.example:443' }, false],
    ['http://app.example:9002', { host: 'app.example:9002' }, true],
    ['http://[::1]:9002', { host: '[::1]:9002' }, true],
    ['https://app.example', { secure: true }, true],
    ['http://app.example', { secure: true }, false],
    ['https://app.example', { secure: false }, false],
    ['http://evil.example', {}, false],
    ['http://app.example.evil', {}, false],
    ['http://evilapp.example', {}, false],
    ['ftp://app.example', {}, false],
    ['null', {}, false],
  ])('%s, asked for as %j: %p', (origin, caller, expected) => {
    expect(allows(origin, caller)).toBe(expected);
  });

  it.each([
    '',
    'app.example',
    'http://',
    'http://app.example/',
    'http://app.example?x',
    'http://app.example, http://b',
    'http://a@app.example',
    'http://app example',
  ])('is malformed: "%s"', (origin) => {
    expect(allows(origin, {}, { origins: [/.*/s] })).toBe(false);
  });

  it('is malformed when there are two', () => {
    const lines = ['http://app.example', 'http://app.example'];
    expect(new OriginPolicy({}).objection(lines, CALLER)).toBeDefined();
  });
});

describe('No Origin', () => {
  it('is no browser, and allowed unless switched off', () => {
    expect(allows(undefined)).toBe(true);
    expect(allows(undefined, {}, { allowNoOrigin: false })).toBe(false);
    expect(allows(undefined, {}, { allowNoOrigin: true, origins: () => false })).toBe(true);
  });
});

describe('Listed origins', () => {
  it.each<[string | RegExp, string, boolean]>([
    ['https://a.example', 'https://a.example', true],
    ['https://a.example', 'HTTPS://A.example', true],
    ['https://a.example', 'https://aXexample', false],
    ['https://a.example', 'https://a.example:8443', false],
    ['https://a.example', 'http://a.example', false],
    ['https://*.example', 'https://a.b.example', true],
    ['https://*.example', 'https://.example', false],
    ['https://*.example', 'https://example', false],
    ['https://*.example', 'https://evil:1.example', false],
    ['https://*', 'https://a.example:8443', false],
    ['http://localhost:*', 'http://localhost:5173', true],
    ['null', 'null', true],
    ['chrome-extension://abc', 'chrome-extension://abc', true],
    [/https:\/\/(a|b)\.example/, 'https://b.example', true],
    [/https:\/\/a\.example/, 'https://a.example.evil', false],
    [/https:\/\/a\.example/, 'xhttps://a.example', false],
    [/a|https:\/\/b/g, 'https://b', true],
  ])('%s and %s: %p', (pattern, origin, expected) => {
    const options = { origins: [pattern] };
    expect(allows(origin, {}, options)).toBe(expected);
    // The same answer again: no expression remembers where it was.
    expect(allows(origin, {}, options)).toBe(expected);
  });

  it('do not exclude the own one', () => {
    expect(allows('http://app.example', {}, { origins: ['https://a.example'] })).toBe(true);
  });

  it('may be a question, which decides alone and knows the caller', () => {
    const origins = (origin: string, { host }: Caller) => origin === 'https://a.example' && host === 'app.example';
    expect(allows('https://a.example', {}, { origins })).toBe(true);
    expect(allows('http://app.example', {}, { origins })).toBe(false);
  });
});
