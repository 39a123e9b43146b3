import type { DocumentRole } from '../../formats/case-file.ts';
import type { Json } from '../../formats/jcs.ts';
import type { AnchorRecord } from '../../formats/proof-file.ts';
import type { Matter, MatterArtifact } from '../matter/matter.ts';

/** One exhibit before and after pagination. */
export interface PlannedExhibit {
  no: number;
  /** As printed: `证据3`, `Exhibit 3`. */
  mark: string;
  title: string;
  files: PlannedFile[];
  /** Pages in the bundle; absent in the first pass, when only the number of pages matters. */
  pages?: { first: number; last: number };
}

export interface PlannedFile {
  artifact: MatterArtifact;
  /** Path of the original in the package. */
  path: string;
  /** Path of its proof file. */
  proof: string;
  /** The original bytes. */
  bytes: Uint8Array;
}

/** What a time stated in the certificate is worth. */
export interface StatedAnchor extends AnchorRecord {
  timeWeight: 'none' | 'independent';
}

/** A time-stamp token over the checkpoint, as the documents state it. */
export interface StatedTimestamp {
  /** Name in the authority's certificate, for people. */
  authority: string;
  /** RFC 3339, UTC. */
  time: string;
  /** Serial number of the token, hex. */
  serial: string;
  timeWeight: 'none' | 'independent';
  /** Size of the later checkpoint that the token is over, when it is not the case's own. */
  laterSize?: number;
}

/** Everything the documents of a case are written from. */
export interface CaseContext {
  matter: Matter;
  exhibits: PlannedExhibit[];
  log: { origin: string; vkey: string; keyFingerprint: string };
  checkpoint: { size: number; root: string; publishedAt: string };
  /** Leaf hash by seq, hex. */
  leafHashes: string[];
  anchors: StatedAnchor[];
  timestamps: StatedTimestamp[];
}

/** One document to render: which template, with which data, and where it goes. */
export interface CaseDocument {
  role: DocumentRole;
  path: string;
  template: string;
  title: string;
  data: Json;
}
