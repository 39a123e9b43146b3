import { utf8 } from '../../src/formats/bytes.ts';
import { commitment, contentKey, entrySalt } from '../../src/formats/commitment.ts';
import { encodeEntry, NO_PREVIOUS } from '../../src/formats/entry.ts';
import { evidenceNumber, loanKey } from '../../src/formats/evidence-number.ts';
import { encodeStatement } from '../../src/formats/statement.ts';
import { accept, edit, hex, type ParseCase, reject } from './case.ts';
import { hash } from './reference-tree.ts';
import { evidenceNumbers, loanSecret, sampleLog, sampleStatement, seeded } from './sample-log.ts';

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export function evidenceNumberVectors() {
  const randoms = [
    new Uint8Array(16),
    new Uint8Array(16).fill(0xff),
    seeded('loan a').subarray(0, 16),
    seeded('number 1').subarray(0, 16),
  ];
  const numbers = randoms.map((random) => {
    const number = evidenceNumber(random);
    return { random: hex(random), number, loanKey: hex(loanKey(number)) };
  });
  const no = evidenceNumbers.a;
  const bad = 'EVIDENCE_NUMBER_INVALID' as const;
  const last = no.endsWith('0') ? '1' : '0';
  const typed = [
    accept('as printed', no, { number: no }),
    accept('lower case', no.toLowerCase(), { number: no }),
    accept('without hyphens, with spaces', ` ${no.replaceAll('-', ' ')} `, { number: no }),
    reject('last character mistyped', no.slice(0, -1) + last, bad),
    reject('two groups exchanged', `CZ-${no.slice(8, 12)}-${no.slice(3, 7)}${no.slice(12)}`, bad),
    reject('a character too few', no.slice(0, -1), bad),
    reject('a character too many', `${no}0`, bad),
    reject('a letter outside the alphabet', `${no.slice(0, 3)}U${no.slice(4)}`, bad),
    reject('another prefix', no.replace('CZ', 'CX'), bad),
    reject('nothing', '', bad),
  ];
  return { about: 'Evidence numbers and loan keys', numbers, typed };
}

function statementRejects(text: string): ParseCase[] {
  const bad = 'STATEMENT_INVALID' as const;
  const no = evidenceNumbers.a;
  return [
    reject('another schema', edit(text, '/v1/statement', '/v2/statement'), bad),
    reject('a member too many', edit(text, '{"depositor"', '{"a":1,"depositor"'), bad),
    reject('a member missing', edit(text, '"title":"放款记录"', '"titel":"放款记录"'), bad),
    reject('an empty title', edit(text, '放款记录', ''), bad),
    reject('an unknown kind', edit(text, '"kind":"disbursement"', '"kind":"gift"'), 'KIND_UNKNOWN'),
    reject(
      'a kind out of the prototype',
      edit(text, '"disbursement"', '"constructor"'),
      'KIND_UNKNOWN',
    ),
    reject('a day that is not', edit(text, '"2024-03-02"', '"2024-02-30"'), bad),
    reject('29 February of a common year', edit(text, '"2024-03-02"', '"2023-02-29"'), bad),
    reject('29 February of 1900', edit(text, '"2024-03-02"', '"1900-02-29"'), bad),
    reject('a time without offset', edit(text, '"2024-03-02"', '"2024-03-02T10:00:00"'), bad),
    reject('an hour 24', edit(text, '"2024-03-02"', '"2024-03-02T24:00:00Z"'), bad),
    reject('a leap second', edit(text, '"2024-03-02"', '"2016-12-31T23:59:60Z"'), bad),
    reject(
      'an impossible receivedAt',
      edit(text, '2024-03-01T02:30:01', '2024-03-41T02:30:01'),
      bad,
    ),
    reject('receivedAt with an offset', edit(text, '.250Z', '.250+08:00'), bad),
    reject('receivedAt without milliseconds', edit(text, '.250Z', 'Z'), bad),
    reject('a reference to itself', edit(text, '"seq":0}', '"seq":1}'), bad),
    reject('an upper-case relation', edit(text, '"rel":"about"', '"rel":"About"'), bad),
    reject('a fractional size', edit(text, '"size":21', '"size":21.5'), bad),
    reject('a negative size', edit(text, '"size":21', '"size":-21'), bad),
    reject(
      'an upper-case digest',
      text.replace(/"sha256":"[^"]*"/, (t) => `"sha256":${t.slice(9).toUpperCase()}`),
      bad,
    ),
    reject('an unknown source member', edit(text, '"operator"', '"operators"'), bad),
    reject('an upper-case media type', edit(text, 'application/json', 'Application/json'), bad),
    reject(
      'a null instead of an absent member',
      edit(text, '"generator":"ledger"', '"generator":null'),
      bad,
    ),
    reject(
      'an evidence number in lower case',
      edit(text, no, no.toLowerCase()),
      'EVIDENCE_NUMBER_INVALID',
    ),
    reject(
      'a mistyped evidence number',
      edit(text, no, `${no.slice(0, -1)}${no.endsWith('0') ? 1 : 0}`),
      'EVIDENCE_NUMBER_INVALID',
    ),
    reject('a space', edit(text, '"seq":1,"source"', '"seq": 1,"source"'), 'JSON_NOT_CANONICAL'),
    reject('a final newline', `${text}\n`, 'JSON_NOT_CANONICAL'),
  ];
}

