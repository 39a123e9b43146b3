import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { fromHex, toHex, utf8 } from '../../src/formats/bytes.ts';
import { signCheckpoint } from '../../src/formats/checkpoint.ts';
import { commitment, entrySalt } from '../../src/formats/commitment.ts';
import {
  type DepositEntry,
  type Entry,
  encodeEntry,
  NO_PREVIOUS,
} from '../../src/formats/entry.ts';
import { evidenceNumber, loanKey } from '../../src/formats/evidence-number.ts';
import { type HashReader, inclusionProof, leafHash } from '../../src/formats/merkle.ts';
import { verifierKey } from '../../src/formats/note.ts';
import { encodeStatement, type Statement } from '../../src/formats/statement.ts';
import type { Kind } from '../../src/formats/taxonomy.ts';
import { encodeTlogProof } from '../../src/formats/tlog-proof.ts';
import { hash, type MapLeaf, mapLeaf, mapRoot, treeRoot } from './reference-tree.ts';

/** Bytes that anybody can make again: SHA-256 of a label. Only for vectors, never for keys in use. */
export function seeded(label: string): Uint8Array {
  return new Uint8Array(hash(utf8(`cunzheng vectors: ${label}`)));
}

export const ORIGIN = 'vectors.example/log';
const logSeed = seeded('log key');
export const logKey = verifierKey(ORIGIN, ed25519.getPublicKey(logSeed));
export const signWithLog = (data: Uint8Array): Uint8Array => ed25519.sign(data, logSeed);
const witnessSeed = seeded('witness key');
export const witnessKey = verifierKey('witness.example/w1', ed25519.getPublicKey(witnessSeed));
export const signWithWitness = (data: Uint8Array): Uint8Array => ed25519.sign(data, witnessSeed);

export const evidenceNumbers = {
  a: evidenceNumber(seeded('loan a').subarray(0, 16)),
  b: evidenceNumber(seeded('loan b').subarray(0, 16)),
  absent: evidenceNumber(seeded('loan c').subarray(0, 16)),
};

export const loanSecret = (evidenceNo: string): Uint8Array => seeded(`secret of ${evidenceNo}`);

/** A statement with every optional member left out unless given. */
export function sampleStatement(
  evidenceNo: string,
  seq: number,
  kind: Kind,
  title: string,
  content: string,
  extra: Partial<Statement> = {},
): Statement {
  const bytes = utf8(content);
  const digest = (name: string) => createHash(name).update(bytes).digest('hex');
  return {
    evidenceNo,
    seq,
    kind,
    title,
    file: {
      name: `${kind}-${seq}.json`,
      mediaType: 'application/json',
      size: bytes.length,
      sha256: digest('sha256'),
      sha512: digest('sha512'),
      sm3: digest('sm3'),
    },
    occurredAt: '2024-03-01T10:30:00+08:00',
    receivedAt: `2024-03-01T02:30:0${seq}.250Z`,
    source: { system: 'core-banking', eventId: `evt-${seq}` },
    references: [],
    depositor: '示例消费金融有限公司',
    ...extra,
  };
}

export interface SampleDeposit {
  index: number;
  statementText: string;
  salt: Uint8Array;
  entry: DepositEntry;
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A log of two loans, small enough to be checked by hand, built without the project's services. */
export class SampleLog {
  readonly entries: string[] = [];
  readonly deposits: SampleDeposit[] = [];
  readonly heads = new Map<string, { count: number; head: Uint8Array }>();

  #append(entry: Entry): number {
    return this.entries.push(decode(encodeEntry(entry))) - 1;
  }

  deposit(statement: Statement): SampleDeposit {
    const text = decode(encodeStatement(statement));
    const salt = entrySalt(loanSecret(statement.evidenceNo), statement.seq);
    const loan = toHex(loanKey(statement.evidenceNo));
    const last = this.heads.get(loan);
    const entry: DepositEntry = {
      type: 'deposit',
      loan,
      seq: statement.seq,
      prev: last === undefined ? NO_PREVIOUS : toHex(last.head),
      commitment: toHex(commitment(salt, utf8(text))),
    };
    const index = this.#append(entry);
    this.heads.set(loan, { count: statement.seq + 1, head: leafHash(encodeEntry(entry)) });
    const deposit = { index, statementText: text, salt, entry };
    this.deposits.push(deposit);
    return deposit;
  }

  note(text: string): void {
    this.#append({ type: 'note', text });
  }

  mapLeaves(): MapLeaf[] {
    return [...this.heads].map(([loan, value]) => mapLeaf(fromHex(loan), value));
  }

  /** Appends the map entry and signs the checkpoint over everything so far. */
  publish(): { size: number; note: string; mapLeaves: MapLeaf[]; mapIndex: number } {
    const mapLeaves = this.mapLeaves();
    const covers = this.entries.length;
    this.#append({ type: 'map', root: toHex(mapRoot(mapLeaves)), covers });
    const size = covers + 1;
    const checkpoint = { origin: ORIGIN, size, root: this.root(size) };
    return {
      size,
      note: signCheckpoint(checkpoint, logKey, signWithLog),
      mapLeaves,
      mapIndex: covers,
    };
  }

  leaves(size: number): Uint8Array[] {
    return this.entries.slice(0, size).map((text) => leafHash(utf8(text)));
  }

  root(size: number): Uint8Array {
    return new Uint8Array(treeRoot(this.leaves(size)));
  }

  proof(index: number, size: number, note: string): string {
    return encodeTlogProof(index, inclusionProof(index, size, readerOf(this.leaves(size))), note);
  }
}

/** Complete subtrees over an array of leaf hashes. */
export function readerOf(leaves: Uint8Array[]): HashReader {
  return (level, index) =>
    new Uint8Array(treeRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));
}

/** The log of all vectors: seven entries, checkpoints at sizes 5 and 7. */
export function sampleLog() {
  const log = new SampleLog();
  const { a, b } = evidenceNumbers;
  log.deposit(sampleStatement(a, 0, 'application', '借款申请', '{"amount":"10000.00"}'));
  log.deposit(sampleStatement(b, 0, 'contract-terms', 'Terms of the loan', '{"rate":"0.12"}'));
  const source = {
    system: 'core-banking',
    eventId: 'pay-1',
    generator: 'ledger',
    version: '4.2',
    operator: '柜员001',
    device: 'host-7',
  };
  const extra = { source, references: [{ rel: 'about', seq: 0 }], occurredAt: '2024-03-02' };
  log.deposit(sampleStatement(a, 1, 'disbursement', '放款记录', '{"amount":"10000.00"}', extra));
  log.note('Vectors: a remark of the operator.');
  const first = log.publish();
  log.deposit(sampleStatement(a, 2, 'repayment', '还款记录 😀', '{"amount":"500.00"}'));
  const second = log.publish();
  return { log, first, second };
}
