/**
 * A `ws:` or `wss:` URL. RFC 6455 §3: the ports are 80 and 443 unless given, and "fragment identifiers are meaningless in the
 * context of WebSocket URIs and MUST NOT be used".
 *
 * @throws SyntaxError for what is no such URL; without showing it: there may be a password or a token in it.
 */
export function parseWebSocketUrl(url: string | URL): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new SyntaxError('That is no URL: one is ws://host/path or wss://host:port/path');
  }
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new SyntaxError(`A WebSocket URL begins with ws: or wss:, not ${parsed.protocol}`);
  }
  if (parsed.href.includes('#')) throw new SyntaxError('A WebSocket URL has no fragment');
  return parsed;
}
