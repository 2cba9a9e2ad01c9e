import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';

/** What one direction of a connection agreed upon. RFC 7692 §7.1. */
export interface FlateTerms {
  readonly windowBits: number;
  readonly contextTakeover: boolean;
}

const TAIL = Buffer.of(0x00, 0x00, 0xff, 0xff);

/**
 * Messages through one zlib stream that lives as long as the connection does: the plain reading of RFC 7692 §7.2, which
 * shares nothing with an engine that gives zlib a dictionary for each message.
 */
class FlateStream {
  private readonly chunks: Buffer[] = [];
  private failure: Error | undefined;
  private whenFailed: (() => void) | undefined;

  constructor(
    private readonly stream: DeflateRaw | InflateRaw,
    private readonly contextTakeover: boolean,
  ) {
    stream.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    stream.on('error', (error) => {
      this.failure = error;
      this.whenFailed?.();
    });
  }

  async through(...pieces: readonly Uint8Array[]): Promise<Buffer> {
    for (const piece of pieces) this.stream.write(piece);
    await new Promise<void>((resolve) => {
      this.whenFailed = resolve;
      if (this.failure !== undefined) resolve();
      else this.stream.flush(constants.Z_SYNC_FLUSH, resolve);
    });
    if (this.failure !== undefined) throw this.failure;
    if (!this.contextTakeover) this.stream.reset();
    return Buffer.concat(this.chunks.splice(0));
  }

  destroy(): void {
    this.stream.destroy();
  }
}

/** Compresses what the driver sends. §7.2.1 */
export class Deflater {
  private readonly stream: FlateStream;

  constructor({ windowBits, contextTakeover }: FlateTerms) {
    this.stream = new FlateStream(createDeflateRaw({ windowBits }), contextTakeover);
  }

  async deflate(message: Uint8Array): Promise<Buffer> {
    const deflated = await this.stream.through(message);
    // Nothing is written for an empty message at the start of a block: one octet 0x00 stands for it (§7.2.3.6).
    return deflated.length <= TAIL.length ? Buffer.of(0) : deflated.subarray(0, -TAIL.length);
  }

  destroy(): void {
    this.stream.destroy();
  }
}

/** Decompresses what the driver receives, with exactly the window that was agreed upon: reaching further back fails. §7.2.2 */
export class Inflater {
  private readonly stream: FlateStream;

  constructor({ windowBits, contextTakeover }: FlateTerms) {
    this.stream = new FlateStream(createInflateRaw({ windowBits }), contextTakeover);
  }

  inflate(payload: Uint8Array): Promise<Buffer> {
    return this.stream.through(payload, TAIL);
  }

  destroy(): void {
    this.stream.destroy();
  }
}