export function statementVectors() {
  const { log } = sampleLog();
  const texts = log.deposits.map(({ statementText }) => statementText);
  const times = [
    '2024-02-29',
    '2000-02-29',
    '2024-01-31T23:59:59Z',
    '2024-01-31T00:00:00.123456789-03:30',
  ];
  const other = times.map((occurredAt) =>
    decode(
      encodeStatement(sampleStatement(evidenceNumbers.a, 0, 'other', 'x', 'y', { occurredAt })),
    ),
  );
  const parse = [...texts, ...other].map((text, i) =>
    accept(`statement ${i}`, text, { sha256: hex(hash(utf8(text))) }),
  );
  return {
    about: 'Statements: what was deposited',
    parse: [...parse, ...statementRejects(texts[2] ?? '')],
  };
}

export function commitmentVectors() {
  const { log } = sampleLog();
  const commitments = log.deposits.map(({ statementText, entry, salt }) => {
    const { evidenceNo } = JSON.parse(statementText) as { evidenceNo: string };
    return {
      loanSecret: hex(loanSecret(evidenceNo)),
      seq: entry.seq,
      salt: hex(salt),
      statement: statementText,
      commitment: hex(commitment(salt, utf8(statementText))),
    };
  });
  const nonce = seeded('object nonce');
  const secret = seeded('content secret');
  const large = { loanSecret: hex(secret), seq: 2 ** 40, salt: hex(entrySalt(secret, 2 ** 40)) };
  return {
    about: 'Salts, commitments and content keys',
    commitments,
    salts: [large],
    contentKeys: [
      { loanSecret: hex(secret), nonce: hex(nonce), key: hex(contentKey(secret, nonce)) },
    ],
  };
}

export function entryVectors() {
  const { log } = sampleLog();
  const deposit = log.entries[2] ?? '';
  const map = log.entries[4] ?? '';
  const note = log.entries[3] ?? '';
  const bad = 'ENTRY_INVALID' as const;
  const first = decode(
    encodeEntry({
      type: 'deposit',
      loan: NO_PREVIOUS,
      seq: 0,
      prev: NO_PREVIOUS,
      commitment: NO_PREVIOUS,
    }),
  );
  const rejects = [
    reject('another version', edit(deposit, '"v":1', '"v":2'), bad),
    reject('the version as text', edit(deposit, '"v":1', '"v":"1"'), bad),
    reject('an unknown type', edit(map, '"type":"map"', '"type":"mop"'), bad),
    reject('a type out of the prototype', edit(note, '"type":"note"', '"type":"toString"'), bad),
    reject('a member too many', edit(deposit, '"v":1', '"v":1,"w":1'), bad),
    reject('a first entry with a predecessor', edit(deposit, '"seq":1', '"seq":0'), bad),
    reject('a later entry without one', edit(first, '"seq":0', '"seq":1'), bad),
    reject(
      'a sequence number that is not safe',
      edit(deposit, '"seq":1', '"seq":9007199254740992'),
      bad,
    ),
    reject(
      'an upper-case loan key',
      deposit.replace(/"loan":"[^"]*"/, (t) => `"loan":${t.slice(7).toUpperCase()}`),
      bad,
    ),
    reject('a short root', map.replace(/"root":"../, '"root":"'), bad),
    reject('an empty remark', note.replace(/"text":"[^"]*"/, '"text":""'), bad),
    reject(
      'a remark too long',
      note.replace(/"text":"[^"]*"/, `"text":"${'x'.repeat(4097)}"`),
      bad,
    ),
    reject(
      'members out of order',
      edit(edit(deposit, ',"v":1', ''), '{', '{"v":1,'),
      'JSON_NOT_CANONICAL',
    ),
    reject('a final newline', `${deposit}\n`, 'JSON_NOT_CANONICAL'),
    reject('not an object', '[]', bad),
    reject('null', 'null', bad),
  ];
  const accepts = [...log.entries, first].map((text, i) =>
    accept(`entry ${i}`, text, { leafHash: hex(hash(Uint8Array.of(0), utf8(text))) }),
  );
  return { about: 'Log entries and their leaf hashes', parse: [...accepts, ...rejects] };
}
