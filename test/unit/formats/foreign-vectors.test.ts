import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fromHex } from '../../../src/formats/bytes.ts';
import { verifyEd25519 } from '../../../src/formats/ed25519.ts';
import { FormatError } from '../../../src/formats/errors.ts';
import { canonicalBytes, type Json, parseCanonical, parseJson } from '../../../src/formats/jcs.ts';
import { verifyConsistency, verifyInclusion } from '../../../src/formats/merkle.ts';
import {
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from '../../../src/formats/merkle-subtree.ts';

// Test vectors that others wrote lie beside the checkout, not in it.
const root = new URL('../../../../shared/data/vectors/', import.meta.url);

function needs(folder: string): void {
  before(function () {
    if (existsSync(new URL(folder, root))) return;
    console.log(`      skipped: ${fileURLToPath(new URL(folder, root))} is not there`);
    this.skip();
  });
}

const readJson = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(path, root), 'utf8')) as unknown;

interface MerkleVector {
  leafIdx: number;
  treeSize: number;
  start: number;
  end: number;
  size: number;
  size1: number;
  size2: number;
  root: string;
  root1: string;
  root2: string;
  leafHash: string;
  proof: string[] | null;
  desc: string;
  wantErr: boolean;
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

function merkleVerdict(group: string, v: MerkleVector): boolean {
  const proof = (v.proof ?? []).map(bytes);
  if (group === 'inclusion') {
    return verifyInclusion(v.leafIdx, v.treeSize, bytes(v.leafHash), proof, bytes(v.root));
  }
  if (group === 'consistency') {
    return verifyConsistency(v.size1, v.size2, proof, bytes(v.root1), bytes(v.root2));
  }
  if (group === 'subtreeinclusion') {
    return verifySubtreeInclusion(v.leafIdx, v, bytes(v.leafHash), proof, bytes(v.root));
  }
  return verifySubtreeConsistency(v, proof, bytes(v.root1), bytes(v.root2));
}

const NOT_32_BYTES = 'its roots are 12 bytes of "don\'t care" text, and a root is 32 bytes';
const EMPTY_RANGE = 'it is about no entry at all, and a proof that says nothing is refused';

/** Vectors that want "accept" where this project refuses (docs/formats/merkle.md). */
const REFUSED: Record<string, string> = {
  'consistency/additional/sizes-are-equal-one-and-proof-is-empty.json': NOT_32_BYTES,
  'subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json': NOT_32_BYTES,
  ...Object.fromEntries(
    [
      'subtree-is-empty-sizes-are-equal-one-subtree-root-valid-proof-is-empty',
      'subtree-is-empty-sizes-are-equal-one-subtree-root-valid-tree-root-random-proof-is-empty',
      'subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-proof-is-empty',
      'subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty',
      'subtree-is-empty-subtree-root-valid-proof-is-empty',
      'subtree-is-empty-subtree-root-valid-tree-root-random-proof-is-empty',
    ].map((name) => [`subtreeconsistency/additional/${name}.json`, EMPTY_RANGE]),
  ),
};

describe('vectors of others', () => {
  describe('Merkle proofs (transparency-dev/merkle)', () => {
    needs('merkle/testdata');
    const counts = {
      inclusion: 98,
      consistency: 98,
      subtreeinclusion: 204,
      subtreeconsistency: 118,
    };
    for (const [group, count] of Object.entries(counts)) {
      it(`${group}: all ${count}, but for the listed exceptions`, () => {
        const folder = new URL(`merkle/testdata/${group}/`, root);
        const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.json'))
          .map((name) => `${group}/${name.replaceAll('\\', '/')}`);
        expect(names).to.have.lengthOf(count);
        const differing = names.filter((name) => {
          const vector = readJson(`merkle/testdata/${name}`) as MerkleVector;
          return merkleVerdict(group, vector) === vector.wantErr;
        });
        const listed = Object.keys(REFUSED).filter((name) => name.startsWith(`${group}/`));
        expect(differing.toSorted()).to.deep.equal(listed.toSorted());
      });
    }

    it('every exception is a refusal, never an acceptance', () => {
      for (const name of Object.keys(REFUSED)) {
        expect((readJson(`merkle/testdata/${name}`) as MerkleVector).wantErr, name).to.equal(false);
      }
    });
  });

  describe('Ed25519 (Wycheproof)', () => {
    needs('wycheproof/testvectors_v1');
    it('all verdicts agree', () => {
      const { testGroups, numberOfTests } = readJson(
        'wycheproof/testvectors_v1/ed25519_test.json',
      ) as {
        numberOfTests: number;
        testGroups: {
          publicKey: { pk: string };
          tests: { tcId: number; msg: string; sig: string; result: string }[];
        }[];
      };
      let run = 0;
      for (const { publicKey, tests } of testGroups) {
        for (const { tcId, msg, sig, result } of tests) {
          const found = verifyEd25519(fromHex(sig), fromHex(msg), fromHex(publicKey.pk));
          expect(found, `test ${tcId}`).to.equal(result === 'valid');
          run++;
        }
      }
      expect(run).to.equal(numberOfTests);
    });
  });

  describe('JSON (JSONTestSuite)', () => {
    needs('jsontestsuite/test_parsing');

    /** Well-formed by RFC 8259, yet refused here: two values for one key are two readings. */
    const DUPLICATE_KEYS = [
      'y_object_duplicated_key.json',
      'y_object_duplicated_key_and_value.json',
    ];

    // Paths and not URLs: one of the names holds a number sign.
    const parsing = fileURLToPath(new URL('jsontestsuite/test_parsing', root));

    function verdict(name: string): 'accepted' | 'refused' {
      const input = new Uint8Array(readFileSync(join(parsing, name)));
      try {
        parseJson(input);
        return 'accepted';
      } catch (error) {
        expect(error, name).to.be.instanceOf(FormatError);
        return 'refused';
      }
    }

    const names = (prefix: string): string[] =>
      readdirSync(parsing).filter((n) => n.startsWith(prefix));

    it('accepts what must be accepted, but for repeated keys', () => {
      const refused = names('y_').filter((name) => verdict(name) === 'refused');
      expect(names('y_').length).to.be.greaterThan(90);
      expect(refused).to.deep.equal(DUPLICATE_KEYS);
    });

    it('refuses what must be refused', () => {
      const accepted = names('n_').filter((name) => verdict(name) === 'accepted');
      expect(names('n_').length).to.be.greaterThan(180);
      expect(accepted).to.deep.equal([]);
    });

    it('where the standard leaves it open: bytes that are not UTF-8 are refused, numbers taken', () => {
      for (const name of names('i_')) {
        const open = name.startsWith('i_number') || /escape|surrogate|not_in_unicode/.test(name);
        if (!open) expect(verdict(name), name).to.equal('refused');
        else verdict(name);
      }
      const taken = names('i_').filter((name) => verdict(name) === 'accepted');
      expect(taken.every((name) => /^i_(number|object_key_lone|string_)/.test(name))).to.equal(
        true,
      );
    });
  });

  describe('strings (Big List of Naughty Strings)', () => {
    needs('blns/blns.json');
    it('every string survives canonical JSON, as value and as key', () => {
      const strings = readJson('blns/blns.json') as string[];
      expect(strings.length).to.be.greaterThan(450);
      for (const text of strings) {
        // A computed key is an own property even when it is "__proto__".
        const value: Json = [text, { [text]: text }];
        expect(parseCanonical(canonicalBytes(value))).to.deep.equal(value);
      }
    });
  });
});
