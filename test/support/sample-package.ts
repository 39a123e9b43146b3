import { PDFDocument } from 'pdf-lib';
import { createContainerWriter } from '../../src/adapters/zip/container-writer.ts';
import type { Installation } from '../../src/compose.ts';
import type { CaseFile } from '../../src/formats/case-file.ts';
import { sha256Hex } from '../../src/formats/digest.ts';
import type { Json } from '../../src/formats/jcs.ts';
import type { Kind } from '../../src/formats/taxonomy.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import {
  type FilingProfile,
  parseFilingProfile,
} from '../../src/litigation/matter/filing-profile.ts';
import { openMatter } from '../../src/litigation/matter/open-matter.ts';
import { buildPackageContent } from '../../src/litigation/package/build-package.ts';
import type { CaseContext, CaseDocument } from '../../src/litigation/package/case-context.ts';
import { type CasePorts, openContext } from '../../src/litigation/package/prepare-case.ts';
import { sealPackage } from '../../src/litigation/package/seal-package.ts';
import type { BundleInput, ContainerFile, OpenBundle } from '../../src/litigation/ports.ts';

/** A profile that asks for nothing: sample packages do not pass the readiness gate. */
export const SAMPLE_PROFILE: FilingProfile = parseFilingProfile({
  filing: 1,
  name: 'sample',
  jurisdiction: 'en',
  cause: 'Loan agreement',
  plaintiff: { type: 'legal', role: 'lender', name: 'Sample Lender Ltd' },
  agents: [],
  court: { name: 'Sample Court' },
  requests: { courtFees: true, mediation: 'undecided' },
  gate: {
    required: [],
    lateDepositDays: 30,
    limitationYears: 3,
    trivialBelow: '100.00',
    defendantIdentity: 'review',
    jurisdictionClause: 'off',
    defaultStatuses: [],
  },
});

export interface SamplePackage {
  caseId: string;
  revision: number;
  evidenceNo: string;
  reference: string;
  bytes: Uint8Array;
  sha256: string;
  caseFile: CaseFile;
  /** The content before it was sealed: what a test changes and seals again. */
  files: ContainerFile[];
}

const TERMS: Json = {
  contractNo: 'HT-SAMPLE',
  currency: 'CNY',
  principal: '50000.00',
  annualRate: '0.144',
  method: 'equal-instalment',
  instalments: 12,
  firstDueDate: '2024-02-15',
  dueDay: 15,
  dayCount: '30/360',
  penaltyDayCount: 'actual/360',
  endpoint: 'count-last-day',
  penalty: { kind: 'uplift', uplift: '0.5' },
  compound: { agreed: true },
};

/**
 * Deposits a small loan: a contract as PDF, its terms, the disbursement, two repayments. The same
 * reference twice deposits nothing twice.
 */
export async function depositSampleLoan(
  { evidence }: Pick<Installation, 'evidence'>,
  reference: string,
): Promise<string> {
  const put = (kind: Kind, occurredAt: string, content: Json | Uint8Array) =>
    evidence.acceptDeposit({
      loan: reference,
      kind,
      occurredAt,
      source: { system: 'core', eventId: `${reference}/${kind}/${occurredAt}` },
      content:
        content instanceof Uint8Array
          ? { form: 'file', name: 'contract.pdf', mediaType: 'application/pdf', bytes: content }
          : { form: 'record', record: content },
    });
  const contract = await pdfOf([`Loan contract ${reference}`]);
  const { evidenceNo } = await put('contract', '2024-01-15', contract);
  await put('contract-terms', '2024-01-15', TERMS);
  await put('disbursement', '2024-01-16', { amount: '50000.00', date: '2024-01-15' });
  await put('repayment', '2024-02-15', { amount: '4500.00', date: '2024-02-15' });
  await put('repayment', '2024-03-15', { amount: '1000.00', date: '2024-03-15' });
  return evidenceNo;
}

/**
 * A real package of a sample loan as of the latest checkpoint: signed bundle, proofs, calculation,
 * signed container; only the documents are plain pages. Deposit and publish first.
 */
export async function buildSamplePackage(
  installation: Installation,
  reference: string,
  options: { revision?: number; cutOff?: string; policy?: Installation['policy'] } = {},
): Promise<SamplePackage> {
  const { evidence } = installation;
  const loan = await evidence.findLoan(reference);
  const checkpoint = await evidence.latestCheckpoint();
  if (loan === undefined || checkpoint === undefined) throw new Error('deposit and publish first');
  const ports = samplePorts(installation);
  const matter = await openMatter(evidence, {
    evidenceNo: loan.evidenceNo,
    profile: SAMPLE_PROFILE,
    cutOff: options.cutOff ?? '2024-12-31',
    preparedOn: '2025-01-02',
    checkpointSize: checkpoint.size,
  });
  const context = await openContext(matter, ports);
  const revision = options.revision ?? 1;
  const { files, caseFile } = await buildPackageContent(context, revision, ports);
  const bytes = await sealPackage(files, ports);
  return {
    caseId: matter.caseId,
    revision,
    evidenceNo: loan.evidenceNo,
    reference,
    bytes,
    sha256: sha256Hex(bytes),
    caseFile,
    files,
  };
}

/** Seals changed content again, as a lender could who signs something false. */
export function sealAgain(installation: Installation, files: ContainerFile[]): Promise<Uint8Array> {
  return sealPackage(files, samplePorts(installation));
}

/**
 * The container with some entries changed and correct check sums: what a forger makes, whose
 * changes only signatures and proofs can find.
 * @param change the new bytes, or undefined to leave the entry as it is
 */
export function rewriteContainer(
  zip: Uint8Array,
  change: (path: string, bytes: Uint8Array) => Uint8Array | undefined,
): Promise<Uint8Array> {
  const files = readContainer(zip).map(({ path, bytes }) => ({
    path,
    bytes: change(path, bytes) ?? bytes,
  }));
  return createContainerWriter().write(files);
}

function samplePorts(installation: Installation): CasePorts {
  const { evidence, signer, policy } = installation;
  return {
    evidence,
    signer,
    policy,
    clock: { now: () => new Date() },
    container: createContainerWriter(),
    renderer: { render: () => PAGE },
    assembler: { open: openSheets },
    texts: { verifyText: 'See docs.\n', verifyScript: '#!/bin/sh\n', verifyPage: '<p>docs</p>\n' },
    documents: sampleDocuments,
  };
}

function sampleDocuments({ matter }: CaseContext): CaseDocument[] {
  return [
    {
      role: 'complaint',
      path: '01_complaint/complaint.pdf',
      template: 'complaint',
      title: 'Claim',
      data: { caseId: matter.caseId },
    },
  ];
}

/** One page a part, with its title: enough for a bundle that is signed and has page numbers. */
async function openSheets({ parts }: BundleInput): Promise<OpenBundle> {
  const bytes = await pdfOf(parts.map(({ mark, title }) => `${mark ?? ''} ${title}`.trim()));
  const placements = parts.map(({ title }, at) => ({ title, firstPage: at + 1, pageCount: 1 }));
  const pages = { placements, pageCount: parts.length };
  const open: OpenBundle = {
    ...pages,
    replace: async () => open,
    write: async () => ({ ...pages, bytes }),
  };
  return open;
}

async function pdfOf(pages: string[]): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  for (const line of pages)
    document.addPage([300, 200]).drawText(line, { x: 20, y: 100, size: 10 });
  return document.save({ useObjectStreams: false });
}

const PAGE = await pdfOf(['Sample document']);
