import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fromHex, toHex, utf8 } from '../../../src/formats/bytes.ts';
import { logId, parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { commitment, contentKey, entrySalt } from '../../../src/formats/commitment.ts';
import { encodeEntry, parseEntry } from '../../../src/formats/entry.ts';
import { FormatError } from '../../../src/formats/errors.ts';
import {
  evidenceNumber,
  loanKey,
  parseEvidenceNumber,
} from '../../../src/formats/evidence-number.ts';
import { canonicalJson, parseCanonical, parseJson } from '../../../src/formats/jcs.ts';
import { parseLoanMapProof, verifyLoanMap } from '../../../src/formats/loan-map.ts';
import { leafHash, verifyConsistency, verifyInclusion } from '../../../src/formats/merkle.ts';
import {
  checkNote,
  keyFingerprint,
  parseNote,
  parseVerifierKey,
  verifierKey,
} from '../../../src/formats/note.ts';
import { encodePolicy, parsePolicy } from '../../../src/formats/policy.ts';
import {
  encodeCompletenessProof,
  encodeProofFile,
  parseCompletenessProof,
  parseProofFile,
} from '../../../src/formats/proof-file.ts';
import { parseReceipt } from '../../../src/formats/receipt.ts';
import { encodeStatement, parseStatement } from '../../../src/formats/statement.ts';
import { KINDS } from '../../../src/formats/taxonomy.ts';
import {
  decodeBundle,
  encodeBundle,
  parseTilePath,
  tilePath,
  tilesOf,
} from '../../../src/formats/tile.ts';
import {
  archivedTimestamp,
  renewalStatement,
  stampedCheckpoint,
} from '../../../src/formats/timestamp.ts';
import { encodeTlogProof, parseTlogProof } from '../../../src/formats/tlog-proof.ts';
import { inputOf, type ParseCase } from '../../vectors/case.ts';
import type { commitmentVectors, evidenceNumberVectors } from '../../vectors/cases-deposit.ts';
import type { jcsVectors } from '../../vectors/cases-json.ts';
import type {
  checkpointVectors,
  completenessVectors,
  noteVectors,
} from '../../vectors/cases-signed.ts';
import type { timestampVectors } from '../../vectors/cases-timestamp.ts';
import type { loanMapVectors, merkleVectors, tileVectors } from '../../vectors/cases-tree.ts';
import { buildVectors, vectorText } from '../../vectors/generate.ts';

const folder = new URL('../../vectors/', import.meta.url);
const load = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as T;
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** One test a vector: read and judged by `check`, or refused with exactly the code it names. */
function runParse<T>(
  cases: ParseCase[],
  parse: (input: Uint8Array | string) => T,
  check: (parsed: T, vector: ParseCase) => void,
): void {
  for (const vector of cases) {
    it(`${vector.valid ? 'accepts' : 'refuses'}: ${vector.name}`, () => {
      if (vector.valid) return check(parse(inputOf(vector)), vector);
      let thrown: unknown;
      try {
        parse(inputOf(vector));
      } catch (error) {
        thrown = error;
      }
      expect(thrown).to.be.instanceOf(FormatError);
      expect((thrown as FormatError).code).to.equal(vector.error);
    });
  }
}

const parseOf = (name: string): ParseCase[] => load<{ parse: ParseCase[] }>(name).parse;

describe('format vectors', () => {
  describe('the committed files', () => {
    const built = buildVectors();

    it('are exactly the generated ones', () => {
      const committed = readdirSync(folder).filter((name) => name.endsWith('.json'));
      expect(committed.toSorted()).to.deep.equal(Object.keys(built).toSorted());
      for (const [name, vectors] of Object.entries(built)) {
        const stale = `${name} is stale: npm run vectors`;
        expect(readFileSync(new URL(name, folder), 'utf8') === vectorText(vectors), stale).to.equal(
          true,
        );
      }
    });

    it('hold what a second implementation, in Python, computes from the specification', function () {
      const found = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']);
      if (found.error !== undefined || found.status !== 0) {
        console.log('      skipped: python3 (3.9 or later) is not installed');
        this.skip();
      }
      const run = spawnSync('python3', [fileURLToPath(new URL('check.py', folder))], {
        encoding: 'utf8',
      });
      expect(run.stdout + run.stderr).to.not.include('differs');
      expect(run.status, run.stderr).to.equal(0);
    });
  });

  describe('jcs', () => {
    const vectors = load<ReturnType<typeof jcsVectors>>('jcs.json');
    for (const { name, input, canonical } of vectors.canonicalisation) {
      it(`writes canonically: ${name}`, () => {
        expect(canonicalJson(parseJson(input))).to.equal(canonical);
        expect(canonicalJson(parseCanonical(canonical))).to.equal(canonical);
      });
    }
    runParse(vectors.parse, parseCanonical, (value, { input }) =>
      expect(canonicalJson(value)).to.equal(input),
    );
  });

  describe('evidence number', () => {
    const vectors = load<ReturnType<typeof evidenceNumberVectors>>('evidence-number.json');
    for (const { random, number, loanKey: key } of vectors.numbers) {
      it(`is made of random bits: ${number}`, () => {
        expect(evidenceNumber(fromHex(random))).to.equal(number);
        expect(toHex(loanKey(number))).to.equal(key);
      });
    }
    runParse(
      vectors.typed,
      (input) => parseEvidenceNumber(input as string),
      (number, vector) => expect(number).to.equal(vector.number),
    );
  });

  describe('statement', () => {
    runParse(parseOf('statement.json'), parseStatement, (statement, { input }) =>
      expect(decode(encodeStatement(statement))).to.equal(input),
    );
  });

  describe('commitment', () => {
    const vectors = load<ReturnType<typeof commitmentVectors>>('commitment.json');
    it('derives salts, commitments and content keys', () => {
      for (const { loanSecret, seq, salt } of [...vectors.commitments, ...vectors.salts]) {
        expect(toHex(entrySalt(fromHex(loanSecret), seq))).to.equal(salt);
      }
      for (const { salt, statement, commitment: wanted } of vectors.commitments) {
        expect(toHex(commitment(fromHex(salt), utf8(statement)))).to.equal(wanted);
      }
      for (const { loanSecret, nonce, key } of vectors.contentKeys) {
        expect(toHex(contentKey(fromHex(loanSecret), fromHex(nonce)))).to.equal(key);
      }
    });

    it('refuses a salt of another length, which would blur the border to the statement', () => {
      expect(() => commitment(new Uint8Array(31), utf8('x'))).to.throw(RangeError);
      expect(() => commitment(new Uint8Array(33), utf8('x'))).to.throw(RangeError);
    });
  });

  describe('entry', () => {
    runParse(parseOf('entry.json'), parseEntry, (entry, vector) => {
      expect(decode(encodeEntry(entry))).to.equal(vector.input);
      expect(toHex(leafHash(encodeEntry(entry)))).to.equal(vector.leafHash);
    });
  });

  describe('merkle', () => {
    const vectors = load<ReturnType<typeof merkleVectors>>('merkle.json');
    const bytes = (hexes: string[]) => hexes.map((hash) => fromHex(hash));
    for (const { name, index, size, leaf, proof, root, valid } of vectors.inclusion) {
      it(`inclusion ${valid ? 'holds' : 'fails'}: ${name}`, () => {
        const found = verifyInclusion(index, size, fromHex(leaf), bytes(proof), fromHex(root));
        expect(found).to.equal(valid);
      });
    }
    for (const { name, oldSize, newSize, proof, oldRoot, newRoot, valid } of vectors.consistency) {
      it(`consistency ${valid ? 'holds' : 'fails'}: ${name}`, () => {
        const [before, after] = [fromHex(oldRoot), fromHex(newRoot)];
        expect(verifyConsistency(oldSize, newSize, bytes(proof), before, after)).to.equal(valid);
      });
    }
  });

  describe('tile', () => {
    const vectors = load<ReturnType<typeof tileVectors>>('tile.json');
    it('reads each canonical path and no other', () => {
      for (const { path, valid, ...id } of vectors.paths) {
        expect(parseTilePath(path), path).to.deep.equal(valid ? id : undefined);
        const read = parseTilePath(path);
        if (read !== undefined) expect(tilePath(read)).to.equal(path);
      }
    });

    it('lists the tiles of a tree, the example of the C2SP text among them', () => {
      const counts = (size: number, level: number) => {
        const own = tilesOf(size).filter((tile) => tile.level === level);
        return [own.filter((t) => t.width === 256).length, own.find((t) => t.width < 256)?.width];
      };
      expect(counts(70000, 0)).to.deep.equal([273, 112]);
      expect(counts(70000, 1)).to.deep.equal([1, 17]);
      expect(counts(70000, 2)).to.deep.equal([0, 1]);
      expect(counts(256, 1)).to.deep.equal([0, 1]);
    });

    for (const vector of vectors.bundles) {
      it(`bundle: ${vector.name}`, () => {
        const bundle = fromHex(vector.bundle);
        if (!vector.valid || !('entries' in vector)) {
          expect(() => decodeBundle(bundle)).to.throw(FormatError);
          return;
        }
        const entries = vector.entries.map((text) => utf8(text));
        expect(decodeBundle(bundle)).to.deep.equal(entries);
        expect(encodeBundle(entries)).to.deep.equal(bundle);
      });
    }
  });

  describe('note', () => {
    const vectors = load<ReturnType<typeof noteVectors>>('note.json');
    runParse(
      vectors.keys,
      (input) => parseVerifierKey(input as string),
      (key, vector) => {
        expect(key.vkey).to.equal(vector.input);
        expect(toHex(key.publicKey)).to.equal(vector.publicKey);
        expect(keyFingerprint(key)).to.equal(vector.fingerprint);
        expect(verifierKey(key.name, key.publicKey)).to.deep.equal(key);
      },
    );
    runParse(vectors.parse, parseNote, (note, vector) =>
      expect(checkNote(note, parseVerifierKey(vector.vkey as string))).to.equal(vector.status),
    );
  });

  describe('checkpoint', () => {
    const vectors = load<ReturnType<typeof checkpointVectors>>('checkpoint.json');
    it('gives a log its identity', () => {
      for (const { vkey, logId: id } of vectors.logIds) {
        expect(toHex(logId(parseVerifierKey(vkey)))).to.equal(id);
      }
    });
    runParse(vectors.parse, parseCheckpoint, ({ origin, size, root, note }, vector) => {
      expect({ origin, size, root: toHex(root) }).to.deep.equal({
        origin: vector.origin,
        size: vector.size,
        root: vector.root,
      });
      expect(checkNote(note, parseVerifierKey(vector.vkey as string))).to.equal('valid');
    });
  });

  describe('loan map', () => {
    for (const vector of load<ReturnType<typeof loanMapVectors>>('loan-map.json').cases) {
      it(`${vector.valid ? 'holds' : 'fails'}: ${vector.name}`, () => {
        const { root, loanKey: key, value, proof } = vector;
        const head = value ? { count: value.count, head: fromHex(value.head) } : undefined;
        const read = parseLoanMapProof(proof);
        expect(verifyLoanMap(fromHex(root), fromHex(key), head, read)).to.equal(vector.valid);
      });
    }
  });

  describe('receipt', () => {
    runParse(parseOf('receipt.json'), parseReceipt, (receipt, vector) => {
      const key = parseVerifierKey(vector.vkey as string);
      expect(receipt.origin).to.equal(key.name);
      expect(checkNote(receipt.note, key)).to.equal(vector.status);
      if (vector.status !== 'valid') return;
      expect(receipt.leafIndex).to.equal(vector.leafIndex);
      expect(toHex(receipt.leafHash)).to.equal(vector.leafHash);
    });
  });

  describe('tlog-proof', () => {
    runParse(
      parseOf('tlog-proof.json'),
      (input) => parseTlogProof(input as string),
      (proof, vector) => {
        const { index, hashes, checkpoint, checkpointText } = proof;
        expect({ index, size: checkpoint.size }).to.deep.equal({
          index: vector.index,
          size: vector.size,
        });
        expect(encodeTlogProof(index, hashes, checkpointText)).to.equal(vector.input);
        const leaf = leafHash(utf8(vector.entry as string));
        expect(verifyInclusion(index, checkpoint.size, leaf, hashes, checkpoint.root)).to.equal(
          true,
        );
      },
    );
  });

  describe('proof file', () => {
    runParse(parseOf('proof-file.json'), parseProofFile, (proof, { input }) =>
      expect(encodeProofFile(proof)).to.equal(input),
    );
  });

  describe('time-stamp token', () => {
    const vectors = load<ReturnType<typeof timestampVectors>>('timestamp.json');
    it('is over the checkpoint as its log signed it', () => {
      for (const { checkpoint, stamped } of vectors.stamped) {
        expect(stampedCheckpoint(checkpoint)).to.deep.equal(utf8(stamped));
      }
    });

    it('is renewed in a list', () => {
      const { evidence, archived, archivedLeaf, index, size, path, root, statement } =
        vectors.renewal;
      expect(archivedTimestamp(evidence)).to.deep.equal(utf8(archived));
      expect(toHex(leafHash(utf8(archived)))).to.equal(archivedLeaf);
      const hashes = path.map((hash) => fromHex(hash));
      const held = verifyInclusion(index, size, fromHex(archivedLeaf), hashes, fromHex(root));
      expect(held).to.equal(true);
      expect(renewalStatement(size, fromHex(root))).to.deep.equal(utf8(statement));
    });
  });

  describe('completeness proof', () => {
    const { parse } = load<ReturnType<typeof completenessVectors>>('completeness.json');
    runParse(parse, parseCompletenessProof, (proof, vector) => {
      expect(encodeCompletenessProof(proof)).to.equal(vector.input);
      const last = proof.entryTexts.at(-1);
      const value =
        last === undefined
          ? undefined
          : { count: vector.count as number, head: leafHash(utf8(last)) };
      const map = parseEntry(proof.mapEntryText);
      if (map.type !== 'map') throw new Error('not a map entry');
      const key = loanKey(proof.evidenceNo);
      expect(verifyLoanMap(fromHex(map.root), key, value, proof.mapProof)).to.equal(true);
    });
  });

  describe('policy', () => {
    runParse(parseOf('policy.json'), parsePolicy, (policy, { input }) => {
      expect(parsePolicy(encodePolicy(policy))).to.deep.equal(policy);
      expect(JSON.parse(encodePolicy(policy))).to.deep.equal(JSON.parse(input ?? ''));
    });
  });

  describe('and the specification', () => {
    const docs = new URL('../../../docs/formats/', import.meta.url);
    const index = readFileSync(new URL('README.md', docs), 'utf8');
    const pages = [
      ...['README', 'statement', 'commitment', 'entry', 'merkle', 'tile', 'checkpoint', 'loan-map'],
      ...['receipt', 'proof-file', 'timestamp', 'policy', 'evidence-number', 'taxonomy'],
    ];
    const text = (page: string) => readFileSync(new URL(`${page}.md`, docs), 'utf8');
    const vectorNames = readdirSync(folder).filter((name) => name.endsWith('.json'));

    it('name each other: every vector file is in the index or on a page, and exists', () => {
      const all = pages.map(text).join('\n');
      const named = [...all.matchAll(/test\/vectors\/([a-z-]+\.json)/g)].map(([, file]) => file);
      expect([...new Set(named)].toSorted()).to.deep.equal(vectorNames.toSorted());
    });

    it('has every page in its index', () => {
      for (const page of pages.filter((name) => name !== 'README')) {
        expect(index, page).to.include(`](${page}.md)`);
      }
    });

    it('shows in its examples only hashes, keys and numbers that the vectors hold', () => {
      const held = vectorNames.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('');
      for (const page of pages) {
        const shown = text(page).match(
          /[0-9a-f]{64,}|CZ(?:-[0-9A-Z]{4}){7}|(?:^|\+)[A-Za-z0-9+/]{43,}=*$/gm,
        );
        for (const value of shown ?? []) expect(held, `${page}: ${value}`).to.include(value);
      }
    });

    it('lists every kind of evidence under its names', () => {
      const taxonomy = text('taxonomy');
      for (const [kind, { stage, form, zh, en }] of Object.entries(KINDS)) {
        expect(taxonomy).to.include(`| \`${kind}\` | ${stage} | ${form} | ${zh} | ${en} |`);
      }
      const rows = taxonomy.split('<!-- kinds: end -->')[0]?.match(/^\| `/gm);
      expect(rows).to.have.lengthOf(Object.keys(KINDS).length);
    });
  });
});
