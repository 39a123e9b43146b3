/** Bounds on what one request, and all of them together, can take. Bytes, unless said otherwise. */
export interface ApiLimits {
  /** A structured record with its metadata. */
  jsonBytes: number;
  /** Decoded `Cunzheng-Deposit` header. */
  headerBytes: number;
  /** One line of a batch; a longer one is refused by its number without being kept. */
  lineBytes: number;
  /** A file inside a batch line; a larger one is sent on its own, as a stream. */
  inlineFileBytes: number;
  /** Lines of one batch whose result has not been sent yet. */
  linesInFlight: number;
  /** Lines being worked on, of all batches together. */
  batchBytesInFlight: number;
}

export const API_LIMITS: ApiLimits = {
  jsonBytes: 2 << 20,
  headerBytes: 12 << 10,
  lineBytes: 6 << 20,
  inlineFileBytes: 4 << 20,
  linesInFlight: 512,
  batchBytesInFlight: 32 << 20,
};
