import { createReadStream } from 'node:fs';

/**
 * The text of a file, chunk by chunk. A byte order mark is dropped; bytes that the encoding does
 * not know become U+FFFD, which the mapping refuses in any cell it uses.
 * @throws RangeError for an unknown encoding label, system errors for an unreadable file
 */
export async function* decodedText(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of createReadStream(path)) {
    const text = decoder.decode(chunk as Uint8Array, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}
