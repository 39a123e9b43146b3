import { generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { expect } from 'chai';
import { fromUtf8, toHex, utf8 } from '../../../src/formats/bytes.ts';
import { commitment, entrySalt } from '../../../src/formats/commitment.ts';
import {
  type DepositEntry,
  depositEntryText,
  encodeEntry,
  NO_PREVIOUS,
} from '../../../src/formats/entry.ts';
import { evidenceNumber, loanKey } from '../../../src/formats/evidence-number.ts';
import { canonicalJson, type Json, parseJson } from '../../../src/formats/jcs.ts';
import { leafHash } from '../../../src/formats/merkle.ts';
import { verifierKey } from '../../../src/formats/note.ts';
import {
  encodeGroupReceipt,
  parseReceipt,
  signReceiptGroup,
} from '../../../src/formats/receipt.ts';
import {
  completeStatement,
  draftStatement,
  encodeStatement,
  type Statement,
} from '../../../src/formats/statement.ts';
import { verifyReceipt } from '../../../src/verify/verify-completeness.ts';

const pair = generateKeyPairSync('ed25519');
const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
const key = verifierKey('group.example/log', new Uint8Array(spki.subarray(-32)));
const sign = (data: Uint8Array) => new Uint8Array(signBytes(null, data, pair.privateKey));
const evidenceNo = evidenceNumber(new Uint8Array(16).fill(7));
const secret = new Uint8Array(32).fill(9);
const digits = (length: number) => 'ab'.repeat(length / 2);
const context = {
  now: new Date('2026-06-01T00:00:00Z'),
  policy: {
    name: 'verifier',
    logs: [key.vkey],
    registries: [],
    anchorsRequired: 0,
    signingRoots: [],
    tsaRoots: [],
    courts: [],
  },
};

function statementOf(seq: number): Statement {
  return {
    evidenceNo,
    seq,
    kind: 'repayment',
    title: '还款 "第一笔"',
    file: {
      name: 'a.json',
      mediaType: 'application/json',
      size: 12,
      sha256: digits(64),
      sha512: digits(128),
      sm3: digits(64),
    },
    occurredAt: '2026-03-31',
    receivedAt: '2026-03-31T01:02:03.004Z',
    source: { system: 'core', eventId: `e${seq}`, operator: 'till 4' },
    references: seq === 0 ? [] : [{ rel: 'follows', seq: seq - 1 }],
    depositor: '示例贷款机构',
  };
}

/** Receipt parts of the first `count` deposits of a loan, from leaf `first` on. */
function deposits(count: number, first: number) {
  let prev = NO_PREVIOUS;
  return Array.from({ length: count }, (_, seq) => {
    const statement = fromUtf8(encodeStatement(statementOf(seq)));
    const salt = entrySalt(secret, seq);
    const loan = toHex(loanKey(evidenceNo));
    const committed = toHex(commitment(salt, utf8(statement)));
    const entry = depositEntryText({ loan, seq, prev, commitment: committed });
    prev = toHex(leafHash(utf8(entry)));
    return { statement, salt, entry, leafIndex: first + seq };
  });
}

describe('receipts of entries that were committed together', () => {
  it('each stand alone, whatever the size of the group', () => {
    for (const count of [1, 2, 3, 7, 8, 33]) {
      const parts = deposits(count, 41);
      const leaves = parts.map(({ entry }) => leafHash(utf8(entry)));
      const group = signReceiptGroup(41, leaves, key, sign);
      for (const one of parts) {
        const text = encodeGroupReceipt(one, group);
        const receipt = parseReceipt(text);
        expect(receipt).to.include({ leafIndex: one.leafIndex, origin: key.name });
        expect(verifyReceipt(text, undefined, context).verdict).to.equal('passed');
      }
    }
  });

  it('do not hold for an entry that was not among them, or elsewhere in the log', () => {
    const parts = deposits(5, 10);
    const leaves = parts.map(({ entry }) => leafHash(utf8(entry)));
    const group = signReceiptGroup(10, leaves, key, sign);
    const [first, second] = parts;
    if (first === undefined || second === undefined) throw new Error('no parts');
    const misplaced = [
      encodeGroupReceipt({ ...first, leafIndex: 11 }, group),
      encodeGroupReceipt({ ...second, leafIndex: 10 }, group),
      encodeGroupReceipt(first, { ...group, leaves: [...leaves].reverse() }),
      encodeGroupReceipt({ ...first, leafIndex: 10 + 8 }, { ...group, first: 18 }),
    ];
    for (const text of misplaced) expect(() => parseReceipt(text)).to.throw('another entry');
    expect(() => encodeGroupReceipt({ ...first, leafIndex: 15 }, group)).to.throw(RangeError);
    expect(() => signReceiptGroup(0, [], key, sign)).to.throw(RangeError);
  });

  it('of another key are judged as such', () => {
    const [one] = deposits(1, 0);
    if (one === undefined) throw new Error('no parts');
    const group = signReceiptGroup(0, [leafHash(utf8(one.entry))], key, () => new Uint8Array(64));
    const report = verifyReceipt(encodeGroupReceipt(one, group), undefined, context);
    expect(report.verdict).to.equal('failed');
  });
});

describe('the short ways to hashed bytes', () => {
  it('give an entry the bytes of the long one', () => {
    const entry: DepositEntry = {
      type: 'deposit',
      loan: digits(64),
      seq: 12,
      prev: digits(64),
      commitment: digits(64),
    };
    expect(depositEntryText(entry)).to.equal(fromUtf8(encodeEntry(entry)));
  });

  it('give a statement the canonical bytes of its members', () => {
    const statement = statementOf(3);
    const wanted = canonicalJson({
      schema: 'cunzheng/v1/statement',
      ...(statement as unknown as Record<string, Json>),
    });
    expect(completeStatement(draftStatement(statement), statement)).to.equal(wanted);
  });

  it('find a repeated key wherever it stands, and none where there is none', () => {
    const fine = [
      '{"a":":","b":"\\":{","c":[{"a":1},{"a":2}],"__proto__":{"x":":"}}',
      '{"a\\\\":1,"a":2,"":3}',
      '["\\\\\\"",":",{"":[]}]',
    ];
    for (const text of fine) expect(() => parseJson(text)).not.to.throw();
    const repeated = [
      '{"a":1,"a":1}',
      '[{"x":{"b":1,"\\u0062":2}}]',
      '{"__proto__":1,"__proto__":2}',
      '{"1":0,"1":0}',
    ];
    for (const text of repeated) expect(() => parseJson(text), text).to.throw('repeats a key');
  });

  it('write members in order of their code units, and refuse what JSON does not have', () => {
    expect(canonicalJson({ b: 1, a: [{ '\ue000': 2, '\u{1f600}': 1 }], 10: 1, 9: 2 })).to.equal(
      '{"10":1,"9":2,"a":[{"\u{1f600}":1,"\ue000":2}],"b":1}',
    );
    expect(canonicalJson({ a: -0, b: 'a\\ud800' })).to.equal('{"a":0,"b":"a\\\\ud800"}');
    const strange = [{ a: '\ud800' }, ['\udfff'], { a: Number.NaN }, [undefined], { '\ud800': 1 }];
    for (const value of strange) expect(() => canonicalJson(value as Json)).to.throw();
  });
});
