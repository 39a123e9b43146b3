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
  /** Single deposits at a time; one more is told to come again. */
  depositsInFlight: number;
  /** Their records together; a file is streamed and does not count. */
  depositBytesInFlight: number;
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
  depositsInFlight: 5_000,
  depositBytesInFlight: 64 << 20,
  linesInFlight: 2048,
  batchBytesInFlight: 32 << 20,
};
