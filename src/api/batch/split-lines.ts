/** A line of a stream: its bytes without the line feed, or the news that it was too long. */
export interface StreamLine {
  /** From 1; empty lines count. */
  number: number;
  bytes: Uint8Array | 'too long';
}

const LINE_FEED = 0x0a;

/**
 * Cuts a stream into lines. Attacker-controlled input: of a line beyond `maxBytes` nothing is kept
 * but its number, so memory stays bounded whatever arrives. The last line needs no line feed.
 */
export async function* splitLines(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<StreamLine> {
  const line = new LineBuffer(maxBytes);
  let number = 0;
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      line.add(chunk.subarray(start, end));
      number += 1;
      yield { number, bytes: line.take() };
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (!line.isEmpty) yield { number: number + 1, bytes: line.take() };
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
