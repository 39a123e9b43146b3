import { checkpointText, logId, signCheckpoint } from '../../src/formats/checkpoint.ts';
import { loanKey } from '../../src/formats/evidence-number.ts';
import { canonicalJson } from '../../src/formats/jcs.ts';
import { emptyRoot } from '../../src/formats/merkle.ts';
import { keyFingerprint, parseVerifierKey, signNote } from '../../src/formats/note.ts';
import {
  type AnchorRecord,
  encodeCompletenessProof,
  encodeProofFile,
} from '../../src/formats/proof-file.ts';
import { encodeGroupReceipt, encodeReceipt, signReceiptGroup } from '../../src/formats/receipt.ts';
import { accept, base64, edit, hex, reject } from './case.ts';
import { mapProof } from './reference-tree.ts';
import {
  evidenceNumbers,
  logKey,
  ORIGIN,
  sampleLog,
  seeded,
  signWithLog,
  signWithWitness,
  witnessKey,
} from './sample-log.ts';

// From the documentation of golang.org/x/mod/sumdb/note: made by another implementation.
const GO_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const GO_NOTE =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n\n" +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

/** The signature line of `note`, changed in its last base64 group but still canonical. */
function spoil(note: string): string {
  const at = note.lastIndexOf(' ') + 20;
  return note.slice(0, at) + (note[at] === 'A' ? 'B' : 'A') + note.slice(at + 1);
}

export function noteVectors() {
  const text = 'first line\n\nthird line\n';
  const note = signNote(text, logKey, signWithLog);
  const both = note + signNote(text, witnessKey, signWithWitness).slice(text.length + 1);
  const bad = 'NOTE_INVALID' as const;
  const long = note + note.slice(text.length + 1).repeat(64);
  const checked = (name: string, input: string, vkey: string, status: string) =>
    accept(name, input, { vkey, status });
  return {
    about: 'Signed notes and verifier keys (C2SP signed-note)',
    keys: [
      accept('the log of these vectors', logKey.vkey, {
        fingerprint: keyFingerprint(logKey),
        publicKey: hex(logKey.publicKey),
      }),
      accept('a key of another implementation', GO_KEY, {
        fingerprint: keyFingerprint(parseVerifierKey(GO_KEY)),
        publicKey: hex(parseVerifierKey(GO_KEY).publicKey),
      }),
      reject('an id of another key', edit(GO_KEY, 'c74f20a3', 'c74f20a4'), bad),
      reject('another name', edit(GO_KEY, 'PeterNeumann', 'PeterNeuman'), bad),
      reject('upper-case id', edit(GO_KEY, 'c74f20a3', 'C74F20A3'), bad),
      reject('another algorithm', edit(GO_KEY, '+ARpc', '+AhpcQ'), 'BYTES_NOT_BASE64'),
      reject('no key', 'name+00000000+', bad),
      reject('a space in the name', edit(GO_KEY, 'PeterNeumann', 'Peter Neumann'), bad),
      reject('nothing', '', bad),
    ],
    parse: [
      checked('signed by the key', note, logKey.vkey, 'valid'),
      checked('another implementation signed', GO_NOTE, GO_KEY, 'valid'),
      checked('a second signature does not disturb', both, logKey.vkey, 'valid'),
      checked('each key for itself', both, witnessKey.vkey, 'valid'),
      checked('a key that did not sign', note, witnessKey.vkey, 'absent'),
      checked('text changed', edit(note, 'third', 'fourth'), logKey.vkey, 'invalid'),
      checked('signature changed', spoil(note), logKey.vkey, 'invalid'),
      checked(
        'one good and one bad signature of the same key',
        note + spoil(note).slice(text.length + 1),
        logKey.vkey,
        'invalid',
      ),
      checked(
        'the signature of another key under this name',
        edit(
          note,
          note.slice(-101),
          signNote(
            text,
            { ...witnessKey, name: ORIGIN, keyId: logKey.keyId },
            signWithWitness,
          ).slice(-101),
        ),
        logKey.vkey,
        'invalid',
      ),
      reject('no signature', text, bad),
      reject('no final newline', note.slice(0, -1), bad),
      reject('an empty line after the signature', `${note}\n`, bad),
      reject('a carriage return', note.replaceAll('\n', '\r\n'), bad),
      reject('a tab', edit(note, 'first ', 'first\t'), bad),
      reject('a hyphen for the dash', edit(note, '—', '-'), bad),
      reject('two spaces', edit(note, '— ', '—  '), bad),
      reject('a plus in the name', edit(note, ORIGIN, 'vectors+example'), bad),
      reject('a no-break space in the name', edit(note, ORIGIN, 'vectors\u00a0example'), bad),
      reject('a next-line character in the name', edit(note, ORIGIN, 'vectors\u0085example'), bad),
      reject('no padding', note.replace(/=+\n$/, '\n'), 'BYTES_NOT_BASE64'),
      reject('a signature of four bytes', `${text}\n— a ${base64(new Uint8Array(4))}\n`, bad),
      reject('65 signatures', long, bad),
      reject('a lone surrogate', `\ud800${note}`, bad),
    ],
  };
}

