import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const KEY_BYTES = 4;

const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/**
 * A new masking key. "The masking key needs to be unpredictable; thus, the masking key MUST be derived from a strong source
 * of entropy" (RFC 6455 §5.3); the source is asked for a thousand at a time.
 */
export function nextMaskingKey(): number {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const key = pool.readInt32LE(used);
  used += KEY_BYTES;
  return key;
}
