import { claimToJson } from '../../claim/claim.ts';
import type { Evidence } from '../../evidence/index.ts';
import { toHex, utf8 } from '../../formats/bytes.ts';
import {
  CALCULATION_PATH,
  CASE_PATH,
  type CaseFile,
  CHECKPOINT_COPY_PATH,
  COMPLETENESS_PATH,
  encodeCaseFile,
  encodeHistory,
  HISTORY_PATH,
  VERIFY_PAGE_PATH,
  VERIFY_SCRIPT_PATH,
  VERIFY_TEXT_PATH,
} from '../../formats/case-file.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { canonicalBytes } from '../../formats/jcs.ts';
import { parseProofFile } from '../../formats/proof-file.ts';
import { LitigationError } from '../errors.ts';
import type { Matter } from '../matter/matter.ts';
import type {
  BundleAssembler,
  BundleOutput,
  BundlePart,
  Clock,
  ContainerFile,
  DocumentRenderer,
  DocumentSigner,
} from '../ports.ts';
import type { CaseContext, CaseDocument, PlannedExhibit } from './case-context.ts';

/** The fixed texts that every package carries. */
export interface PackageTexts {
  verifyText: string;
  verifyScript: string;
  /** The self-contained verification page. */
  verifyPage: string;
}

export interface PackagePorts {
  evidence: Evidence;
  renderer: DocumentRenderer;
  assembler: BundleAssembler;
  signer: DocumentSigner;
  clock: Clock;
  texts: PackageTexts;
  /** Writes the documents of a case; the set depends on the jurisdiction. */
  documents(context: CaseContext): CaseDocument[];
}

/** Everything of a package but the container's own files. */
export interface PackageContent {
  files: ContainerFile[];
  caseFile: CaseFile;
  bundle: BundleOutput;
}

const BUNDLE_PATH = { cn: '合订本.pdf', en: 'bundle.pdf' } as const;

/**
 * Renders the documents of a case, merges them with the exhibits into one paginated and signed
 * bundle, and lays out the package. Runs twice over the documents: page numbers of exhibits are
 * known only after the first pass, and the number of pages must not change in the second.
 */
export async function buildPackageContent(
  context: CaseContext,
  revision: number,
  ports: PackagePorts,
): Promise<PackageContent> {
  const { matter } = context;
  const first = await renderAll(context, ports);
  const numbered = { ...context, exhibits: withPages(context.exhibits, first) };
  const second = await renderAll(numbered, ports);
  if (second.bundle.pageCount !== first.bundle.pageCount) {
    const what = `case ${matter.caseId}: page numbers moved between the two passes`;
    throw new LitigationError('PACKAGE_REJECTED', what, 'Report this case; nothing was filed.');
  }
  const jurisdiction = matter.profile.jurisdiction;
  const signedAt = ports.clock.now();
  const reason = jurisdiction === 'cn' ? '提交法院' : 'Filing';
  const bundleBytes = ports.signer.signPdf(second.bundle.bytes, { reason, signedAt });
  const bundlePath = BUNDLE_PATH[jurisdiction];
  const caseFile = caseFileOf(numbered, revision, second, bundlePath);
  const files: ContainerFile[] = [
    ...second.documents.map(({ path, bytes }) => ({ path, bytes })),
    { path: bundlePath, bytes: bundleBytes },
    ...numbered.exhibits.flatMap(({ files: list }) =>
      list.map(({ path, bytes }) => ({ path, bytes })),
    ),
    ...(await proofFiles(numbered, ports.evidence)),
    { path: CASE_PATH, bytes: utf8(encodeCaseFile(caseFile)) },
    ...calculationFile(matter),
    { path: VERIFY_TEXT_PATH, bytes: utf8(ports.texts.verifyText) },
    { path: VERIFY_SCRIPT_PATH, bytes: utf8(ports.texts.verifyScript) },
    { path: VERIFY_PAGE_PATH, bytes: utf8(ports.texts.verifyPage) },
  ];
  return { files, caseFile, bundle: second.bundle };
}

interface RenderedDocument extends CaseDocument {
  bytes: Uint8Array;
}

interface Rendered {
  documents: RenderedDocument[];
  bundle: BundleOutput;
}

