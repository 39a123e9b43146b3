import { toHex, utf8 } from '../../src/formats/bytes.ts';
import { signCheckpoint } from '../../src/formats/checkpoint.ts';
import { type Entry, encodeEntry, NO_PREVIOUS, parseEntry } from '../../src/formats/entry.ts';
import { loanKey } from '../../src/formats/evidence-number.ts';
import { inclusionProof, leafHash } from '../../src/formats/merkle.ts';
import { parseVerifierKey } from '../../src/formats/note.ts';
import { encodeCompletenessProof } from '../../src/formats/proof-file.ts';
import { encodeTlogProof } from '../../src/formats/tlog-proof.ts';
import { mapLeaf, mapProof, mapRoot, treeRoot } from '../vectors/reference-tree.ts';
import { readerOf } from '../vectors/sample-log.ts';
import type { EvidenceRig } from './evidence-rig.ts';

/**
 * An operator who holds the log's key and signs whatever serves: starts from the real entries of a
 * log and goes on as they like.
 */
export class DishonestLog {
  readonly entries: Uint8Array[];
  readonly #rig: EvidenceRig;

  private constructor(rig: EvidenceRig, entries: Uint8Array[]) {
    this.#rig = rig;
    this.entries = entries;
  }

  /** The first `size` entries of a log as they are. */
  static async from(rig: EvidenceRig, size: number): Promise<DishonestLog> {
    const rows = await rig.store.readEntries(0, size);
    return new DishonestLog(
      rig,
      rows.map((row) => row.data),
    );
  }

  add(entry: Entry): number {
    return this.entries.push(encodeEntry(entry)) - 1;
  }

  /** Loan key of the entry at a place, hex. */
  loanAt(index: number): string {
    const entry = parseEntry(this.entries[index] ?? utf8(''));
    if (entry.type !== 'deposit') throw new Error(`entry ${index} is no deposit`);
    return entry.loan;
  }

  /** What the next entry of a loan must begin with. */
  headOf(loan: string) {
    const own = this.entries.filter((data) => {
      const entry = parseEntry(data);
      return entry.type === 'deposit' && entry.loan === loan;
    });
    const last = own.at(-1);
    const prev = last === undefined ? NO_PREVIOUS : toHex(leafHash(last));
    return { type: 'deposit' as const, loan, seq: own.length, prev };
  }

  /** Map leaves over the first `size` entries, as an honest operator would compute them. */
  mapLeaves(size: number) {
    const heads = new Map<string, { count: number; head: Uint8Array }>();
    for (const data of this.entries.slice(0, size)) {
      const entry = parseEntry(data);
      if (entry.type !== 'deposit') continue;
      heads.set(entry.loan, { count: entry.seq + 1, head: leafHash(data) });
    }
    return [...heads].map(([key, value]) => mapLeaf(Buffer.from(key, 'hex'), value));
  }

  /** Appends a map entry that states the loans as of the first `size` entries. */
  addMap(size = this.entries.length, covers = this.entries.length): number {
    return this.add({ type: 'map', root: toHex(mapRoot(this.mapLeaves(size))), covers });
  }

  /** The checkpoint over everything so far, signed with the log's real key. */
  sign(): string {
    const key = parseVerifierKey(this.#rig.signer.vkey);
    const root = new Uint8Array(treeRoot(this.entries.map(leafHash)));
    const head = { origin: key.name, size: this.entries.length, root };
    return signCheckpoint(head, key, (data) => this.#rig.signer.sign(data));
  }

  /**
   * A completeness proof with these entries out of the map entry at `mapIndex`, which states the
   * loans as of `mapSize`.
   */
  completeness(evidenceNo: string, texts: string[], mapIndex: number, mapSize = mapIndex): string {
    const size = this.entries.length;
    const leaves = this.entries.map(leafHash);
    const { siblings, other } = mapProof(this.mapLeaves(mapSize), loanKey(evidenceNo));
    return encodeCompletenessProof({
      evidenceNo,
      mapEntryText: text(this.entries[mapIndex]),
      mapTlogProofText: encodeTlogProof(
        mapIndex,
        inclusionProof(mapIndex, size, readerOf(leaves)),
        this.sign(),
      ),
      mapProof: { siblings, ...(other === undefined ? {} : { other }) },
      entryTexts: texts,
      anchors: [],
      timestamps: [],
    });
  }

  /** Entries of a loan among the first `size`, as texts. */
  textsOf(evidenceNo: string, size = this.entries.length): string[] {
    const key = toHex(loanKey(evidenceNo));
    return this.entries.slice(0, size).flatMap((data) => {
      const entry = parseEntry(data);
      return entry.type === 'deposit' && entry.loan === key ? [text(data)] : [];
    });
  }
}

function text(data: Uint8Array | undefined): string {
  return new TextDecoder().decode(data ?? utf8(''));
}
