import { expect, it } from '@jest/globals';
import { isExempt } from './no-proxy.js';

it.each([
  ['', 'ws://example.com', false],
  ['*', 'ws://example.com', true],
  ['example.com', 'ws://example.com', true],
  ['example.com', 'ws://EXAMPLE.com:8080/path', true],
  ['example.com', 'ws://api.example.com', true],
  ['example.com', 'ws://notexample.com', false],
  ['.example.com', 'ws://api.example.com', true],
  ['.example.com', 'ws://example.com', true],
  ['*.example.com', 'wss://a.b.example.com', true],
  ['other.test, Example.COM', 'ws://example.com', true],
  ['other.test example.com', 'ws://example.com', true],
  ['example.com:8080', 'ws://example.com:8080', true],
  ['example.com:8080', 'ws://example.com', false],
  ['example.com:80', 'ws://example.com', true],
  ['example.com:443', 'wss://example.com', true],
  ['127.0.0.1', 'ws://127.0.0.1:9001', true],
  ['127.0.0.1', 'ws://127.0.0.2', false],
  ['127.0.0.0/8', 'ws://127.9.9.9', true],
  ['10.0.0.0/8', 'ws://11.0.0.1', false],
  ['::1', 'ws://[::1]:9001', true],
  ['[::1]:9001', 'ws://[::1]:9001', true],
  ['[::1]:9001', 'ws://[::1]', false],
  ['fd00::/8', 'ws://[fd12::1]', true],
  ['10.0.0.0/99, 10.0.0.0/x, :, .', 'ws://10.0.0.1', false],
  ['loopback', 'ws://127.0.0.1', false],
  ['0.0.1', 'ws://127.0.0.1', false],
])('%j and %s: %s', (list, url, exempt) => {
  expect(isExempt(new URL(url), list)).toBe(exempt);
});
