import { type EnvelopeCodec, JsonCodec } from '@nestwire/envelope';
import type { NestwireOptions } from '../nestwire.options.js';

/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The formats of an application: which there are, and which a connection has. */
export class CodecTable {
  /** The subprotocols that select them. */
  readonly names: readonly string[];
  private readonly codecs = new Map<string, EnvelopeCodec>();
  private readonly defaultCodec: EnvelopeCodec;

  /** @throws RangeError for a codec that no subprotocol can select, or not this one alone. */
  constructor({ codecs = [], defaultCodec }: Pick<NestwireOptions, 'codecs' | 'defaultCodec'>) {
    for (const codec of new Set(codecs)) this.add(codec);
    // A client that offers the default's name must be told that it has it: browsers give up otherwise.
    this.defaultCodec = defaultCodec ?? this.codecs.get(new JsonCodec().name) ?? new JsonCodec();
    if (this.codecs.get(this.defaultCodec.name) !== this.defaultCodec) this.add(this.defaultCodec);
    this.names = [...this.codecs.keys()];
  }

  /** The codec of a connection with this subprotocol; the default one, if it has none. */
  select(subprotocol: string | undefined): EnvelopeCodec {
    if (subprotocol === undefined) return this.defaultCodec;
    return this.codecs.get(subprotocol) ?? this.defaultCodec;
  }

  private add(codec: EnvelopeCodec): void {
    const { name, opcode } = codec;
    if (!TOKEN.test(name)) {
      throw new RangeError(`A codec's name is a subprotocol, a word like acme.v1.csv, not ${JSON.stringify(name)}`);
    }
    const given: string = opcode;
    if (given !== 'text' && given !== 'binary') {
      throw new RangeError(`The opcode of ${name} must be 'text' or 'binary'; it is ${given}`);
    }
    if (this.codecs.has(name)) throw new RangeError(`Two codecs are named ${name}: give one of them another name`);
    this.codecs.set(name, codec);
  }
}
