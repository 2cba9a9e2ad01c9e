import { describe, expect, it } from '@jest/globals';
import { refuse, serializeAcceptance, serializeRefusal } from './response.js';

interface Parsed {
  readonly statusLine: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Reads a response by RFC 9112 §2.1: a status line, field lines, an empty line, the rest. */
function parseResponse(text: string): Parsed {
  const headEnd = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const fields = lines.map((line) => {
    const [, name = '', value = ''] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?(.*)$/.exec(line) ?? [];
    return [name.toLowerCase(), value] as const;
  });
  return { statusLine, fields, body: text.slice(headEnd + 4) };
}

describe('101 Switching Protocols (RFC 6455 §4.2.2)', () => {
  it('has the four lines, and no subprotocol', () => {
    expect(serializeAcceptance({ accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' })).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
        '\r\n',
    );
  });

  it('names the one subprotocol that was chosen', () => {
    const { fields, body } = parseResponse(serializeAcceptance({ accept: 'x', subprotocol: 'chat' }));
    expect(fields).toEqual([
      ['upgrade', 'websocket'],
      ['connection', 'Upgrade'],
      ['sec-websocket-accept', 'x'],
      ['sec-websocket-protocol', 'chat'],
    ]);
    expect(body).toBe('');
  });
});

describe('A refusal is a whole HTTP response (RFC 9112 §2.1)', () => {
  it('says its status, its length, and that the connection ends', () => {
    const { statusLine, fields, body } = parseResponse(serializeRefusal(refuse(403, 'Not for you'), 11));
    expect(statusLine).toBe('HTTP/1.1 403 Forbidden');
    expect(fields).toEqual([
      ['connection', 'close'],
      ['content-type', 'text/plain; charset=utf-8'],
      ['content-length', '11'],
    ]);
    expect(body).toBe('Not for you');
  });

  it('adds further fields; its own give way to them', () => {
    const refusal = refuse(426, 'x', { Connection: 'Upgrade, close', 'Sec-WebSocket-Version': '13' });
    const { fields } = parseResponse(serializeRefusal(refusal, 1));
    expect(fields).toContainEqual(['connection', 'Upgrade, close']);
    expect(fields).toContainEqual(['sec-websocket-version', '13']);
    expect(fields.filter(([name]) => name === 'connection')).toHaveLength(1);
  });

  it('measures the body in bytes, as it is told', () => {
    const reason = 'Für dich nicht';
    const { fields, body } = parseResponse(serializeRefusal(refuse(403, reason), Buffer.byteLength(reason)));
    expect(fields).toContainEqual(['content-length', '15']);
    expect(body).toBe(reason);
  });

  it.each([400, 401, 403, 404, 405, 408, 426, 429, 431, 500, 503, 505, 418])('has a phrase for %i', (status) => {
    const { statusLine } = parseResponse(serializeRefusal(refuse(status, ''), 0));
    expect(statusLine).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} [A-Z][A-Za-z ]+$`));
  });
});
