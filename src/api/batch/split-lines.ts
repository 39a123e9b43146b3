/** A line of a stream: its bytes without the line feed, or the news that it was too long. */
export interface StreamLine {
  /** From 1; empty lines count. */
  number: number;
  bytes: Uint8Array | 'too long';
}

const LINE_FEED = 0x0a;

/**
 * Cuts a stream into lines. Attacker-controlled input: of a line beyond `maxBytes` nothing is kept
 * but its number, so memory stays bounded whatever arrives.
 */
export class LineSplitter {
  readonly #line: LineBuffer;
  #number = 0;

  constructor(maxBytes: number) {
    this.#line = new LineBuffer(maxBytes);
  }

  /** @returns the lines that end in this chunk; their bytes may be views of it */
  push(chunk: Uint8Array): StreamLine[] {
    const lines: StreamLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.#line.add(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#line.add(chunk.subarray(start));
    return lines;
  }

  /** @returns the last line, if it lacks its line feed */
  end(): StreamLine[] {
    return this.#line.isEmpty ? [] : [this.#take()];
  }

  #take(): StreamLine {
    this.#number += 1;
    return { number: this.#number, bytes: this.#line.take() };
  }
}

class LineBuffer {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  add(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > this.#maxBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  take(): StreamLine['bytes'] {
    const [first = new Uint8Array()] = this.#parts;
    const whole = this.#parts.length > 1 ? Buffer.concat(this.#parts) : first;
    const bytes = this.#size > this.#maxBytes ? 'too long' : whole;
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }
}
