/** The most that a message takes over of what a peer may have chosen: the names in a certificate, say. */
const MOST_CHARACTERS = 300;

/** `…:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/openssl/…:1601:SSL alert number 70` */
const OPENSSL = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]*):/;

/** An error of Node's in a few words. The error itself is the `cause`, and has its `code`. */
export function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  // Where a name has several addresses, and none of them answers.
  if ('errors' in error && Array.isArray(error.errors)) {
    return [...new Set(error.errors.map(describeError))].join('; ').slice(0, MOST_CHARACTERS);
  }
  const message = 'message' in error ? String(error.message).trim() : '';
  const text = OPENSSL.exec(message)?.[1] ?? (message || codeOf(error) || 'no reason given');
  return text.slice(0, MOST_CHARACTERS);
}

export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
