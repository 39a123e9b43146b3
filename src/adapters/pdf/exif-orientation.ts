const ORIENTATION_TAG = 0x0112;

/** The orientation (1 to 8) in an Exif segment of a JPEG; undefined when it says none. */
export function exifOrientation(segment: Uint8Array): number | undefined {
  if (Buffer.from(segment.subarray(0, 6)).toString('latin1') !== 'Exif\0\0') return undefined;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  try {
    const little = tiff.getUint16(0) === 0x4949;
    const directory = tiff.getUint32(4, little);
    const entries = tiff.getUint16(directory, little);
    for (let index = 0; index < entries; index++) {
      const at = directory + 2 + index * 12;
      if (tiff.getUint16(at, little) !== ORIENTATION_TAG) continue;
      const value = tiff.getUint16(at + 8, little);
      return value >= 1 && value <= 8 ? value : undefined;
    }
  } catch (error) {
    // Broken Exif data says nothing about orientation; the pixels themselves are unaffected.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}
