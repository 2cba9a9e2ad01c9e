import { describe, expect, it } from '@jest/globals';
import { RequestFacts } from './request-facts.js';

const FACTS = {
  path: '/rooms/%2F',
  query: 'room=7&room=8&name=%E2%82%AC',
  host: 'localhost',
  origin: undefined,
  secure: undefined,
  remoteAddress: '127.0.0.1',
  peerAddress: '127.0.0.1',
  tls: undefined,
};

describe('What of an opening handshake outlives it', () => {
  it('has the query as it was sent, and taken apart', () => {
    const facts = new RequestFacts(FACTS);
    expect(facts).toMatchObject(FACTS);
    expect(facts.searchParams.getAll('room')).toEqual(['7', '8']);
    expect(facts.searchParams.get('name')).toBe('€');
  });

  it('is not changed through what it hands out', () => {
    const facts = new RequestFacts(FACTS);
    facts.searchParams.delete('room');
    expect(facts.searchParams.get('room')).toBe('7');
  });
});
