import { equalBytes, toHex, utf8 } from '../../formats/bytes.ts';
import { parseCheckpoint } from '../../formats/checkpoint.ts';
import { parseEntry } from '../../formats/entry.ts';
import { checkNote, parseVerifierKey } from '../../formats/note.ts';
import type { CheckpointRow, EntryRow, EvidenceStore, LoanReplay } from '../ports.ts';

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Holds every checkpoint against the entries up to it: signature, root, map. */
export class CheckpointCheck {
  readonly #store: EvidenceStore;
  readonly #vkey: string;
  readonly #replay: LoanReplay;
  readonly #findings: string[];
  /** Sizes of all checkpoints passed so far, eight bytes each. */
  readonly sizes: number[] = [];
  /** Text of the last of them, as it must be published. */
  lastNote: Uint8Array | undefined;
  #next: CheckpointRow | undefined;

  constructor(store: EvidenceStore, vkey: string, replay: LoanReplay, findings: string[]) {
    this.#store = store;
    this.#vkey = vkey;
    this.#replay = replay;
    this.#findings = findings;
  }

  /** Size of the next checkpoint above `size`. */
  async sizeAbove(size: number): Promise<number> {
    if (this.#next === undefined || this.#next.size <= size) {
      this.#next = await this.#store.checkpointAfter(size);
    }
    return this.#next?.size ?? Number.MAX_SAFE_INTEGER;
  }

  /**
   * The checkpoint of `size`, when the replay holds all entries below its last.
   * @param root of the tree over the entries
   */
  async check(size: number, root: Uint8Array, last: EntryRow | undefined): Promise<void> {
    const checkpoint = this.#next;
    if (checkpoint?.size !== size) return;
    this.sizes.push(size);
    this.lastNote = utf8(checkpoint.note);
    this.#findings.push(...signatureFindings(checkpoint, this.#vkey));
    const mapRoot = toHex(this.#replay.map().root);
    if (statedRoot(last, size) !== mapRoot) {
      const what = 'its loan map is not the one of its entries';
      this.#findings.push(`checkpoint of size ${size}: ${what}`);
    }
    try {
      if (equalBytes(root, parseCheckpoint(checkpoint.note).root)) return;
      this.#findings.push(`checkpoint of size ${size}: its root is not the one of its entries`);
    } catch {
      // A note that is none was named with its signature.
    }
  }

  /** Entries deleted at the end leave a checkpoint that covers more than there is. */
  async finish(size: number): Promise<void> {
    const last = await this.#store.latestCheckpoint();
    if (last === undefined || last.size <= size) return;
    this.#findings.push(`evidence.db: table entries: ${size} of ${last.size} entries are there`);
  }
}

/** Whether the log's own key signed the checkpoint, and it is of the size that its row says. */
export function signatureFindings(checkpoint: CheckpointRow, vkey: string): string[] {
  const name = `evidence.db: table checkpoints: size ${checkpoint.size}`;
  try {
    const head = parseCheckpoint(checkpoint.note);
    const signature = checkNote(head.note, parseVerifierKey(vkey));
    const sound = signature === 'valid' && head.size === checkpoint.size;
    return sound ? [] : [`${name}: the signature is ${signature}`];
  } catch (error) {
    return [`${name}: ${messageOf(error)}`];
  }
}

function statedRoot(last: EntryRow | undefined, size: number): string | undefined {
  try {
    const entry = last && parseEntry(last.data);
    return entry?.type === 'map' && entry.covers === size - 1 ? entry.root : undefined;
  } catch {
    return undefined;
  }
}
