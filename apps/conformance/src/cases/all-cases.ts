import type { ConformanceCase } from '../conformance-case.js';
import { FRAMING } from './1-framing.js';
import { PINGS_AND_PONGS } from './2-pings-and-pongs.js';
import { RESERVED_BITS } from './3-reserved-bits.js';
import { RESERVED_OPCODES } from './4-reserved-opcodes.js';
import { FRAGMENTATION } from './5-fragmentation.js';
import { UTF8 } from './6-utf8.js';
import { CLOSING } from './7-closing.js';
import { SIZES_AND_LIMITS } from './9-sizes.js';
import { AUTO_FRAGMENTATION } from './10-auto-fragmentation.js';
import { compression } from './12-compression.js';
import { compressionParameters } from './13-compression-parameters.js';
import type { Effort } from './compressed-echo.js';

/** Every case, in the order of its number. */
export function allCases(effort: Effort): readonly ConformanceCase[] {
  return [
    ...FRAMING,
    ...PINGS_AND_PONGS,
    ...RESERVED_BITS,
    ...RESERVED_OPCODES,
    ...FRAGMENTATION,
    ...UTF8,
    ...CLOSING,
    ...SIZES_AND_LIMITS,
    ...AUTO_FRAGMENTATION,
    ...compression(effort),
    ...compressionParameters(effort),
  ];
}
