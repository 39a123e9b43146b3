/** CRC-32 as ZIP uses it (APPNOTE 4.4.7: polynomial 0xEDB88320, reflected), eight bytes a step. */

const LANES = 8;

const TABLES = makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(LANES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[byte] = crc >>> 0;
  }
  for (let at = 256; at < LANES * 256; at += 1) {
    const before = tables[at - 256] ?? 0;
    tables[at] = ((before >>> 8) ^ (tables[before & 0xff] ?? 0)) >>> 0;
  }
  return tables;
}

const table = (lane: number, byte: number): number => TABLES[lane * 256 + (byte & 0xff)] as number;

/** @returns the checksum as an unsigned 32-bit number */
export function crc32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = 0xffffffff;
  let at = 0;
  for (; at + LANES <= bytes.length; at += LANES) {
    const low = view.getUint32(at, true) ^ crc;
    const high = view.getUint32(at + 4, true);
    crc =
      table(7, low) ^
      table(6, low >>> 8) ^
      table(5, low >>> 16) ^
      table(4, low >>> 24) ^
      table(3, high) ^
      table(2, high >>> 8) ^
      table(1, high >>> 16) ^
      table(0, high >>> 24);
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ table(0, crc ^ (bytes[at] as number));
  return (crc ^ 0xffffffff) >>> 0;
}
