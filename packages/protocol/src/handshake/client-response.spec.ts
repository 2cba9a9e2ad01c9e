import { describe, expect, it } from '@jest/globals';
import { buildOffer } from '../deflate/negotiate.js';
import { buildRequestHeaders } from './client-request.js';
import { HandshakeFailure, validateResponse } from './client-response.js';

const SENT = { accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', subprotocols: ['chat', 'superchat'], deflate: undefined };
const HEADERS = {
  upgrade: ['websocket'],
  connection: ['Upgrade'],
  'sec-websocket-accept': ['s3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
};

describe('Opening handshake, client side (RFC 6455 §4.1)', () => {
  it.each([
    ['the answer of §1.3', { 'sec-websocket-protocol': ['chat'] }, 'chat'],
    ['no subprotocol', {}, undefined],
    ['values in another case', { upgrade: ['WebSocket'], connection: ['keep-alive, UPGRADE'] }, undefined],
  ])('accepts %s', (_, headers, subprotocol) => {
    const result = validateResponse({ status: 101, headers: { ...HEADERS, ...headers } }, SENT);
    expect(result).toEqual({ ok: true, subprotocol, deflate: null });
  });

  it.each([
    ['1. another status', 200, {}, HandshakeFailure.Status],
    ['1. a redirect', 302, {}, HandshakeFailure.Status],
    ['2. no Upgrade', 101, { upgrade: undefined }, HandshakeFailure.Upgrade],
    ['2. another Upgrade', 101, { upgrade: ['h2c'] }, HandshakeFailure.Upgrade],
    ['2. a list of upgrades', 101, { upgrade: ['websocket, h2c'] }, HandshakeFailure.Upgrade],
    ['2. Upgrade twice', 101, { upgrade: ['websocket', 'websocket'] }, HandshakeFailure.Upgrade],
    ['3. no Connection', 101, { connection: undefined }, HandshakeFailure.Connection],
    ['3. another Connection', 101, { connection: ['close'] }, HandshakeFailure.Connection],
    ['4. no accept', 101, { 'sec-websocket-accept': undefined }, HandshakeFailure.Accept],
    ['4. another accept', 101, { 'sec-websocket-accept': ['c3BQTE1CaVR4YVE5a1lHeno='] }, HandshakeFailure.Accept],
    ['4. the accept twice', 101, { 'sec-websocket-accept': [SENT.accept, SENT.accept] }, HandshakeFailure.Accept],
    ['5. an extension', 101, { 'sec-websocket-extensions': ['permessage-deflate'] }, HandshakeFailure.Extensions],
    ['5. no extension at all', 101, { 'sec-websocket-extensions': ['a b'] }, HandshakeFailure.Extensions],
    ['6. another subprotocol', 101, { 'sec-websocket-protocol': ['mqtt'] }, HandshakeFailure.Subprotocol],
    ['6. its own in another case', 101, { 'sec-websocket-protocol': ['Chat'] }, HandshakeFailure.Subprotocol],
    ['6. two of them', 101, { 'sec-websocket-protocol': ['chat', 'superchat'] }, HandshakeFailure.Subprotocol],
    ['6. a list', 101, { 'sec-websocket-protocol': ['chat, superchat'] }, HandshakeFailure.Subprotocol],
  ])('fails on %s', (_, status, headers, failure) => {
    expect(validateResponse({ status, headers: { ...HEADERS, ...headers } }, SENT)).toEqual({ ok: false, failure });
  });

  it('fails on a subprotocol where none was offered', () => {
    const headers = { ...HEADERS, 'sec-websocket-protocol': ['chat'] };
    expect(validateResponse({ status: 101, headers }, { ...SENT, subprotocols: [] })).toEqual({
      ok: false,
      failure: HandshakeFailure.Subprotocol,
    });
  });

  it('agrees upon compression', () => {
    const deflate = buildOffer({
      contextTakeover: true,
      peerContextTakeover: true,
      windowBits: 15,
      peerWindowBits: 15,
    });
    const headers = { ...HEADERS, 'sec-websocket-extensions': ['permessage-deflate; server_max_window_bits=10'] };
    expect(validateResponse({ status: 101, headers }, { ...SENT, deflate })).toMatchObject({
      ok: true,
      deflate: { serverMaxWindowBits: 10 },
    });
  });
});

describe('What a client asks for (RFC 6455 §4.1)', () => {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';

  it('has the fields that a handshake must have', () => {
    expect(buildRequestHeaders({ key, subprotocols: [], extensions: undefined })).toEqual({
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': key,
      'Sec-WebSocket-Version': '13',
    });
  });

  it('has subprotocols and extensions, where there are any', () => {
    expect(buildRequestHeaders({ key, subprotocols: ['a', 'b'], extensions: 'x; y' })).toMatchObject({
      'Sec-WebSocket-Protocol': 'a, b',
      'Sec-WebSocket-Extensions': 'x; y',
    });
  });

  it.each([[['']], [['a b']], [['a,b']], [['\u00e9']], [['a', 'a']]])('has no subprotocols %j', (subprotocols) => {
    expect(() => buildRequestHeaders({ key, subprotocols, extensions: undefined })).toThrow(SyntaxError);
  });
});