export function checkpointVectors() {
  const { first, second, log } = sampleLog();
  const bad = 'CHECKPOINT_INVALID' as const;
  const sign = (text: string) => signNote(text, logKey, signWithLog);
  const empty = signCheckpoint({ origin: ORIGIN, size: 0, root: emptyRoot() }, logKey, signWithLog);
  const root = base64(log.root(5));
  const good = (name: string, input: string, size: number, rootHash: Uint8Array) =>
    accept(name, input, { origin: ORIGIN, size, root: hex(rootHash), vkey: logKey.vkey });
  const cosigned =
    first.note +
    signNote(
      checkpointText({ origin: ORIGIN, size: 5, root: log.root(5) }),
      witnessKey,
      signWithWitness,
    ).split('\n\n')[1];
  return {
    about: 'Signed tree heads (C2SP tlog-checkpoint)',
    logIds: [{ vkey: logKey.vkey, logId: hex(logId(logKey)) }],
    parse: [
      good('five entries', first.note, 5, log.root(5)),
      good('seven entries', second.note, 7, log.root(7)),
      good('cosigned', cosigned, 5, log.root(5)),
      good('the empty tree', empty, 0, emptyRoot()),
      reject('an empty tree with another root', sign(`${ORIGIN}\n0\n${root}\n`), bad),
      reject('an extension line', sign(`${ORIGIN}\n5\n${root}\nextension\n`), bad),
      reject('no root', sign(`${ORIGIN}\n5\n`), bad),
      reject('no origin', sign(`\n5\n${root}\n`), bad),
      reject('a leading zero', sign(`${ORIGIN}\n05\n${root}\n`), bad),
      reject('a sign', sign(`${ORIGIN}\n+5\n${root}\n`), bad),
      reject('a size beyond 2^53', sign(`${ORIGIN}\n9007199254740992\n${root}\n`), bad),
      reject('a root of 31 bytes', sign(`${ORIGIN}\n5\n${base64(new Uint8Array(31))}\n`), bad),
      reject(
        'a root in hex',
        sign(`${ORIGIN}\n5\n${hex(log.root(5)).slice(1)}\n`),
        'BYTES_NOT_BASE64',
      ),
      reject(
        'a root without padding',
        sign(`${ORIGIN}\n5\n${root.slice(0, -1)}\n`),
        'BYTES_NOT_BASE64',
      ),
      reject('not signed', `${ORIGIN}\n5\n${root}\n`, 'NOTE_INVALID'),
    ],
  };
}

function sampleReceipt(at: number): string {
  const deposit = sampleLog().log.deposits[at];
  if (deposit === undefined) throw new Error(`no deposit ${at}`);
  const { statementText, salt, index } = deposit;
  const entry = sampleLog().log.entries[index] ?? '';
  return encodeReceipt(
    { statement: statementText, salt, entry, leafIndex: index },
    logKey,
    signWithLog,
  );
}

