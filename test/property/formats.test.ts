import { expect } from 'chai';
import fc from 'fast-check';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '../../src/formats/bytes.ts';
import { parseCheckpoint } from '../../src/formats/checkpoint.ts';
import { commitment } from '../../src/formats/commitment.ts';
import { type Entry, encodeEntry, NO_PREVIOUS, parseEntry } from '../../src/formats/entry.ts';
import { FormatError } from '../../src/formats/errors.ts';
import { evidenceNumber, parseEvidenceNumber } from '../../src/formats/evidence-number.ts';
import { canonicalJson, type Json, parseCanonical, parseJson } from '../../src/formats/jcs.ts';
import { parseLoanMapProof } from '../../src/formats/loan-map.ts';
import { leafHash, verifyInclusion } from '../../src/formats/merkle.ts';
import { checkNote, parseNote, parseVerifierKey } from '../../src/formats/note.ts';
import { parsePolicy } from '../../src/formats/policy.ts';
import { parseCompletenessProof, parseProofFile } from '../../src/formats/proof-file.ts';
import { parseReceipt } from '../../src/formats/receipt.ts';
import { encodeStatement, parseStatement, type Statement } from '../../src/formats/statement.ts';
import { KINDS, type Kind } from '../../src/formats/taxonomy.ts';
import { decodeBundle, encodeBundle, parseTilePath } from '../../src/formats/tile.ts';
import { parseTlogProof } from '../../src/formats/tlog-proof.ts';
import {
  completenessVectors,
  proofFileVectors,
  receiptVectors,
  tlogProofVectors,
} from '../vectors/cases-signed.ts';
import { logKey, sampleLog } from '../vectors/sample-log.ts';

// Fixed: a failing run can be repeated, and a passing one does not fail for somebody else.
const runs = { numRuns: 150, seed: 20240301 };

type Parser = (input: Uint8Array | string) => unknown;
const asText =
  (parse: (text: string) => unknown): Parser =>
  (input) =>
    parse(typeof input === 'string' ? input : fromUtf8(input));

const PARSERS: Record<string, Parser> = {
  parseJson,
  parseCanonical,
  parseStatement,
  parseEntry,
  parseNote,
  parseCheckpoint,
  parseReceipt,
  parseProofFile,
  parseCompletenessProof,
  parsePolicy,
  parseTlogProof: asText(parseTlogProof),
  parseVerifierKey: asText(parseVerifierKey),
  parseEvidenceNumber: asText(parseEvidenceNumber),
  parseTilePath: asText(parseTilePath),
  parseLoanMapProof: (input) => parseLoanMapProof(parseJson(input)),
  fromHex: asText(fromHex),
  fromBase64: asText(fromBase64),
  decodeBundle: (input) => decodeBundle(typeof input === 'string' ? utf8(input) : input),
};

