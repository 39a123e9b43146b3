import { fromUtf8, toHex } from '../../formats/bytes.ts';
import { sha256 } from '../../formats/digest.ts';
import { parseProofFile } from '../../formats/proof-file.ts';
import { parseStatement } from '../../formats/statement.ts';

/** A file as it was handed in. */
export interface HandedFile {
  name: string;
  bytes: Uint8Array;
}

/** What is verified together, and gets one verdict. */
export type Task =
  | { form: 'package'; file: HandedFile }
  | { form: 'proof'; proof: HandedFile; original: HandedFile | undefined }
  | { form: 'receipt'; receipt: HandedFile; completeness: HandedFile | undefined }
  | { form: 'completeness'; file: HandedFile }
  | { form: 'none'; file: HandedFile; why: 'no-proof' | 'policy' };

type Form = 'package' | 'proof' | 'receipt' | 'completeness' | 'policy' | 'other';

const OPENING_BRACE = 0x7b;
const JSON_FORMS: readonly Form[] = ['proof', 'receipt', 'completeness', 'policy'];

/**
 * Tells a file's form by its content. A file with the marks of a form but not well-formed keeps the
 * form, so that its verification fails instead of the file being passed over.
 */
export function formOf({ bytes }: HandedFile): Form {
  return isAsicContainer(bytes) ? 'package' : jsonForm(bytes);
}

/** `PK`, and the first entry is called `mimetype`: office documents are ZIP files too. */
function isAsicContainer(bytes: Uint8Array): boolean {
  const name = String.fromCharCode(...bytes.subarray(30, 38));
  return bytes[0] === 0x50 && bytes[1] === 0x4b && name === 'mimetype';
}

function jsonForm(bytes: Uint8Array): Form {
  // The canonical order puts the type at the end, where even a cut or edited file still has it.
  const tail = new TextDecoder().decode(bytes.subarray(-200));
  const named = /"type":"(proof|receipt|completeness|policy)","v":1\}\s*$/.exec(tail)?.[1];
  const form = JSON_FORMS.find((known) => known === named);
  if (form !== undefined) return form;
  const first = bytes.subarray(0, 64).find((byte) => byte > 0x20);
  return first === OPENING_BRACE ? typeInside(bytes) : 'other';
}

function typeInside(bytes: Uint8Array): Form {
  try {
    const value = JSON.parse(fromUtf8(bytes)) as { type?: unknown; v?: unknown };
    const form = JSON_FORMS.find((known) => known === value.type);
    return form !== undefined && value.v === 1 ? form : 'other';
  } catch {
    return 'other';
  }
}

/** Puts files together that belong together: original and proof, receipt and completeness proof. */
export function tasksOf(files: HandedFile[]): Task[] {
  const byForm = (form: Form) => files.filter((file) => formOf(file) === form);
  const proofs = byForm('proof');
  const loose = byForm('other');
  const originals = pairOriginals(proofs, loose);
  const paired = new Set(originals.values());
  const unpaired = loose.filter((file) => !paired.has(file));
  const histories = byForm('completeness');
  // Only by the same number: against another loan's history, every receipt would look omitted.
  const receipts = byForm('receipt').map((receipt) => {
    const completeness = histories.find((file) => evidenceNoOf(file) === evidenceNoOf(receipt));
    return { receipt, completeness };
  });
  const held = new Set(receipts.map(({ completeness }) => completeness));
  return [
    ...byForm('package').map((file) => ({ form: 'package' as const, file })),
    ...unpaired.filter(isZipName).map((file) => ({ form: 'package' as const, file })),
    ...proofs.map((proof) => ({ form: 'proof' as const, proof, original: originals.get(proof) })),
    ...receipts.map((pair) => ({ form: 'receipt' as const, ...pair })),
    ...histories
      .filter((file) => !held.has(file))
      .map((file) => ({ form: 'completeness' as const, file })),
    ...unpaired
      .filter((file) => !isZipName(file))
      .map((file) => ({ form: 'none' as const, file, why: 'no-proof' as const })),
    ...byForm('policy').map((file) => ({ form: 'none' as const, file, why: 'policy' as const })),
  ];
}

const isZipName = ({ name }: HandedFile): boolean => /\.(zip|asice)$/i.test(name);

/** Digest first, then name; a single file beside a single proof belongs to it, right or wrong. */
function pairOriginals(proofs: HandedFile[], loose: HandedFile[]): Map<HandedFile, HandedFile> {
  const pairs = new Map<HandedFile, HandedFile>();
  if (proofs.length === 0 || loose.length === 0) return pairs;
  const free = new Map(loose.map((file) => [file, toHex(sha256(file.bytes))]));
  const take = (proof: HandedFile, file: HandedFile | undefined) => {
    if (file === undefined || pairs.has(proof)) return;
    pairs.set(proof, file);
    free.delete(file);
  };
  const stated = new Map(proofs.map((proof) => [proof, statedFile(proof)]));
  const find = (test: (file: HandedFile, digest: string) => boolean) =>
    [...free].find(([file, digest]) => test(file, digest))?.[0];
  for (const [proof, file] of stated) {
    take(
      proof,
      find((_, digest) => digest === file?.sha256),
    );
  }
  for (const [proof, file] of stated) {
    take(
      proof,
      find(({ name }) => name === file?.name),
    );
  }
  for (const proof of proofs) {
    take(
      proof,
      find(({ name }) => proof.name.startsWith(name)),
    );
  }
  const [left] = proofs.filter((proof) => !pairs.has(proof));
  if (left !== undefined && pairs.size === proofs.length - 1 && free.size === 1) {
    take(left, [...free.keys()][0]);
  }
  return pairs;
}

function statedFile(proof: HandedFile): { name: string; sha256: string } | undefined {
  try {
    return parseStatement(parseProofFile(proof.bytes).statementText).file;
  } catch {
    return undefined;
  }
}

function evidenceNoOf({ bytes }: HandedFile): string | undefined {
  return /"evidenceNo\\?":\\?"([^"\\]+)/.exec(new TextDecoder().decode(bytes))?.[1];
}
