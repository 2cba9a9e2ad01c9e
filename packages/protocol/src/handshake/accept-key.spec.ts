import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { acceptKey, isHandshakeKey } from './accept-key.js';

const sha1 = (ascii: string) => createHash('sha1').update(ascii, 'ascii').digest('base64');

describe('Sec-WebSocket-Accept (RFC 6455 §1.3, §4.2.2)', () => {
  it.each([
    ["the RFC's own example", 'dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
    ['the handshake of the notes', 'pNgZr2dChVwcNts30DxZiQ==', 'W3UNJiLyRMXlwQ2lsHe8hNFegRU='],
  ])('%s', (_name, key, accept) => {
    expect(acceptKey(key, sha1)).toBe(accept);
  });

  it('hands the key and the GUID to SHA-1, as they are', () => {
    expect(acceptKey('key', (ascii) => `<${ascii}>`)).toBe('<key258EAFA5-E914-47DA-95CA-C5AB0DC85B11>');
  });
});

describe('Sec-WebSocket-Key (RFC 6455 §4.1, §4.2.1)', () => {
  it.each([
    'dGhlIHNhbXBsZSBub25jZQ==',
    'pNgZr2dChVwcNts30DxZiQ==',
    // §4.1's example for the bytes 01 to 10; the bits behind the sixteenth byte are not zero in it.
    'AQIDBAUGBwgJCgsMDQ4PEC==',
    '+/+/+/+/+/+/+/+/+/+/+w==',
  ])('is 16 bytes in base64: %s', (key) => {
    expect(isHandshakeKey(key)).toBe(true);
    expect(Buffer.from(key, 'base64')).toHaveLength(16);
  });

  it.each([
    ['empty', ''],
    ['no base64', 'not base64, not at all!!'],
    ['13 bytes', 'AQIDBAUGBwgJCgsMDQ=='],
    ['19 bytes', 'AQIDBAUGBwgJCgsMDQ4PEBESEw=='],
    ['15 bytes', 'AQIDBAUGBwgJCgsMDQ4P'],
    ['17 bytes', 'AQIDBAUGBwgJCgsMDQ4PEBE='],
    ['18 bytes', 'AQIDBAUGBwgJCgsMDQ4PEBES'],
    ['24 bytes', 'AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY'],
    ['no padding', 'dGhlIHNhbXBsZSBub25jZQ'],
    ['base64url', '-_-_-_-_-_-_-_-_-_-_-w=='],
    ['something behind it', 'dGhlIHNhbXBsZSBub25jZQ==x'],
    ['a line feed behind it', 'dGhlIHNhbXBsZSBub25jZQ==\n'],
    ['a space before it', ' dGhlIHNhbXBsZSBub25jZQ=='],
  ])('is nothing else: %s', (_what, key) => {
    expect(isHandshakeKey(key)).toBe(false);
  });
});