async function renderAll(context: CaseContext, ports: PackagePorts): Promise<Rendered> {
  const { matter, exhibits } = context;
  const jurisdiction = matter.profile.jurisdiction;
  const documents = ports.documents(context).map((document) => {
    const { template, data } = document;
    const bytes = ports.renderer.render(jurisdiction, template, data, matter.preparedOn);
    return { ...document, bytes };
  });
  const bundle = await ports.assembler.assemble({
    jurisdiction,
    caption: `${matter.caseId}  ${matter.evidenceNo}`,
    date: matter.preparedOn,
    parts: [...documents.map(documentPart), ...exhibits.flatMap(exhibitParts)],
  });
  return { documents, bundle };
}

function documentPart({ title, path, bytes }: RenderedDocument): BundlePart {
  return { title, mediaType: 'application/pdf', bytes, sha256: sha256Hex(bytes), path };
}

function exhibitParts({ mark, title, files }: PlannedExhibit): BundlePart[] {
  return files.map(({ artifact, path, bytes }, index) => {
    const { mediaType, sha256 } = artifact.statement.file;
    const numbered = files.length === 1 ? title : `${title} ${index + 1}/${files.length}`;
    return { mark, title: numbered, mediaType, bytes, sha256, path };
  });
}

/** Pages of each exhibit: its parts follow the documents in order. */
function withPages(exhibits: PlannedExhibit[], { documents, bundle }: Rendered): PlannedExhibit[] {
  let at = documents.length;
  return exhibits.map((exhibit) => {
    const placed = bundle.placements.slice(at, at + exhibit.files.length);
    at += exhibit.files.length;
    const first = placed[0]?.firstPage ?? 0;
    const end = placed.at(-1);
    const last = end === undefined ? first : end.firstPage + end.pageCount - 1;
    return { ...exhibit, pages: { first, last } };
  });
}

function caseFileOf(
  context: CaseContext,
  revision: number,
  { documents, bundle }: Rendered,
  bundlePath: string,
): CaseFile {
  const { matter, exhibits, log } = context;
  return {
    caseId: matter.caseId,
    revision,
    jurisdiction: matter.profile.jurisdiction,
    evidenceNo: matter.evidenceNo,
    cutOff: matter.cutOff,
    preparedOn: matter.preparedOn,
    checkpointSize: matter.checkpointSize,
    statedLogKey: log.vkey,
    documents: documents.map(({ role, path }) => ({ role, path })),
    bundle: { path: bundlePath, pageCount: bundle.pageCount },
    exhibits: exhibits.map(({ no, mark, title, files, pages }) => ({
      no,
      mark,
      title,
      files: files.map(({ artifact, path, proof }) => ({ seq: artifact.seq, path, proof })),
      firstPage: pages?.first ?? 0,
      pageCount: pages === undefined ? 0 : pages.last - pages.first + 1,
    })),
  };
}

function calculationFile({ claim }: Matter): ContainerFile[] {
  if (claim === undefined) return [];
  return [{ path: CALCULATION_PATH, bytes: canonicalBytes(claimToJson(claim)) }];
}

/**
 * Proof files of the exhibits, each also taken apart for `verify.sh`, which knows no JSON; then the
 * statements of all entries and the proof that they are all.
 */
async function proofFiles(
  { matter, exhibits, leafHashes }: CaseContext,
  evidence: Evidence,
): Promise<ContainerFile[]> {
  const { evidenceNo, checkpointSize } = matter;
  const out: ContainerFile[] = [];
  for (const { artifact, proof } of exhibits.flatMap(({ files }) => files)) {
    const text = await evidence.proof(evidenceNo, artifact.seq, checkpointSize);
    const opened = parseProofFile(text);
    const base = proof.replace(/\.json$/, '');
    out.push(
      { path: proof, bytes: utf8(text) },
      { path: `${base}.statement`, bytes: utf8(opened.statementText) },
      { path: `${base}.salt`, bytes: utf8(`${toHex(opened.salt)}\n`) },
      { path: `${base}.entry`, bytes: utf8(opened.entryText) },
      { path: `${base}.tlog-proof`, bytes: utf8(opened.tlogProofText) },
    );
  }
  const completeness = await evidence.completeness(evidenceNo, checkpointSize);
  const history = await evidence.openedHistory(evidenceNo, leafHashes.length);
  const checkpoint = await evidence.checkpointNote(checkpointSize);
  return [
    ...out.sort((a, b) => (a.path < b.path ? -1 : 1)),
    { path: HISTORY_PATH, bytes: utf8(encodeHistory({ entries: history })) },
    { path: COMPLETENESS_PATH, bytes: utf8(completeness) },
    { path: CHECKPOINT_COPY_PATH, bytes: utf8(checkpoint) },
  ];
}