/** A receipt whose statement names one loan while its entry stands in another loan's history. */
function foreignLoanReceipt(): string {
  const { log } = sampleLog();
  const deposit = log.deposits[0];
  if (deposit === undefined) throw new Error('no deposit');
  const { statementText, salt, entry } = deposit;
  const foreign = JSON.stringify({
    commitment: entry.commitment,
    loan: hex(loanKey(evidenceNumbers.b)),
    prev: entry.prev,
    seq: entry.seq,
    type: 'deposit',
    v: 1,
  });
  return encodeReceipt(
    { statement: statementText, salt, entry: foreign, leafIndex: 0 },
    logKey,
    signWithLog,
  );
}

/** The receipt with a changed signature in its note. */
function respoil(text: string): string {
  const receipt = JSON.parse(text) as { note: string };
  return canonicalJson({ ...receipt, note: spoil(receipt.note) });
}

/** Receipts of the deposits that stand one after the other from leaf 0, under one signature. */
function groupReceipts(): string[] {
  const { log } = sampleLog();
  const together = log.deposits.filter(({ index }, i) => index === i);
  const leaves = together.map(({ index }) => log.leaves(7)[index] ?? new Uint8Array());
  const group = signReceiptGroup(0, leaves, logKey, signWithLog);
  return together.map(({ statementText, salt, index }) => {
    const entry = log.entries[index] ?? '';
    return encodeGroupReceipt({ statement: statementText, salt, entry, leafIndex: index }, group);
  });
}

export function receiptVectors() {
  const { log } = sampleLog();
  const receipts = log.deposits.map((deposit, i) =>
    accept(`receipt of deposit ${i}`, sampleReceipt(i), {
      vkey: logKey.vkey,
      leafIndex: deposit.index,
      leafHash: hex(log.leaves(7)[deposit.index] ?? new Uint8Array()),
      status: 'valid',
    }),
  );
  const text = sampleReceipt(2);
  const bad = 'RECEIPT_INVALID' as const;
  const inGroup = groupReceipts();
  const grouped = inGroup.map((input, i) =>
    accept(`receipt of deposit ${i} out of a group of ${inGroup.length}`, input, {
      vkey: logKey.vkey,
      leafIndex: i,
      leafHash: hex(log.leaves(7)[i] ?? new Uint8Array()),
      status: 'valid',
    }),
  );
  const one = inGroup[1] ?? '';
  const path = (JSON.parse(one) as { path: string[] }).path;
  const withPath = (changed: string[]) =>
    canonicalJson({ ...(JSON.parse(one) as { path: string[] }), path: changed });
  const count = `vectors.example/log\\n0\\n${inGroup.length}\\n`;
  const salt = hex(log.deposits[2]?.salt ?? new Uint8Array());
  return {
    about: 'Receipts: the signed promise given at deposit',
    parse: [
      ...receipts,
      ...grouped,
      accept('signature changed: readable, not valid', respoil(text), {
        vkey: logKey.vkey,
        status: 'invalid',
      }),
      reject('another leaf index', edit(text, '"leafIndex":2', '"leafIndex":3'), bad),
      reject('another salt', edit(text, salt, hex(seeded('x'))), bad),
      reject('another title', edit(text, '放款记录', '还款记录'), bad),
      reject('another entry', edit(text, 'seq\\":1,\\"type', 'seq\\":2,\\"type'), bad),
      reject('the entry of another loan', foreignLoanReceipt(), bad),
      reject('another header', edit(text, 'cunzheng/v1/receipt', 'cunzheng/v2/receipt'), bad),
      reject(
        'a checkpoint as note',
        text.replace(/"note":"[^"]*"/, () => `"note":${JSON.stringify(sampleLog().first.note)}`),
        bad,
      ),
      reject(
        'a group without the way to its root',
        edit(one, `,"path":${JSON.stringify(path)}`, ''),
        bad,
      ),
      reject('a way to no group', edit(text, ',"salt"', ',"path":[],"salt"'), bad),
      reject('a way cut off', withPath(path.slice(1)), bad),
      reject('a way too long', withPath([...path, base64(seeded('x'))]), bad),
      reject('another way', withPath([base64(seeded('x')), ...path.slice(1)]), bad),
      reject('half a hash on the way', withPath([path[0]?.slice(0, 24) ?? '']), bad),
      reject('another place in the group', edit(one, '"leafIndex":1', '"leafIndex":0'), bad),
      reject('a place outside the group', edit(one, '"leafIndex":1', '"leafIndex":77'), bad),
      reject('another first entry', edit(one, count, count.replace('n0', 'n1')), bad),
      reject(
        'a group of another size',
        edit(one, count, count.replace(`${inGroup.length}`, '9')),
        bad,
      ),
      reject(
        'a size written otherwise',
        edit(one, count, count.replace(`${inGroup.length}`, `0${inGroup.length}`)),
        bad,
      ),
      reject('another type', edit(text, '"type":"receipt"', '"type":"proof"'), bad),
      reject('a member too many', edit(text, '{"entry"', '{"a":1,"entry"'), bad),
      reject('a final newline', `${text}\n`, 'JSON_NOT_CANONICAL'),
    ],
  };
}

