/** Where a text is, in UTF-8. */
export interface RelayedBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView | undefined;
  readonly start: number;
  readonly end: number;
}

/** From here on a chunk may have several small frames, and a view of it costs less than it saves. */
const VIEW_FROM_BYTES = 512;

const NO_BYTES = new Uint8Array(0);

/**
 * The text that is being delivered, and the bytes that it came in: who sends it on as it is, to one or to many, does not have it encoded
 * again. It holds on to them only while their chunk is read, or, where they were inflated, while they are delivered.
 */
class RelayedText implements RelayedBytes {
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  private text: string | undefined = undefined;
  private chunk: Uint8Array = NO_BYTES;
  private chunkView: DataView | undefined = undefined;

  /** @returns a view of the chunk that is about to be read, where that is worth one. */
  beginChunk(chunk: Uint8Array): DataView | undefined {
    this.chunk = chunk;
    return (this.chunkView =
      chunk.length < VIEW_FROM_BYTES ? undefined : new DataView(chunk.buffer, chunk.byteOffset, chunk.length));
  }

  endChunk(): void {
    this.chunk = NO_BYTES;
    this.chunkView = undefined;
    if (this.text !== undefined) this.forget();
  }

  set(text: string, bytes: Uint8Array, start: number, end: number): void {
    this.text = text;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** It has been delivered. */
  forget(): void {
    this.text = undefined;
    this.bytes = NO_BYTES;
  }

  is(text: string): boolean {
    return this.text !== undefined && text === this.text;
  }

  /** Its bytes, and no more. */
  get whole(): Uint8Array {
    const { bytes, start, end } = this;
    return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
  }

  get view(): DataView | undefined {
    return this.bytes === this.chunk ? this.chunkView : undefined;
  }
}

export const relayedText = new RelayedText();
