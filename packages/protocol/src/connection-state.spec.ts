import { describe, expect, it } from '@jest/globals';
import { ConnectionEvent, ConnectionState, nextState, ReadyState, readyStateOf } from './connection-state.js';

describe('States of a connection (RFC 6455 §7.1)', () => {
  it.each<[ConnectionState, ...ConnectionState[]]>([
    // before        send-close    receive-close  fail      transport-closed
    ['open', 'close-sent', 'ending', 'ending', 'closed'],
    ['close-sent', 'close-sent', 'ending', 'ending', 'closed'],
    ['ending', 'ending', 'ending', 'ending', 'closed'],
    ['closed', 'closed', 'closed', 'closed', 'closed'],
  ])('%s: after a close sent %s, received %s, a failure %s, the end of TCP %s', (state, ...after) => {
    const { SendClose, ReceiveClose, Fail, TransportClosed } = ConnectionEvent;
    expect([SendClose, ReceiveClose, Fail, TransportClosed].map((event) => nextState(state, event))).toEqual(after);
  });

  it('never leads back', () => {
    const order = [ConnectionState.Open, ConnectionState.CloseSent, ConnectionState.Ending, ConnectionState.Closed];
    for (const state of order) {
      for (const event of Object.values(ConnectionEvent)) {
        expect(order.indexOf(nextState(state, event))).toBeGreaterThanOrEqual(order.indexOf(state));
      }
    }
  });

  it.each([
    [ConnectionState.Open, ReadyState.Open, 1],
    [ConnectionState.CloseSent, ReadyState.Closing, 2],
    [ConnectionState.Ending, ReadyState.Closing, 2],
    [ConnectionState.Closed, ReadyState.Closed, 3],
  ])('shows %s as a WHATWG socket does', (state, readyState, number) => {
    expect(readyStateOf(state)).toBe(readyState);
    expect(readyState).toBe(number);
  });
});
