/** Where a text is, in UTF-8. */
export interface RelayedBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView | undefined;
  readonly start: number;
  readonly end: number;
}

/**
 * The text that is being delivered, and the bytes that it came in: who sends it on as it is, to one or to many, does not have it encoded
 * again. It holds on to them only while their chunk is read.
 */
class RelayedText implements RelayedBytes {
  bytes: Uint8Array = NO_BYTES;
  view: DataView | undefined = undefined;
  start = 0;
  end = 0;
  private text: string | undefined = undefined;

  /** @param view - of `bytes`, where there is one. */
  set(text: string, bytes: Uint8Array, view: DataView | undefined, start: number, end: number): void {
    this.text = text;
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.end = end;
  }

  is(text: string): boolean {
    return this.text !== undefined && text === this.text;
  }

  forget(): void {
    if (this.text === undefined) return;
    this.text = undefined;
    this.bytes = NO_BYTES;
    this.view = undefined;
  }
}

const NO_BYTES = new Uint8Array(0);

export const relayedText = new RelayedText();