export function tlogProofVectors() {
  const { log, first, second } = sampleLog();
  const good = Array.from({ length: 7 }, (_, index) => ({
    ...accept(`entry ${index} of 7`, log.proof(index, 7, second.note)),
    entry: log.entries[index],
    index,
    size: 7,
  }));
  const alone = {
    ...accept('entry 4 of 5', log.proof(4, 5, first.note)),
    entry: log.entries[4],
    index: 4,
    size: 5,
  };
  const text = log.proof(2, 7, second.note);
  const bad = 'PROOF_INVALID' as const;
  const line = text.split('\n')[2] ?? '';
  return {
    about: 'Inclusion proofs with their checkpoint (C2SP tlog-proof)',
    parse: [
      ...good,
      alone,
      reject('another header', edit(text, '@v1', '@v2'), bad),
      reject('an extra line', edit(text, 'index', 'extra AAAA\nindex'), bad),
      reject('a leading zero', edit(text, 'index 2', 'index 02'), bad),
      reject('an index beyond 2^53', edit(text, 'index 2', 'index 9007199254740993'), bad),
      reject('no index', edit(text, 'index 2\n', ''), bad),
      reject('a short hash', edit(text, line, base64(new Uint8Array(31))), bad),
      reject('64 hashes', edit(text, line, Array(64).fill(line).join('\n')), bad),
      reject('a hash without padding', edit(text, line, line.slice(0, -1)), 'BYTES_NOT_BASE64'),
      reject('a space behind a hash', edit(text, line, `${line} `), 'BYTES_NOT_BASE64'),
      reject('carriage returns', text.replaceAll('\n', '\r\n'), bad),
      reject('no checkpoint', text.slice(0, text.indexOf('\n\n') + 2), 'NOTE_INVALID'),
      reject('no empty line', text.replace('\n\n', '\n'), 'BYTES_NOT_BASE64'),
      reject('nothing', '', bad),
    ],
  };
}

const anchor = (size: number, root: Uint8Array): AnchorRecord => ({
  target: 'court-chain',
  chainId: 20190,
  genesisHash: `0x${hex(seeded('genesis'))}`,
  registry: `0x${hex(seeded('registry')).slice(0, 40)}`,
  logId: hex(logId(logKey)),
  size,
  root: hex(root),
  txHash: `0x${hex(seeded('transaction'))}`,
  blockNumber: 42,
  blockHash: `0x${hex(seeded('block'))}`,
  blockTime: 1709260300,
});

