import { describe, it } from '@jest/globals';
import { envelopeCodecContract } from '@nestwire/test-support';
import { TsvCodec } from './tsv.codec.js';

const COLUMNS = ['userId', 'code', 'id', 'data', 'error', 'done', 'cancel'];

describe("A user's own codec, as an EnvelopeCodec", () => {
  const cases = envelopeCodecContract({
    codec: new TsvCodec(),
    message: (fields) => COLUMNS.map((column) => JSON.stringify(fields[column]) ?? '').join('\t'),
    broken: ['', '\t', '\t<script>', '\t"<script>"', '1\t2\t{', '\t0'],
    depth: 1000,
  });
  it.each(cases.map(({ rule, check }) => [rule, check] as const))('%s', (_rule, check) => check());
});
