import { fromHex, toHex } from '../../formats/bytes.ts';
import { sha256 } from '../../formats/digest.ts';
import {
  EMPTY_MAP,
  type LoanHead,
  mapBit,
  mapInnerNode,
  mapKeyHash,
  mapLeafNode,
  mapValueHash,
} from '../../formats/loan-map.ts';

const HASH = 32;
const NOTHING = -1;

/** Rows of 32 bytes in one array that doubles. */
class HashRows {
  #bytes = new Uint8Array(1024 * HASH);

  get(row: number): Uint8Array {
    return this.#bytes.subarray(row * HASH, row * HASH + HASH);
  }

  set(row: number, hash: Uint8Array): void {
    let length = this.#bytes.length;
    while ((row + 1) * HASH > length) length *= 2;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(hash, row * HASH);
  }
}

/**
 * The loan map of an auditor: all loans with their counts and heads, and the map's root over them. A
 * tree of its own, kept in flat arrays (some 250 bytes a loan), of which only the paths that changed
 * are hashed again.
 */
export class ReplayMap {
  readonly #loans = new Map<string, number>();
  readonly #counts: number[] = [];
  readonly #heads = new HashRows();
  readonly #places = new HashRows();
  /** Children of a node; a leaf has its loan in `#left` as -2 - loan. */
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #hashes = new HashRows();
  readonly #stale: boolean[] = [];
  #root = NOTHING;

  get size(): number {
    return this.#counts.length;
  }

  /** @param loan loan key, hex */
  head(loan: string): LoanHead | undefined {
    const row = this.#loans.get(loan);
    if (row === undefined) return undefined;
    return { count: this.#counts[row] ?? 0, head: this.#heads.get(row) };
  }

  /** Puts a loan in, or its new head in place of the old one. */
  set(loan: string, { count, head }: LoanHead): void {
    const known = this.#loans.get(loan);
    const row = known ?? this.#counts.length;
    this.#counts[row] = count;
    this.#heads.set(row, head);
    if (known === undefined) {
      this.#loans.set(loan, row);
      this.#places.set(row, mapKeyHash(fromHex(loan, HASH)));
    }
    this.#root = this.#place(this.#root, row, 0);
  }

  /** All loans in the order in which they came. */
  *entries(): Generator<{ loan: string; count: number; head: Uint8Array }> {
    for (const [loan, row] of this.#loans) {
      yield { loan, count: this.#counts[row] ?? 0, head: this.#heads.get(row) };
    }
  }

  /** Hex. */
  root(): string {
    return toHex(this.#hash(this.#root));
  }

  #node(left: number, right: number): number {
    this.#left.push(left);
    this.#right.push(right);
    return this.#stale.push(true) - 1;
  }

  /** The loan of a leaf; negative for an inner node. */
  #loanAt(node: number): number {
    return -2 - (this.#left[node] ?? NOTHING);
  }

  #place(node: number, row: number, depth: number): number {
    if (node === NOTHING) return this.#node(-2 - row, NOTHING);
    this.#stale[node] = true;
    const other = this.#loanAt(node);
    if (other === row) return node;
    if (other >= 0) return this.#part(node, other, row, depth);
    const side = mapBit(this.#places.get(row), depth) === 1 ? this.#right : this.#left;
    side[node] = this.#place(side[node] ?? NOTHING, row, depth + 1);
    return node;
  }

  /** Inner nodes down to where two loans part; the other side of each but the last is empty. */
  #part(leaf: number, other: number, row: number, depth: number): number {
    const bit = mapBit(this.#places.get(row), depth);
    const below =
      bit === mapBit(this.#places.get(other), depth)
        ? [this.#part(leaf, other, row, depth + 1), NOTHING]
        : [this.#node(-2 - row, NOTHING), leaf];
    const [own = NOTHING, aside = NOTHING] = below;
    return bit === 1 ? this.#node(aside, own) : this.#node(own, aside);
  }

  #hash(node: number): Uint8Array {
    if (node === NOTHING) return EMPTY_MAP;
    if (this.#stale[node] === true) {
      this.#hashes.set(node, sha256(this.#preimage(node)));
      this.#stale[node] = false;
    }
    return this.#hashes.get(node);
  }

  #preimage(node: number): Uint8Array {
    const row = this.#loanAt(node);
    if (row >= 0) {
      const value = { count: this.#counts[row] ?? 0, head: this.#heads.get(row) };
      return mapLeafNode(this.#places.get(row), mapValueHash(value));
    }
    const left = this.#hash(this.#left[node] ?? NOTHING);
    return mapInnerNode(left, this.#hash(this.#right[node] ?? NOTHING));
  }
}
