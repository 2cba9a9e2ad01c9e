import { describe, expect, it } from '@jest/globals';
import { checkedLimit, DEFAULTS } from './ws-server-options.js';
import { WsServer } from './ws-server.js';

const NAMES = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[];

describe('Limits of a server', () => {
  it('have these defaults', () => {
    expect(DEFAULTS).toEqual({
      maxMessageBytes: 1_048_576,
      maxFragments: 1024,
      decisionTimeoutMs: 10_000,
      handshakeTimeoutMs: 10_000,
      tlsHandshakeTimeoutMs: 10_000,
      closeTimeoutMs: 5000,
      outboundHighWaterBytes: 1_048_576,
      outboundLowWaterBytes: 262_144,
      maxOutboundBytes: 2_097_152,
      keepAliveMs: 60_000,
      pingIntervalMs: 25_000,
      pongTimeoutMs: 10_000,
      silenceTimeoutMs: Infinity,
    });
  });

  it.each(NAMES)('%s is checked when the server is created', (name) => {
    const onConnection = () => ({ onMessage: () => {} });
    for (const value of [-1, NaN, -Infinity, '1000', true, {}]) {
      expect(() => new WsServer({ onConnection, [name]: value })).toThrow(RangeError);
    }
    for (const value of [0, 1, 0.5, 1e12, Infinity, undefined]) {
      expect(() => new WsServer({ onConnection, ...(value === undefined ? {} : { [name]: value }) })).not.toThrow();
    }
  });

  it.each(NAMES)('%s is what was given, else the default', (name) => {
    expect(checkedLimit(name, 7)).toBe(7);
    expect(checkedLimit(name, undefined)).toBe(DEFAULTS[name]);
  });
});
