import { expect } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/formats/bytes.ts';
import type { Json } from '../../src/formats/jcs.ts';
import {
  type LoanHead,
  type LoanMapProof,
  loanMapProofToJson,
  parseLoanMapProof,
  verifyLoanMap,
} from '../../src/formats/loan-map.ts';
import {
  consistencyProof,
  type HashReader,
  inclusionProof,
  leafHash,
  rangeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/formats/merkle.ts';
import {
  isSubtree,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from '../../src/formats/merkle-subtree.ts';
import {
  hashInTile,
  locateHash,
  parseTilePath,
  TILE_WIDTH,
  tilePath,
  tilesOf,
} from '../../src/formats/tile.ts';
import { hash, mapLeaf, mapProof, mapRoot, treeRoot } from '../vectors/reference-tree.ts';

const runs = { numRuns: 100, seed: 20240301 };
const MAX = 300;
const leaves = Array.from({ length: MAX }, (_, i) => leafHash(Uint8Array.of(i >> 8, i & 0xff)));

/** Complete subtrees, each hashed once. */
function cachedReader(all: Uint8Array[]): HashReader {
  const cache = new Map<string, Uint8Array>();
  const read: HashReader = (level, index) => {
    if (level === 0) return all[index] ?? new Uint8Array();
    const name = `${level}/${index}`;
    const known = cache.get(name);
    if (known !== undefined) return known;
    const node = hash(Uint8Array.of(1), read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
    cache.set(name, node);
    return node;
  };
  return read;
}

const read = cachedReader(leaves);
const roots = Array.from({ length: MAX + 1 }, (_, size) => rangeRoot(0, size, read));
const rootOf = (size: number): Uint8Array => roots[size] ?? new Uint8Array();
const leafAt = (index: number): Uint8Array => leaves[index] ?? new Uint8Array();

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return out;
}

/** Every way a proof can be wrong by one step: altered, cut, lengthened, two hashes exchanged. */
function spoilt(proof: Uint8Array[], bit: number): Uint8Array[][] {
  const extra = hash(Uint8Array.of(bit));
  const [first, second] = proof;
  const differ = first !== undefined && second !== undefined && toHex(first) !== toHex(second);
  const exchanged = differ ? [[second, first, ...proof.slice(2)]] : [];
  return [
    ...proof.map((item, at) => proof.with(at, flipped(item, bit))),
    ...proof.map((_, at) => proof.toSpliced(at, 1)),
    ...[...proof, extra].map((_, at) => proof.toSpliced(at, 0, extra)),
    ...exchanged,
    ...(proof.length > 0 ? [proof.with(0, (proof[0] ?? extra).subarray(1))] : []),
  ];
}

describe('Merkle proofs', () => {
  it('the root is that of the recursive definition, for every size up to 300', () => {
    for (let size = 0; size <= MAX; size++) {
      expect(toHex(rootOf(size)), `size ${size}`).to.equal(toHex(treeRoot(leaves.slice(0, size))));
    }
  });

  it('every leaf of every tree up to 300 is proven, under its own index only', function () {
    this.timeout(20_000);
    for (let size = 1; size <= MAX; size++) {
      // All leaves of small trees, and of large ones the borders and a walking sample.
      const step = size <= 40 ? 1 : 5;
      for (let index = size % step; index < size; index += step) {
        const proof = inclusionProof(index, size, read);
        const holds = (at: number) => verifyInclusion(at, size, leafAt(index), proof, rootOf(size));
        expect(holds(index), `${index} of ${size}`).to.equal(true);
        expect(holds((index + 1) % size) && size > 1).to.equal(false);
      }
      expect(
        verifyInclusion(0, size, leafAt(0), inclusionProof(0, size, read), rootOf(size)),
      ).to.equal(true);
      const last = size - 1;
      const proof = inclusionProof(last, size, read);
      expect(verifyInclusion(last, size, leafAt(last), proof, rootOf(size))).to.equal(true);
    }
  });

  it('every tree up to 300 is proven to begin with earlier ones', function () {
    this.timeout(20_000);
    for (let size = 1; size <= MAX; size++) {
      const step = size <= 40 ? 1 : 11;
      for (let old = 1 + (size % step); old <= size; old += step) {
        const proof = consistencyProof(old, size, read);
        const holds = verifyConsistency(old, size, proof, rootOf(old), rootOf(size));
        expect(holds, `${old} to ${size}`).to.equal(true);
      }
    }
  });

  it('no altered, lengthened or truncated proof passes', function () {
    this.timeout(20_000);
    const property = fc.property(
      fc.integer({ min: 1, max: MAX }),
      fc.nat(),
      fc.nat(255),
      (size, n, bit) => {
        const index = n % size;
        for (const proof of spoilt(inclusionProof(index, size, read), bit)) {
          expect(verifyInclusion(index, size, leafAt(index), proof, rootOf(size))).to.equal(false);
        }
        const old = 1 + (n % size);
        for (const proof of spoilt(consistencyProof(old, size, read), bit)) {
          expect(verifyConsistency(old, size, proof, rootOf(old), rootOf(size))).to.equal(false);
        }
      },
    );
    fc.assert(property, { ...runs, numRuns: 60 });
  });

  it('the verifiers answer false, never throw, for any numbers and hashes', () => {
    const size = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constantFrom(2 ** 53, 2 ** 50 + 1, Number.NaN),
    );
    const bytes = fc.uint8Array({ minLength: 31, maxLength: 33 });
    const property = fc.property(
      size,
      size,
      size,
      bytes,
      bytes,
      fc.array(bytes, { maxLength: 4 }),
      (a, b, c, x, y, proof) => {
        expect(verifyInclusion(a, b, x, proof, y)).to.equal(false);
        expect(verifyConsistency(a, b, proof, x, y)).to.equal(
          a === b &&
            a > 0 &&
            Number.isSafeInteger(a) &&
            proof.length === 0 &&
            toHex(x) === toHex(y) &&
            x.length === 32,
        );
        expect(verifySubtreeConsistency({ start: a, end: b, size: c }, proof, x, y)).to.equal(
          false,
        );
        expect(verifySubtreeInclusion(a, { start: b, end: c }, x, proof, y)).to.equal(false);
      },
    );
    // Three arbitrary numbers and arbitrary hashes never make a valid proof.
    fc.assert(property, { ...runs, numRuns: 500 });
  });

  it('sizes next to a power of two beyond 32 bits are told apart', () => {
    // A tree of 2^50 + 1 leaves of which only the subtrees on the way are known.
    const large = 2 ** 50;
    const left = hash(Uint8Array.of(9));
    const right = hash(Uint8Array.of(8));
    const reader: HashReader = (level) => (level === 50 ? left : right);
    const node = hash(Uint8Array.of(1), left, right);
    expect(toHex(rangeRoot(0, large + 1, reader))).to.equal(toHex(node));
    expect(verifyInclusion(large, large + 1, right, [left], node)).to.equal(true);
    expect(verifyConsistency(large, large + 1, [right], left, node)).to.equal(true);
    const next = hash(Uint8Array.of(1), left, hash(Uint8Array.of(1), right, right));
    expect(verifyConsistency(large + 1, large + 2, [right, right, left], node, next)).to.equal(
      true,
    );
  });
});

/** SUBTREE_PROOF of the draft, by its recursive definition. */
function subtreeProof(
  start: number,
  end: number,
  lo: number,
  hi: number,
  whole: boolean,
): Uint8Array[] {
  if (start === lo && end === hi) return whole ? [] : [rangeRoot(lo, hi, read)];
  let k = 1;
  while (k * 2 < hi - lo) k *= 2;
  const middle = lo + k;
  if (end <= middle)
    return [...subtreeProof(start, end, lo, middle, whole), rangeRoot(middle, hi, read)];
  if (start >= middle)
    return [...subtreeProof(start, end, middle, hi, whole), rangeRoot(lo, middle, read)];
  return [...subtreeProof(middle, end, middle, hi, false), rangeRoot(lo, middle, read)];
}

/** Every subtree of every tree up to `max`. */
function* subtrees(max: number): Generator<{ start: number; end: number; size: number }> {
  for (let size = 1; size <= max; size++) {
    for (let start = 0; start < size; start++) {
      for (let end = start + 1; end <= size; end++) {
        if (isSubtree(start, end)) yield { start, end, size };
      }
    }
  }
}

describe('subtree proofs', () => {
  it('every subtree of every tree up to 40 is proven, and not with an altered proof', function () {
    this.timeout(20_000);
    for (const range of subtrees(40)) {
      const { start, end, size } = range;
      const proof = subtreeProof(start, end, 0, size, true);
      const own = treeRoot(leaves.slice(start, end));
      const holds = (hashes: Uint8Array[]) =>
        verifySubtreeConsistency(range, hashes, own, rootOf(size));
      expect(holds(proof), `[${start}, ${end}) of ${size}`).to.equal(true);
      if ((start + end + size) % 17 === 0) {
        expect(spoilt(proof, (start + end) % 256).some(holds)).to.equal(false);
      }
    }
  });
});

describe('tiles', () => {
  /** The bytes of every hash tile of a tree, by path. */
  function tileStore(size: number): Map<string, Uint8Array> {
    const store = new Map<string, Uint8Array>();
    for (const id of tilesOf(size)) {
      if (id.level === 'entries') continue;
      const { level, index, width } = id;
      const parts = Array.from({ length: width }, (_, i) =>
        read(level * 8, index * TILE_WIDTH + i),
      );
      store.set(tilePath(id), Buffer.concat(parts));
    }
    return store;
  }

  it('a tree read through its tiles alone is the tree of the definition', () => {
    for (const size of [1, 2, 3, 100, 255, 256, 257, 299, 300]) {
      const store = tileStore(size);
      const tileReader: HashReader = (level, index) => {
        const at = locateHash(level, index);
        const id = tilesOf(size).find((tile) => tile.level === at.level && tile.index === at.index);
        if (id === undefined) throw new Error(`no tile for ${level}/${index}`);
        return hashInTile(store.get(tilePath(id)) ?? new Uint8Array(), at.height, at.offset);
      };
      expect(toHex(rangeRoot(0, size, tileReader)), `size ${size}`).to.equal(toHex(rootOf(size)));
      const proof = inclusionProof(size >> 1, size, tileReader);
      expect(verifyInclusion(size >> 1, size, leafAt(size >> 1), proof, rootOf(size))).to.equal(
        true,
      );
    }
  });

  it('a path names its tile and no other text does', () => {
    const level = fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const));
    const property = fc.property(
      level,
      fc.maxSafeNat(),
      fc.integer({ min: 1, max: 256 }),
      (l, index, width) => {
        const path = tilePath({ level: l, index, width });
        expect(parseTilePath(path)).to.deep.equal({ level: l, index, width });
        for (const other of [
          `${path}/`,
          `/${path}`,
          path.replace('tile/', 'tile/0'),
          `${path}\n`,
        ]) {
          expect(parseTilePath(other)).to.equal(undefined);
        }
      },
    );
    fc.assert(property, { ...runs, numRuns: 500 });
    const free = fc.property(
      fc.stringMatching(/^tile\/(\d{1,2}|entries)\/(x\d{3}\/){0,3}\d{3}(\.p\/\d{1,3})?$/),
      (path) => {
        const id = parseTilePath(path);
        if (id !== undefined) expect(tilePath(id)).to.equal(path);
        if (id !== undefined) expect(id.width).to.be.within(1, 256);
      },
    );
    fc.assert(free, { ...runs, numRuns: 500 });
  });

  it('a tree consists of each of its hashes once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200_000 }), (size) => {
        const own = tilesOf(size);
        for (const [level, span] of [
          ['entries', 1],
          [0, 1],
          [1, 256],
          [2, 65536],
        ] as const) {
          const tiles = own.filter((tile) => tile.level === level);
          const sum = tiles.reduce((total, { width }) => total + width, 0);
          expect(sum).to.equal(Math.floor(size / span));
          expect(tiles.slice(0, -1).every(({ width }) => width === TILE_WIDTH)).to.equal(true);
        }
      }),
      { ...runs, numRuns: 30 },
    );
  });
});

