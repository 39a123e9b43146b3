import { toHex } from '../../formats/bytes.ts';
import { entrySalt } from '../../formats/commitment.ts';
import { loanKey } from '../../formats/evidence-number.ts';
import { mapKeyHash } from '../../formats/loan-map.ts';
import { inclusionProof } from '../../formats/merkle.ts';
import {
  type AnchorRecord,
  encodeCompletenessProof,
  encodeProofFile,
} from '../../formats/proof-file.ts';
import type { TimestampRecord } from '../../formats/timestamp.ts';
import { encodeTlogProof } from '../../formats/tlog-proof.ts';
import type { Loan } from '../custody/loan-register.ts';
import { openDeposit } from '../custody/sealing.ts';
import { EvidenceError } from '../errors.ts';
import { depositEntryOf, entryText } from '../log/read-entry.ts';
import type { TileTree } from '../log/tile-tree.ts';
import type { CheckpointRow, CosignatureStore, EntryRow, EvidenceStore } from '../ports.ts';

/** What a proof is built from. */
export interface ProofSource {
  store: EvidenceStore;
  tree: TileTree;
  /** Where the checkpoint was recorded on chains so far. */
  anchorsOf(checkpoint: CheckpointRow): Promise<AnchorRecord[]>;
  /** Time-stamp tokens of the checkpoint, or of later ones that begin with it. */
  timestampsOf(checkpoint: CheckpointRow): Promise<TimestampRecord[]>;
  /** Signature lines of auditors. */
  cosignatures: CosignatureStore;
}

/** The statement of a deposit, opened with the loan's secret. */
export function openStatement(loan: Loan, row: EntryRow): string {
  return openDeposit(loan.secret, row).statement;
}

async function tlogProof(
  source: ProofSource,
  leafIndex: number,
  checkpoint: CheckpointRow,
): Promise<string> {
  if (leafIndex >= checkpoint.size) {
    throw new EvidenceError(
      'NOT_PUBLISHED',
      `entry ${leafIndex} is not in the checkpoint of size ${checkpoint.size} yet`,
      'Wait for the next checkpoint and ask again.',
    );
  }
  const hashes = await source.tree.read(checkpoint.size, (read) =>
    inclusionProof(leafIndex, checkpoint.size, read),
  );
  return encodeTlogProof(leafIndex, hashes, checkpoint.note);
}

/**
 * The proof file of one deposit as of a checkpoint: RFC 8785 JSON text.
 * @throws EvidenceError NOT_PUBLISHED when the checkpoint is older than the entry
 */
export async function buildProof(
  source: ProofSource,
  loan: Loan,
  row: EntryRow,
  checkpoint: CheckpointRow,
): Promise<string> {
  return encodeProofFile({
    statementText: openStatement(loan, row),
    salt: entrySalt(loan.secret, depositEntryOf(row).seq),
    entryText: entryText(row),
    tlogProofText: await tlogProof(source, row.leafIndex, checkpoint),
    anchors: await source.anchorsOf(checkpoint),
    timestamps: await source.timestampsOf(checkpoint),
    cosignatures: await source.cosignatures.list(checkpoint.size),
  });
}

/**
 * The proof that the loan's entries as of a checkpoint are these and no others: RFC 8785 JSON text.
 * Also for a number without any entry: then it proves that there is none.
 */
export async function buildCompletenessProof(
  source: ProofSource,
  evidenceNo: string,
  checkpoint: CheckpointRow,
): Promise<string> {
  const key = loanKey(evidenceNo);
  const mapIndex = checkpoint.size - 1;
  const [mapRow] = await source.store.readEntries(mapIndex, checkpoint.size);
  if (mapRow === undefined) {
    const what = `checkpoint of size ${checkpoint.size} has no map entry`;
    throw new EvidenceError('LOG_DAMAGED', what, 'Run "cunzheng log check".');
  }
  const mapProof = await source.store.proveLoan(mapKeyHash(key), checkpoint.size);
  const entries = await source.store.loanEntries(toHex(key), mapIndex);
  return encodeCompletenessProof({
    evidenceNo,
    mapEntryText: entryText(mapRow),
    mapTlogProofText: await tlogProof(source, mapIndex, checkpoint),
    mapProof,
    entryTexts: entries.map(entryText),
    anchors: await source.anchorsOf(checkpoint),
    timestamps: await source.timestampsOf(checkpoint),
    cosignatures: await source.cosignatures.list(checkpoint.size),
  });
}