export function proofFileVectors() {
  const { log, second } = sampleLog();
  const files = log.deposits.map(({ statementText, salt, index }) =>
    encodeProofFile({
      statementText,
      salt,
      entryText: log.entries[index] ?? '',
      tlogProofText: log.proof(index, 7, second.note),
      anchors: [anchor(7, log.root(7))],
      timestamps: [
        { tsa: 'tsa.example', token: 'MAMCAQE=', certificates: [], crls: [], renewals: [] },
      ],
    }),
  );
  const text = files[2] ?? '';
  const bad = 'PROOF_INVALID' as const;
  return {
    about: 'Proof files: everything to check one deposited file',
    vkey: logKey.vkey,
    parse: [
      ...files.map((file, i) => accept(`proof of deposit ${i}`, file)),
      accept('no anchor', text.replace(/"anchors":\[[^\]]*\]/, '"anchors":[]')),
      reject('another version', edit(text, '"v":1}', '"v":2}'), bad),
      reject('an unknown member', edit(text, '"anchors"', '"anchor":1,"anchors"'), bad),
      reject('no salt', text.replace(/"salt":"[^"]*"/, '"salt":""'), bad),
      reject(
        'an anchor with an unknown member',
        edit(text, '"blockHash"', '"a":1,"blockHash"'),
        bad,
      ),
      reject('a transaction hash without 0x', edit(text, '"txHash":"0x', '"txHash":"'), bad),
      reject(
        'an empty statement',
        text.replace(/"statement":"(?:[^"\\]|\\.)*"/, '"statement":""'),
        bad,
      ),
      reject('a type of another file', edit(text, '"type":"proof"', '"type":"receipt"'), bad),
      reject('a final newline', `${text}\n`, 'JSON_NOT_CANONICAL'),
    ],
  };
}

export function completenessVectors() {
  const { log, first, second } = sampleLog();
  const of = (evidenceNo: string, at: typeof first): string => {
    const key = loanKey(evidenceNo);
    const entries = log.entries.slice(0, at.size);
    return encodeCompletenessProof({
      evidenceNo,
      mapEntryText: log.entries[at.mapIndex] ?? '',
      mapTlogProofText: log.proof(at.mapIndex, at.size, at.note),
      mapProof: mapProof(at.mapLeaves, key),
      entryTexts: entries.filter((text) => text.includes(`"loan":"${hex(key)}"`)),
      anchors: [anchor(at.size, log.root(at.size))],
      timestamps: [],
    });
  };
  const { a, b, absent } = evidenceNumbers;
  const text = of(a, second);
  const bad = 'PROOF_INVALID' as const;
  const unknown = of(absent, second);
  return {
    about: 'Completeness proofs: all entries that a loan had at a checkpoint',
    vkey: logKey.vkey,
    parse: [
      accept('loan a at 5', of(a, first), { count: 2 }),
      accept('loan a at 7', text, { count: 3 }),
      accept('loan b at 7', of(b, second), { count: 1 }),
      accept('a loan without entries', unknown, { count: 0 }),
      reject(
        'an evidence number in lower case',
        edit(text, a, a.toLowerCase()),
        'EVIDENCE_NUMBER_INVALID',
      ),
      reject(
        'an entry that is not text',
        text.replace('"entries":[', '"entries":[{"toString":1},'),
        bad,
      ),
      reject(
        'a sibling that is not text',
        text.replace(/"siblings":\[[^\]]*\]/, '"siblings":[{"toString":1}]'),
        'BYTES_NOT_HEX',
      ),
      reject('a short sibling', text.replace(/"siblings":\["../, '"siblings":["'), 'BYTES_NOT_HEX'),
      reject(
        '257 siblings',
        text.replace(
          /"siblings":\[[^\]]*\]/,
          `"siblings":[${Array(257).fill(`"${'0'.repeat(64)}"`)}]`,
        ),
        'MAP_PROOF_INVALID',
      ),
      reject(
        'a map proof with an unknown member',
        edit(text, '"siblings"', '"aside":1,"siblings"'),
        'MAP_PROOF_INVALID',
      ),
      reject('no entries member', edit(text, '"entries"', '"entrees"'), bad),
      reject('a final newline', `${text}\n`, 'JSON_NOT_CANONICAL'),
    ],
  };
}
