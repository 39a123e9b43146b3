import { expect } from 'chai';
import fc from 'fast-check';
import { createReplay } from '../../src/adapters/sqlite/replay-index.ts';
import type { EntryRow } from '../../src/evidence/ports.ts';
import { toHex } from '../../src/formats/bytes.ts';
import { sha256 } from '../../src/formats/digest.ts';
import { encodeEntry, NO_PREVIOUS } from '../../src/formats/entry.ts';
import { EMPTY_MAP, mapKeyHash, mapValueHash, verifyLoanMap } from '../../src/formats/loan-map.ts';
import { mapSubtree, mapSubtreePath } from '../../src/formats/loan-map-tree.ts';
import { leafHash } from '../../src/formats/merkle.ts';
import { proveLoanMap, updateLoanMap } from '../support/reference-loan-map.ts';

const keyOf = (loan: number) => sha256(Buffer.from(`loan ${loan}`));

/** Rounds of deposits, each ended by a map. */
const rounds = fc.array(fc.array(fc.nat(40), { maxLength: 30 }), { minLength: 1, maxLength: 6 });

describe('the loan map in tiles', () => {
  it('has the roots of the map that is kept node by node', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, async (loans) => {
        const replay = createReplay();
        const nodes = new Map<string, Uint8Array>();
        const heads = new Map<number, { count: number; head: Uint8Array }>();
        let root = EMPTY_MAP;
        let leafIndex = 0;
        for (const round of loans) {
          const rows: EntryRow[] = round.map((loan) => {
            const { count, head } = heads.get(loan) ?? { count: 0, head: undefined };
            const prev = head === undefined ? NO_PREVIOUS : toHex(head);
            const body = { loan: toHex(keyOf(loan)), seq: count, prev };
            const data = encodeEntry({ type: 'deposit', ...body, commitment: '0'.repeat(64) });
            heads.set(loan, { count: count + 1, head: leafHash(data) });
            return { leafIndex: leafIndex++, data };
          });
          replay.add(rows);
          const changed = [...new Set(round)].flatMap((loan) => {
            const value = heads.get(loan);
            const keyHash = mapKeyHash(keyOf(loan));
            return value === undefined ? [] : [{ keyHash, valueHash: mapValueHash(value) }];
          });
          const next = await updateLoanMap(root, changed, async (hash) => nodes.get(hash));
          for (const [hash, node] of next.nodes) nodes.set(hash, node);
          root = next.root;
          expect(toHex(replay.map().root)).to.equal(toHex(root));
        }
        replay.close();
      }),
      { numRuns: 40 },
    );
  });

  it('gives proofs that verify, and the same as node by node, from any list of leaves', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(200), { maxLength: 60 }), async (loans) => {
        const value = { count: 3, head: sha256(Buffer.from('head')) };
        const leaves = loans
          .map((loan) => ({ keyHash: mapKeyHash(keyOf(loan)), valueHash: mapValueHash(value) }))
          .toSorted((a, b) => Buffer.compare(a.keyHash, b.keyHash));
        const { root, nodes } = await updateLoanMap(EMPTY_MAP, leaves, async () => undefined);
        expect(toHex(mapSubtree(leaves, 0).hash)).to.equal(toHex(root));
        for (const loan of [0, 1, 2, ...loans]) {
          const keyHash = mapKeyHash(keyOf(loan));
          const { siblings, leaf } = mapSubtreePath(leaves, 0, keyHash);
          const wanted = await proveLoanMap(root, keyHash, async (hash) => nodes.get(hash));
          expect(siblings.map(toHex)).to.deep.equal(wanted.siblings.map(toHex));
          const other = leaf && !Buffer.from(leaf.keyHash).equals(keyHash) ? { other: leaf } : {};
          const said = loans.includes(loan) ? value : undefined;
          expect(verifyLoanMap(root, keyOf(loan), said, { siblings, ...other })).to.equal(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
