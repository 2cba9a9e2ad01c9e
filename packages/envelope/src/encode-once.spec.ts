import { describe, expect, it, jest } from '@jest/globals';
import { EncodeOnce } from './encode-once.js';
import { EventDataCodec } from './event-data.codec.js';
import { JsonCodec } from './json.codec.js';

describe('EncodeOnce', () => {
  it('encodes once for each codec, and for none that nobody speaks', () => {
    const codecs = [new JsonCodec(), new EventDataCodec(), new JsonCodec()] as const;
    const spies = codecs.map((codec) => jest.spyOn(codec, 'encode'));
    const message = new EncodeOnce({ code: 1, data: 'x' });
    for (let client = 0; client < 100; client++) {
      expect(message.as(codecs[0])).toBe('{"code":1,"data":"x"}');
      expect(message.as(codecs[1])).toBe('{"event":"1","data":"x"}');
    }
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual([1, 1, 0]);
  });
});