/** Anything but a FormatError out of a parser is a crash that hostile input can cause. */
function onlyFormatErrors(parse: Parser, input: Uint8Array | string): void {
  try {
    parse(input);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

const genuine = [
  ...sampleLog().log.entries,
  ...sampleLog().log.deposits.map(({ statementText }) => statementText),
  sampleLog().first.note,
  ...[receiptVectors(), tlogProofVectors(), proofFileVectors(), completenessVectors()].flatMap(
    ({ parse }) => parse.filter(({ valid }) => valid).map(({ input }) => input ?? ''),
  ),
];

/** A genuine file with one member, at any depth, replaced by an arbitrary JSON value. */
function withMemberReplaced(value: Json, at: number, by: Json): Json {
  let left = at;
  const walk = (here: Json): Json => {
    if (left-- === 0) return by;
    if (Array.isArray(here)) return here.map(walk);
    if (here === null || typeof here !== 'object') return here;
    return Object.fromEntries(Object.entries(here).map(([key, item]) => [key, walk(item)]));
  };
  return walk(value);
}

/** Any UTF-16 code units, lone surrogates among them. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x7f }), fc.integer({ min: 0, max: 0xffff })), {
    maxLength: 300,
  })
  .map((units) => String.fromCharCode(...units));

const hostileJson = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<Json>,
  fc.constant<Json>({ toString: 1, valueOf: 1 }),
  fc.constant<Json>(JSON.parse('{"__proto__":{"length":3}}') as Json),
  fc.constant<Json>({ length: 64 }),
);

describe('format parsers on hostile input', function () {
  this.timeout(10_000);

  for (const [name, parse] of Object.entries(PARSERS)) {
    it(`${name} throws nothing but FormatError`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => onlyFormatErrors(parse, bytes)),
        runs,
      );
      fc.assert(
        fc.property(anyText, (text) => onlyFormatErrors(parse, text)),
        runs,
      );
      fc.assert(
        fc.property(hostileJson, (value) => onlyFormatErrors(parse, JSON.stringify(value))),
        runs,
      );
    });

    it(`${name} survives genuine files with a part replaced`, () => {
      const property = fc.property(
        fc.constantFrom(...genuine.filter((text) => text.startsWith('{'))),
        fc.nat(40),
        hostileJson,
        (text, at, by) => {
          const value = withMemberReplaced(parseJson(text), at, by);
          onlyFormatErrors(parse, JSON.stringify(value));
        },
      );
      fc.assert(property, runs);
    });
  }
});

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const shortText = fc
  .array(fc.integer({ min: 0, max: 0x10ffff }), { minLength: 1, maxLength: 30 })
  .map((points) => String.fromCodePoint(...points).toWellFormed());
const number = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(evidenceNumber);
const optional = fc.option(shortText, { nil: undefined });

const statement: fc.Arbitrary<Statement> = fc
  .record({
    evidenceNo: number,
    seq: fc.integer({ min: 1, max: 2 ** 40 }),
    kind: fc.constantFrom(...(Object.keys(KINDS) as Kind[])),
    title: shortText,
    file: fc.record({
      name: shortText,
      mediaType: fc.constantFrom('application/pdf', 'image/svg+xml', 'text/plain'),
      size: fc.maxSafeNat(),
      sha256: hash,
      sha512: fc.tuple(hash, hash).map(([a, b]) => a + b),
      sm3: hash,
    }),
    occurredAt: fc.constantFrom(
      '2024-02-29',
      '2024-03-01T10:30:00.5+08:00',
      '2024-03-01T10:30:00Z',
    ),
    receivedAt: fc
      .date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    source: fc.record({
      system: shortText,
      eventId: shortText,
      generator: optional,
      device: optional,
    }),
    references: fc.array(
      fc.record({ rel: fc.constantFrom('about', 'replaces'), seq: fc.constant(0) }),
      {
        maxLength: 3,
      },
    ),
    depositor: shortText,
  })
  .map(({ source: { system, eventId, generator, device }, ...rest }) => ({
    ...rest,
    source: {
      system,
      eventId,
      ...(generator !== undefined && { generator }),
      ...(device !== undefined && { device }),
    },
  }));

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({
    type: fc.constant('deposit' as const),
    loan: hash,
    seq: fc.integer({ min: 1, max: 2 ** 50 }),
    prev: hash.filter((text) => text !== NO_PREVIOUS),
    commitment: hash,
  }),
  fc.record({
    type: fc.constant('deposit' as const),
    loan: hash,
    seq: fc.constant(0),
    prev: fc.constant(NO_PREVIOUS),
    commitment: hash,
  }),
  fc.record({ type: fc.constant('map' as const), root: hash, covers: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('note' as const), text: shortText }),
);

describe('format round trips', () => {
  it('a statement is read as it was written, and written as it was read', () => {
    const property = fc.property(statement, (value) => {
      const bytes = encodeStatement(value);
      expect(parseStatement(bytes)).to.deep.equal(value);
      expect(encodeStatement(parseStatement(bytes))).to.deep.equal(bytes);
    });
    fc.assert(property, runs);
  });

  it('an entry likewise', () => {
    const property = fc.property(entry, (value) => {
      expect(parseEntry(encodeEntry(value))).to.deep.equal(value);
    });
    fc.assert(property, runs);
  });

  it('canonical JSON likewise, whatever the value', () => {
    const property = fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = canonicalJson(value as Json);
      expect(canonicalJson(parseCanonical(text))).to.equal(text);
      expect(canonicalJson(parseJson(JSON.stringify(value, null, 2)))).to.equal(text);
    });
    fc.assert(property, { ...runs, numRuns: 500 });
  });

  it('hex, base64, bundles and evidence numbers likewise', () => {
    const property = fc.property(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }),
      (list) => {
        for (const bytes of list) {
          expect(fromHex(toHex(bytes))).to.deep.equal(bytes);
          expect(fromBase64(toBase64(bytes))).to.deep.equal(bytes);
        }
        expect(decodeBundle(encodeBundle(list))).to.deep.equal(list);
      },
    );
    fc.assert(property, runs);
    fc.assert(
      fc.property(number, (text) => {
        expect(parseEvidenceNumber(text.toLowerCase())).to.equal(text);
      }),
      runs,
    );
  });

  it('an evidence number with any one character changed is refused', () => {
    const property = fc.property(number, fc.nat(27), fc.nat(31), (text, place, letter) => {
      const at = 3 + place + Math.floor(place / 4);
      const other = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[letter] ?? '0';
      const typed = text.slice(0, at) + other + text.slice(at + 1);
      fc.pre(typed !== text);
      expect(() => parseEvidenceNumber(typed)).to.throw(FormatError);
    });
    fc.assert(property, runs);
  });
});

/** Every byte of `bytes` with one bit flipped, one at a time. */
function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    yield changed;
  }
}