describe('loan map', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const loans = fc.uniqueArray(fc.tuple(key, fc.integer({ min: 1, max: 1e9 }), key), {
    maxLength: 24,
    selector: ([loan]) => toHex(loan),
  });
  const build = (list: [Uint8Array, number, Uint8Array][]) => {
    const values = list.map(([loan, count, head]) => ({ loan, value: { count, head } }));
    const all = values.map(({ loan, value }) => mapLeaf(loan, value));
    return { values, all, root: mapRoot(all) };
  };

  /** Whether some other proof than `proof` shows `value` of `loan` under `root`. */
  function forgeries(
    root: Uint8Array,
    loan: Uint8Array,
    value: LoanHead | undefined,
    proof: LoanMapProof,
    bit: number,
  ): boolean {
    const { siblings, other } = proof;
    const zeros = new Uint8Array(32);
    const variants: LoanMapProof[] = [
      ...spoilt(siblings, bit).map((bad) => ({ ...proof, siblings: bad })),
      { ...proof, siblings: [...siblings, zeros] },
      { siblings, other: { keyHash: hash(loan), valueHash: zeros } },
      ...(other === undefined
        ? []
        : [
            { siblings },
            { siblings, other: { ...other, keyHash: flipped(other.keyHash, bit) } },
            { siblings, other: { ...other, valueHash: flipped(other.valueHash, bit) } },
          ]),
    ];
    return variants.some((variant) => verifyLoanMap(root, loan, value, variant));
  }

  it('every loan is proven with its own value, and with no other and no altered proof', () => {
    const property = fc.property(loans, fc.nat(255), (list, bit) => {
      const { values, all, root } = build(list);
      for (const { loan, value } of values) {
        const proof = mapProof(all, loan);
        expect(verifyLoanMap(root, loan, value, proof)).to.equal(true);
        expect(parseLoanMapProof(loanMapProofToJson(proof))).to.deep.equal(proof);
        expect(forgeries(root, loan, value, proof, bit)).to.equal(false);
        const others = [
          undefined,
          { ...value, count: value.count + 1 },
          { ...value, count: value.count - 1 },
          { ...value, head: flipped(value.head, bit) },
        ];
        for (const wrong of others) expect(verifyLoanMap(root, loan, wrong, proof)).to.equal(false);
        expect(verifyLoanMap(flipped(root, bit), loan, value, proof)).to.equal(false);
      }
    });
    fc.assert(property, { ...runs, numRuns: 40 });
  });

  it('a loan that is not there is proven absent, and never present', () => {
    const property = fc.property(loans, key, fc.nat(255), (list, loan, bit) => {
      fc.pre(list.every(([own]) => toHex(own) !== toHex(loan)));
      const { all, root } = build(list);
      const proof = mapProof(all, loan);
      expect(verifyLoanMap(root, loan, undefined, proof)).to.equal(true);
      expect(forgeries(root, loan, undefined, proof, bit)).to.equal(false);
      const { siblings } = proof;
      expect(verifyLoanMap(root, loan, { count: 1, head: loan }, { siblings })).to.equal(false);
    });
    fc.assert(property, runs);
  });

  it('a leaf pushed down beside empty places is refused, at any depth', () => {
    const property = fc.property(
      key,
      key,
      fc.integer({ min: 1, max: 256 }),
      (loan, head, depth) => {
        const value = { count: 1, head };
        const { keyHash, valueHash } = mapLeaf(loan, value);
        const zeros = new Uint8Array(32);
        let node: Uint8Array = hash(Uint8Array.of(0), keyHash, valueHash);
        for (let at = depth - 1; at >= 0; at--) {
          const right = ((keyHash[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
          node = right ? hash(Uint8Array.of(1), zeros, node) : hash(Uint8Array.of(1), node, zeros);
        }
        const proof = { siblings: Array.from({ length: depth }, () => zeros) };
        expect(verifyLoanMap(node, loan, value, proof)).to.equal(false);
      },
    );
    fc.assert(property, runs);
  });

  it('values and hashes of another length are answered with false', () => {
    const loan = hash(Uint8Array.of(1));
    const value = { count: 1, head: hash(Uint8Array.of(2)) };
    const proof = mapProof([mapLeaf(loan, value)], loan);
    const root = mapRoot([mapLeaf(loan, value)]);
    expect(verifyLoanMap(root, loan, value, proof)).to.equal(true);
    for (const count of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(verifyLoanMap(root, loan, { ...value, count }, proof)).to.equal(false);
    }
    expect(verifyLoanMap(root, loan, { ...value, head: value.head.subarray(1) }, proof)).to.equal(
      false,
    );
    const { keyHash, valueHash } = mapLeaf(loan, value);
    // The border between the two hashes moved by one byte: the same preimage, another key.
    const moved = {
      keyHash: keyHash.subarray(0, 31),
      valueHash: Uint8Array.of(keyHash[31] ?? 0, ...valueHash),
    };
    const elsewhere = hash(Uint8Array.of(3));
    expect(
      verifyLoanMap(root, elsewhere, undefined, { siblings: [], other: { keyHash, valueHash } }),
    ).to.equal(true);
    expect(verifyLoanMap(root, elsewhere, undefined, { siblings: [], other: moved })).to.equal(
      false,
    );
    const json: Json = { siblings: ['00'] };
    expect(() => parseLoanMapProof(json)).to.throw();
    expect(fromHex('00')).to.have.lengthOf(1);
  });
});
