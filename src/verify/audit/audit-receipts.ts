import { equalBytes } from '../../formats/bytes.ts';
import type { Checkpoint } from '../../formats/checkpoint.ts';
import { FormatError } from '../../formats/errors.ts';
import { inclusionProof, verifyInclusion } from '../../formats/merkle.ts';
import { sameKey, type VerifierKey } from '../../formats/note.ts';
import { parseReceipt } from '../../formats/receipt.ts';
import { addUnreadable, ReportBuilder } from '../report.ts';
import { checkSigned, type VerifierContext } from '../trust.ts';
import { type LogFiles, withTileHashes } from './log-files.ts';

/** A receipt that somebody kept, with a name for the report. */
export interface NamedReceipt {
  name: string;
  text: string | Uint8Array;
}

interface ReceiptAudit {
  files: LogFiles;
  head: Checkpoint;
  /** The key that signed the head. */
  key: VerifierKey | undefined;
  context: VerifierContext;
}

/**
 * Holds receipts against the log: the entry that the key promised must stand at the promised place.
 * The accusation rests on the signed head and a path of hashes to it alone.
 */
export async function checkReceipts(
  report: ReportBuilder,
  receipts: NamedReceipt[],
  audit: ReceiptAudit,
): Promise<void> {
  for (const receipt of receipts) {
    const part = new ReportBuilder();
    try {
      await checkReceipt(part, receipt, audit);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      addUnreadable(part, 'proof.form', error);
    }
    report.include(part.finish(), receipt.name);
  }
}

async function checkReceipt(
  report: ReportBuilder,
  { text }: NamedReceipt,
  { files, head, key, context }: ReceiptAudit,
): Promise<void> {
  const receipt = parseReceipt(text);
  const { leafIndex, leafHash } = receipt;
  const signer = checkSigned(report, 'receipt.signature', receipt.note, receipt.origin, context);
  if (signer === undefined || key === undefined) return;
  const detail = `#${leafIndex}/${head.size}`;
  if (!sameKey(signer, key)) report.add('receipt.kept', 'indeterminate', 'OTHER_LOG');
  else if (leafIndex >= head.size) {
    report.add('receipt.kept', 'indeterminate', 'CHECKPOINT_TOO_OLD', { detail });
  } else {
    const place = await placeInLog(files, head, leafIndex);
    const shown = verifyInclusion(leafIndex, head.size, place.leaf, place.path, head.root);
    if (!shown) report.add('receipt.kept', 'indeterminate', 'NOT_DECIDABLE', { detail });
    else
      report.holds('receipt.kept', equalBytes(place.leaf, leafHash), 'OMISSION_PROVEN', { detail });
  }
}

/** What the tiles say stands at a place, with the path to the root. */
function placeInLog(files: LogFiles, { size }: Checkpoint, index: number) {
  return withTileHashes(files, size, (read) => ({
    leaf: read(0, index),
    path: inclusionProof(index, size, read),
  }));
}
