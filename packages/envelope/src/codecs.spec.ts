import { encode } from '@msgpack/msgpack';
import { bytes, envelopeCodecContract, type CodecUnderTest } from '@nestwire/test-support';
import { describe, it } from '@jest/globals';
import { EventDataCodec } from './event-data.codec.js';
import { JsonCodec } from './json.codec.js';
import { MessagePackCodec } from './msgpack/message-pack.codec.js';

const NO_JSON = [
  '',
  '{"code":1',
  '{"code":1}{"code":1}',
  "{'code':1}",
  '<script>',
  '\ud800',
  '\u0000',
  '[',
  '['.repeat(50_000),
];
const NO_OBJECT = ['null', '5', 'true', '"code"', '[{"code":1}]'];

const codecs: [name: string, under: CodecUnderTest][] = [
  [
    'JsonCodec',
    {
      codec: new JsonCodec(),
      message: (fields) => JSON.stringify(fields),
      broken: [...NO_JSON, ...NO_OBJECT, '{"code":"<script>"}', '{"code":0}'],
      depth: 1000,
    },
  ],
  [
    'EventDataCodec',
    {
      codec: new EventDataCodec({ events: { chat: 1001 } }),
      message: ({ code, ...fields }) => JSON.stringify({ event: code, ...fields }),
      broken: [...NO_JSON, ...NO_OBJECT, '{"event":{"<script>":1}}', '{"data":1}', '{"event":0}'],
      depth: 1000,
    },
  ],
  [
    'MessagePackCodec',
    {
      codec: new MessagePackCodec(),
      message: (fields) => encode(fields),
      broken: [
        bytes(''),
        bytes('c0'), // nil
        bytes('05'),
        bytes('91 81 a4 636f6465 01'), // a list
        bytes('81 a4 636f6465 01 00'), // something behind it
        bytes('c1'), // "never used"
        bytes('81 a4 636f6465 a8 3c7363726970743e'), // {code: '<script>'}
      ],
    },
  ],
];

describe.each(codecs)('%s, as an EnvelopeCodec', (_, under) => {
  it.each(envelopeCodecContract(under).map(({ rule, check }) => [rule, check] as const))('%s', (_rule, check) =>
    check(),
  );
});