/** Whether changed bytes are refused by `read`, or `differs` in what they say. */
function refusedOr<T>(read: () => T, differs: (value: T) => boolean): boolean {
  try {
    return differs(read());
  } catch (error) {
    if (error instanceof FormatError) return true;
    throw error;
  }
}

describe('one flipped bit', () => {
  const { log, second } = sampleLog();

  it('in a statement: refused, or another commitment', () => {
    for (const { statementText, salt, entry: own } of log.deposits) {
      for (const changed of flips(utf8(statementText))) {
        const differs = () => toHex(commitment(salt, changed)) !== own.commitment;
        expect(refusedOr(() => parseStatement(changed), differs)).to.equal(true);
      }
    }
  });

  it('in an entry: refused, or another leaf', () => {
    for (const text of log.entries) {
      const leaf = toHex(leafHash(utf8(text)));
      for (const changed of flips(utf8(text))) {
        const differs = (value: Entry) => toHex(leafHash(encodeEntry(value))) !== leaf;
        expect(refusedOr(() => parseEntry(changed), differs)).to.equal(true);
      }
    }
  });

  it('in a receipt: refused, or no longer signed', function () {
    this.timeout(10_000);
    const receipt = receiptVectors().parse[2]?.input ?? '';
    for (const changed of flips(utf8(receipt))) {
      const unsigned = (value: ReturnType<typeof parseReceipt>) =>
        checkNote(value.note, logKey) !== 'valid';
      expect(refusedOr(() => parseReceipt(changed), unsigned)).to.equal(true);
    }
  });

  it('in a tlog-proof: refused, not included, or no longer signed', function () {
    this.timeout(10_000);
    const text = log.proof(2, 7, second.note);
    const leaf = log.leaves(7)[2] ?? new Uint8Array();
    for (const changed of flips(utf8(text))) {
      const fails = ({ index, hashes, checkpoint }: ReturnType<typeof parseTlogProof>) =>
        !verifyInclusion(index, checkpoint.size, leaf, hashes, checkpoint.root) ||
        checkNote(checkpoint.note, logKey) !== 'valid';
      expect(refusedOr(() => parseTlogProof(fromUtf8(changed)), fails)).to.equal(true);
    }
  });

  it('in a proof file: refused, or its statement, entry, proof, anchors or timestamps differ', () => {
    const text = proofFileVectors().parse[2]?.input ?? '';
    const before = parseProofFile(text);
    for (const changed of flips(utf8(text))) {
      const differs = (value: typeof before) => {
        const { anchors, timestamps, ...parts } = value;
        const listed = (proof: typeof before) =>
          canonicalJson([proof.anchors, proof.timestamps] as unknown as Json);
        return (
          listed({ ...value, anchors, timestamps }) !== listed(before) ||
          Object.entries(parts).some(
            ([name, part]) => String(part) !== String(before[name as keyof typeof before]),
          )
        );
      };
      expect(refusedOr(() => parseProofFile(changed), differs)).to.equal(true);
    }
  });
});
