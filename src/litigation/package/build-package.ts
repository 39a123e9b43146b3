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
import { canonicalBytes, canonicalJson } from '../../formats/jcs.ts';
import { parseProofFile } from '../../formats/proof-file.ts';
import { LitigationError } from '../errors.ts';
import type { Matter } from '../matter/matter.ts';
import type {
  BundleAssembler,
  BundleOutput,
  BundlePart,
  BundlePlacement,
  BundleRecords,
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

/** Two are the rule, three happen when an index grows; more would be a template that swings. */
const MAX_PASSES = 5;
const BUNDLE_PATH = { cn: '合订本.pdf', en: 'bundle.pdf' } as const;

/**
 * Renders the documents of a case, merges them with the exhibits into one paginated and signed
 * bundle, and lays out the package.
 * @throws LitigationError PACKAGE_REJECTED; what the renderer or signer throws
 */
export async function buildPackageContent(
  context: CaseContext,
  revision: number,
  ports: PackagePorts,
): Promise<PackageContent> {
  const { matter } = context;
  const jurisdiction = matter.profile.jurisdiction;
  const { numbered, documents, bundle } = await paginate(context, ports);
  const signedAt = ports.clock.now();
  const reason = jurisdiction === 'cn' ? '提交法院' : 'Filing';
  const bundleBytes = ports.signer.signPdf(bundle.bytes, { reason, signedAt });
  const bundlePath = BUNDLE_PATH[jurisdiction];
  const caseFile = caseFileOf(numbered, revision, { documents, bundle }, bundlePath);
  const files: ContainerFile[] = [
    ...documents.map(({ path, bytes }) => ({ path, bytes })),
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
  return { files, caseFile, bundle };
}

interface RenderedDocument extends CaseDocument {
  bytes: Uint8Array;
}

interface Rendered {
  documents: RenderedDocument[];
  bundle: BundleOutput;
}

interface Paginated extends Rendered {
  /** With the pages that the documents name. */
  numbered: CaseContext;
}

/**
 * Page numbers of exhibits are known only when everything is paginated: what names pages is then
 * rendered again and replaced, the rest is kept. A document that grows by its own page numbers
 * moves them once more; that settles, or the case is refused.
 */
async function paginate(context: CaseContext, ports: PackagePorts): Promise<Paginated> {
  const { matter, exhibits } = context;
  let documents = renderDocuments(context, ports, []);
  let open = await ports.assembler.open({
    jurisdiction: matter.profile.jurisdiction,
    caption: `${matter.caseId}  ${matter.evidenceNo}`,
    date: matter.preparedOn,
    parts: [...documents.map(documentPart), ...exhibits.flatMap(exhibitParts)],
  });
  let numbered = context;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const placed = withPages(exhibits, open.placements.slice(documents.length));
    if (samePages(placed, numbered.exhibits)) {
      return { numbered, documents, bundle: await open.write() };
    }
    numbered = { ...context, exhibits: placed };
    const next = renderDocuments(numbered, ports, documents);
    open = await open.replace(changedParts(documents, next));
    documents = next;
  }
  const what = `case ${matter.caseId}: page numbers do not settle`;
  throw new LitigationError('PACKAGE_REJECTED', what, 'Report this case; nothing was filed.');
}

function samePages(some: PlannedExhibit[], others: PlannedExhibit[]): boolean {
  return some.every(({ pages }, index) => {
    const other = others[index]?.pages;
    return pages?.first === other?.first && pages?.last === other?.last;
  });
}

/** What was rendered `before` from the same data is taken as it is. */
function renderDocuments(
  context: CaseContext,
  ports: PackagePorts,
  before: RenderedDocument[],
): RenderedDocument[] {
  const { profile, preparedOn } = context.matter;
  return ports.documents(context).map((document, index) => {
    const { template, data } = document;
    const known = before[index];
    if (known?.template === template && canonicalJson(known.data) === canonicalJson(data)) {
      return { ...document, bytes: known.bytes };
    }
    const bytes = ports.renderer.render(profile.jurisdiction, template, data, preparedOn);
    return { ...document, bytes };
  });
}

function changedParts(
  before: RenderedDocument[],
  after: RenderedDocument[],
): Map<number, BundlePart> {
  const changed = new Map<number, BundlePart>();
  for (const [index, document] of after.entries()) {
    if (before[index]?.bytes !== document.bytes) changed.set(index, documentPart(document));
  }
  return changed;
}

function documentPart({ title, path, bytes }: RenderedDocument): BundlePart {
  return { title, mediaType: 'application/pdf', bytes, sha256: sha256Hex(bytes), path };
}

/** Records of one kind are one part, whose pages belong together; any other file is its own. */
function exhibitParts({ mark, title, files }: PlannedExhibit): (BundlePart | BundleRecords)[] {
  if (files.length > 1 && files.every(({ artifact }) => artifact.record !== undefined)) {
    const records = files.map(({ artifact: { seq, statement }, path, bytes }) => {
      return { seq, path, bytes, sha256: statement.file.sha256 };
    });
    return [{ mark, title, records }];
  }
  return files.map(({ artifact, path, bytes }, index) => {
    const { mediaType, sha256 } = artifact.statement.file;
    const numbered = files.length === 1 ? title : `${title} ${index + 1}/${files.length}`;
    return { mark, title: numbered, mediaType, bytes, sha256, path };
  });
}

/** Pages of each exhibit, from the placements of the exhibits' parts in order. */
function withPages(exhibits: PlannedExhibit[], placements: BundlePlacement[]): PlannedExhibit[] {
  let at = 0;
  return exhibits.map((exhibit) => {
    const placed = placements.slice(at, at + exhibitParts(exhibit).length);
    at += placed.length;
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
