import { CASE_PATH, CHECKPOINT_COPY_PATH, parseCaseFile } from '../../formats/case-file.ts';
import { sha256Hex } from '../../formats/digest.ts';
import {
  checkNote,
  keyFingerprint,
  parseNote,
  parseVerifierKey,
  type SignedNote,
} from '../../formats/note.ts';
import type { TrustPolicy } from '../../formats/policy.ts';
import { parseCompletenessProof, parseProofFile } from '../../formats/proof-file.ts';
import { parseReceipt } from '../../formats/receipt.ts';
import { parseTlogProof } from '../../formats/tlog-proof.ts';
import { readContainer } from '../../formats/zip-container.ts';
import { type LookUp, lookUpsFor } from '../../verify/look-up.ts';
import type { VerificationReport } from '../../verify/report.ts';
import { verifyCompleteness, verifyReceipt } from '../../verify/verify-completeness.ts';
import { verifyFile } from '../../verify/verify-file.ts';
import { verifyPackage } from '../../verify/verify-package.ts';
import type { HandedFile, Task } from './material.ts';

/** A file that took part, so that a printed record says which bytes the verdict is about. */
export interface FileMark {
  name: string;
  size: number;
  /** Hex. */
  sha256: string;
}

/** A log key as the material states it; shown for comparison, never trusted. */
export interface StatedKey {
  name: string;
  keyId: string;
  /** Where the material also states the key itself and the signature holds under it. */
  vkey?: string;
  fingerprint?: string;
}

/** The result for one task. */
export type Outcome =
  | { form: 'none'; files: FileMark[]; why: 'no-proof' | 'policy' }
  | {
      form: 'package' | 'proof' | 'receipt' | 'completeness';
      files: FileMark[];
      report: VerificationReport;
      /** Only the proof was handed in, not the file that it is about. */
      originalMissing: boolean;
      keys: StatedKey[];
      /** What to ask a node of the chain, under keys that the policy names. */
      lookUps: LookUp[];
    };

export interface RunContext {
  policy: TrustPolicy | undefined;
  now: Date;
}

/** Verifies one task with the code that every other verifier of the project runs. Never throws. */
export function outcomeOf(task: Task, { policy, now }: RunContext): Outcome {
  const context = { now, ...(policy === undefined ? {} : { policy }) };
  switch (task.form) {
    case 'none':
      return { form: 'none', files: marks(task.file), why: task.why };
    case 'package': {
      const { bytes } = task.file;
      const lookUps = lookUpsFor({ form: 'package', bytes }, policy);
      const keys = stated(() => packageKeys(bytes));
      const report = verifyPackage(bytes, context);
      const files = marks(task.file);
      return { form: 'package', files, report, originalMissing: false, keys, lookUps };
    }
    case 'proof': {
      const { proof, original } = task;
      const lookUps = lookUpsFor({ form: 'proof', bytes: proof.bytes }, policy);
      const note = () => parseTlogProof(parseProofFile(proof.bytes).tlogProofText).checkpoint.note;
      return {
        form: 'proof',
        files: marks(original, proof),
        report: verifyFile(original?.bytes, proof.bytes, context),
        originalMissing: original === undefined,
        keys: stated(() => signersOf(note())),
        lookUps,
      };
    }
    case 'receipt': {
      const { receipt, completeness } = task;
      return {
        form: 'receipt',
        files: marks(receipt, completeness),
        report: verifyReceipt(receipt.bytes, completeness?.bytes, context),
        originalMissing: true,
        keys: stated(() => signersOf(parseReceipt(receipt.bytes).note)),
        lookUps:
          completeness === undefined
            ? []
            : lookUpsFor({ form: 'completeness', bytes: completeness.bytes }, policy),
      };
    }
    case 'completeness': {
      const { bytes } = task.file;
      const tlog = () => parseTlogProof(parseCompletenessProof(bytes).mapTlogProofText);
      return {
        form: 'completeness',
        files: marks(task.file),
        report: verifyCompleteness(bytes, context),
        originalMissing: false,
        keys: stated(() => signersOf(tlog().checkpoint.note)),
        lookUps: lookUpsFor({ form: 'completeness', bytes }, policy),
      };
    }
  }
}

function marks(...files: (HandedFile | undefined)[]): FileMark[] {
  return files
    .filter((file) => file !== undefined)
    .map(({ name, bytes }) => ({ name, size: bytes.length, sha256: sha256Hex(bytes) }));
}

/** Malformed material states no keys; its verification says what is wrong with it. */
function stated(read: () => StatedKey[]): StatedKey[] {
  try {
    return read();
  } catch {
    return [];
  }
}

function signersOf({ signatures }: SignedNote): StatedKey[] {
  return signatures.map(({ name, keyId }) => ({ name, keyId }));
}

/** A package also states the log key itself: worth showing only if it made the signature. */
function packageKeys(zip: Uint8Array): StatedKey[] {
  const files = new Map(readContainer(zip).map(({ path, bytes }) => [path, bytes]));
  const note = parseNote(files.get(CHECKPOINT_COPY_PATH) ?? new Uint8Array());
  const key = parseVerifierKey(
    parseCaseFile(files.get(CASE_PATH) ?? new Uint8Array()).statedLogKey,
  );
  if (checkNote(note, key) !== 'valid') return signersOf(note);
  const { name, keyId, vkey } = key;
  return [{ name, keyId, vkey, fingerprint: keyFingerprint(key) }];
}
