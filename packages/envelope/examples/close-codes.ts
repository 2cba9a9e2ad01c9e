import { buildCloseReason, defineCloseCodes, parseCloseReason, reconnectRule } from '@nestwire/envelope';

/** In a file that the server and its clients import. */
export const closeCodes = defineCloseCodes({
  RoomClosed: { code: 4000, client: 'never', meaning: 'the room has closed' },
  Rebalanced: { code: 4500, client: 'now', meaning: 'another node has more room' },
});

// The server closes with a name, and says when to come again.
const code = closeCodes.code.Rebalanced;
const reason = buildCloseReason({ retryAfter: 1500, message: 'moving' });

// The client asks what to do next: at once, unless the connection lived for less than a minute.
console.log(closeCodes.reconnectRule(code, { livedMs: 3_600_000 }), parseCloseReason(reason).retryAfter);
console.log(closeCodes.reconnectRule(code, { livedMs: 20_000 }));

// A new token is tried once. This function knows the codes that all applications share.
console.log(reconnectRule(4401, { livedMs: 20_000 }), reconnectRule(4401, { livedMs: 0, reauthenticated: true }));
