import type { EntryRow, ObjectStore } from '../ports.ts';
import { openDeposit, openStream } from './sealing.ts';

/**
 * The original bytes of a deposit, opened while they are read. They can be trusted only when the
 * stream has ended without an error.
 * @param secret of its loan
 * @throws EvidenceError ENTRY_UNKNOWN, OBJECT_MISSING, OBJECT_DAMAGED
 */
export async function* contentStream(
  objects: ObjectStore,
  secret: Uint8Array,
  row: EntryRow,
): AsyncGenerator<Uint8Array> {
  const { content, objectSecret = new Uint8Array() } = openDeposit(secret, row);
  if (content !== undefined) {
    yield content;
    return;
  }
  const sealed = objects.readStream(row.deposit?.objectId ?? '');
  yield* openStream(objectSecret, sealed, `content of entry ${row.leafIndex}`);
}

/** The same in one piece, for content that is known to be small enough. */
export async function readContent(
  objects: ObjectStore,
  secret: Uint8Array,
  row: EntryRow,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of contentStream(objects, secret, row)) parts.push(part);
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts);
}
