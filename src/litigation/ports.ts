import type { Json } from '../formats/jcs.ts';

/** The service's clock. */
export interface Clock {
  now(): Date;
}

/** Which set of court documents is rendered. `cn`: the official Chinese forms; `en`: the English set. */
export type Jurisdiction = 'cn' | 'en';

/** Renders one court document from a template that legal staff can edit. */
export interface DocumentRenderer {
  /**
   * @param template name of a template file in `templates/<jurisdiction>/`, without extension
   * @param data plain JSON; money already formatted as text, dates as the document shows them
   * @param date ISO date (YYYY-MM-DD) written into the PDF's metadata, so that output is repeatable
   * @returns PDF bytes
   * @throws RenderError UNKNOWN_TEMPLATE, TEMPLATE_FAILED, CHARACTER_MISSING (never tofu)
   */
  render(jurisdiction: Jurisdiction, template: string, data: Json, date: string): Uint8Array;
}

/** One document that goes into the paginated bundle. */
export interface BundlePart {
  /** Exhibit mark such as `证据3` or `Exhibit 3`; absent for the filing's own documents. */
  mark?: string;
  title: string;
  mediaType: string;
  bytes: Uint8Array;
  /** Shown on the slip sheet when the part cannot be merged: lower-case hex. */
  sha256: string;
  /** Path of the original inside the package, named on the slip sheet. */
  path: string;
}

/** Records of one kind that are one exhibit: shown as one table, or one after the other. */
export interface BundleRecords {
  mark?: string;
  title: string;
  /** JSON originals in the order of deposit. */
  records: BundleRecord[];
}

/** One record of a table: what is needed to find the original and compare it. */
export interface BundleRecord {
  /** Deposit number within the loan. */
  seq: number;
  path: string;
  bytes: Uint8Array;
  /** Lower-case hex. */
  sha256: string;
}

export interface BundleInput {
  jurisdiction: Jurisdiction;
  /** Printed in the header of every page; no personal data beyond what the caption needs. */
  caption: string;
  /** ISO date for the PDF's metadata. */
  date: string;
  parts: (BundlePart | BundleRecords)[];
}

/** Where a part ended up in the bundle; page numbers count from 1. */
export interface BundlePlacement {
  title: string;
  firstPage: number;
  pageCount: number;
  /** Why the part is represented by a slip sheet instead of its own pages. */
  slipReason?: string;
}

export interface BundleOutput {
  bytes: Uint8Array;
  placements: BundlePlacement[];
  pageCount: number;
}

/**
 * A bundle whose parts are read and paginated, but which is not written yet: documents that name
 * pages of the bundle can still be replaced, without reading everything again.
 */
export interface OpenBundle {
  /** Where each part will be, in the order of the input. */
  placements: BundlePlacement[];
  pageCount: number;
  /**
   * The bundle with other parts in place of some, by index in the input. Takes the place of this
   * one, which must not be used any more.
   */
  replace(changed: ReadonlyMap<number, BundlePart>): Promise<OpenBundle>;
  /** Once only. */
  write(): Promise<BundleOutput>;
}

/** Merges parts into one paginated PDF: contents page with links, outline, page labels, stamps. */
export interface BundleAssembler {
  open(input: BundleInput): Promise<OpenBundle>;
}

/** Signs for the lender: the private key never leaves the adapter. */
export interface DocumentSigner {
  /** DER certificates, the signer's own first, then the chain up to the root. */
  readonly certificates: Uint8Array[];
  /** PAdES B-B: an incremental update; every earlier byte stays as it is. */
  signPdf(pdf: Uint8Array, options: { reason: string; signedAt: Date }): Uint8Array;
  /** CAdES B-B, detached, DER, over `content`. */
  signDetached(content: Uint8Array, options: { signedAt: Date }): Uint8Array;
}

/** One file of a container, in the order in which it is written. */
export interface ContainerFile {
  path: string;
  bytes: Uint8Array;
}

/** Writes a ZIP: entries stored, UTF-8 names, fixed times; the same files give the same bytes. */
export interface ContainerWriter {
  write(files: ContainerFile[]): Promise<Uint8Array>;
}

/** A court's intake, seen from the lender's side. */
export interface CourtGateway {
  readonly name: string;
  /**
   * Hands in one package. Idempotent: the same package twice gives the same receipt.
   * @throws CourtError COURT_UNREACHABLE (retry), COURT_REFUSED (final, with the reasons)
   */
  submit(filing: { caseId: string; sha256: string; bytes: Uint8Array }): Promise<CourtReceipt>;
}

/** The court's answer: a compact JWS (RFC 7515, ES256) and its decoded payload. */
export interface CourtReceipt {
  jws: string;
  payload: Json;
}
