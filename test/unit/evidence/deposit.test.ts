import { createHash, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DepositCommand } from '../../../src/evidence/ports.ts';
import type { DepositEntry } from '../../../src/formats/entry.ts';
import type { Json } from '../../../src/formats/jcs.ts';
import { codeOf } from '../../support/code-of.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scan,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { filesBelow } from '../../support/tampering.ts';

describe('a deposit', function () {
  this.timeout(20_000);
  let scratch: ReturnType<typeof scratchFolder>;
  let rig: EvidenceRig;

  beforeEach(() => {
    scratch = scratchFolder();
    rig = openEvidenceRig(scratch.path);
  });
  afterEach(() => {
    rig.close();
    scratch.remove();
  });

  const reopen = () => {
    rig.close();
    rig = openEvidenceRig(scratch.path);
  };

  describe('made twice', () => {
    it('gives the same entry and the same receipt to the byte, told so', async () => {
      const first = await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
      const again = await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
      expect(first.duplicate).to.equal(false);
      expect(again).to.deep.equal({ ...first, duplicate: true });
      expect(await rig.evidence.treeSize()).to.equal(1);
    });

    it('gives them across restarts and checkpoints too', async () => {
      const first = await rig.evidence.acceptDeposit(scan('L-1', 'e1', randomBytes(40_000)));
      const bytes = await rig.evidence.content(first.evidenceNo, 0);
      await rig.evidence.publishCheckpoint();
      reopen();
      const again = await rig.evidence.acceptDeposit(scan('L-1', 'e1', bytes));
      expect(again).to.deep.equal({ ...first, duplicate: true });
      expect(await rig.evidence.receipt(first.evidenceNo, 0)).to.equal(first.receipt);
    });

    it('keeps no second copy of its content', async () => {
      const bytes = randomBytes(40_000);
      await rig.evidence.acceptDeposit(scan('L-1', 'e1', bytes));
      await rig.evidence.acceptDeposit(scan('L-1', 'e1', bytes));
      expect(await rig.objects.list()).to.have.length(1);
    });

    it('gives one entry to all who come at the same moment', async () => {
      const calls = Array.from({ length: 50 }, () =>
        rig.evidence.acceptDeposit(repayment('L-1', 'e1')),
      );
      const answers = await Promise.all(calls);
      expect(await rig.evidence.treeSize()).to.equal(1);
      expect(new Set(answers.map((answer) => answer.receipt)).size).to.equal(1);
      expect(answers.filter((answer) => !answer.duplicate)).to.have.length(1);
    });

    it('counts as another event under another system', async () => {
      await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
      const source = { system: 'other', eventId: 'e1' };
      const other = await rig.evidence.acceptDeposit(repayment('L-1', 'e1', { source }));
      expect(other).to.include({ seq: 1, duplicate: false });
    });
  });

  describe('that contradicts an earlier one', () => {
    const conflicting: [string, Partial<DepositCommand>][] = [
      ['content', { content: { form: 'record', record: { amount: '13.00', date: '2026-01-02' } } }],
      ['kind', { kind: 'deduction-failed' }],
      ['loan', { loan: 'L-2' }],
      ['time of the event', { occurredAt: '2026-01-03' }],
    ];
    for (const [what, change] of conflicting) {
      it(`is refused for another ${what}`, async () => {
        await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
        await rig.evidence.acceptDeposit(repayment('L-2', 'e2'));
        const command = repayment('L-1', 'e1', change);
        expect(await codeOf(rig.evidence.acceptDeposit(command))).to.equal('EVENT_CONFLICT');
        expect(await rig.evidence.treeSize()).to.equal(2);
      });
    }

    it('is refused for a loan that did not exist, and leaves no loan behind', async () => {
      await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
      const command = repayment('L-new', 'e1');
      expect(await codeOf(rig.evidence.acceptDeposit(command))).to.equal('EVENT_CONFLICT');
      expect(await rig.evidence.findLoan('L-new')).to.equal(undefined);
    });
  });

  describe('with references', () => {
    const referring = (loan: string, eventId: string, to: string) =>
      repayment(loan, eventId, { references: [{ rel: 'corrects', eventId: to }] });

    it('names the earlier entry by its number, also when both arrive together', async () => {
      const [, second] = await Promise.all([
        rig.evidence.acceptDeposit(repayment('L-1', 'e1')),
        rig.evidence.acceptDeposit(referring('L-1', 'e2', 'e1')),
      ]);
      const [, artifact] = await rig.evidence.history(second.evidenceNo);
      expect(artifact?.statement.references).to.deep.equal([{ rel: 'corrects', seq: 0 }]);
    });

    it('is refused when the event is unknown, of another loan, or its own', async () => {
      await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
      for (const command of [
        referring('L-1', 'e2', 'nothing'),
        referring('L-2', 'e3', 'e1'),
        referring('L-1', 'e4', 'e4'),
      ]) {
        expect(await codeOf(rig.evidence.acceptDeposit(command))).to.equal('REFERENCE_UNKNOWN');
      }
      expect(await rig.evidence.treeSize()).to.equal(1);
    });
  });

  it('keeps its place among those of its loan, small beside large', async () => {
    const sizes = Array.from({ length: 24 }, (_, i) => (i % 3 === 0 ? 200_000 : 20 + i));
    const answers = await Promise.all(
      sizes.map((size, i) => rig.evidence.acceptDeposit(scan('L-1', `e${i}`, randomBytes(size)))),
    );
    expect(answers.map((answer) => answer.seq)).to.deep.equal(sizes.map((_, i) => i));
    const history = await rig.evidence.history(answers[0]?.evidenceNo ?? '');
    expect(history.map(({ statement }) => statement.file.size)).to.deep.equal(sizes);
  });

  it('gives its content back as it came', async () => {
    for (const size of [0, 1, 16_384, 16_385, 300_000]) {
      const bytes = randomBytes(size);
      const { evidenceNo, seq } = await rig.evidence.acceptDeposit(scan('L-1', `s${size}`, bytes));
      expect(Buffer.from(await rig.evidence.content(evidenceNo, seq)).equals(bytes)).to.equal(true);
    }
  });

  it('is refused above the limit, and leaves nothing of a stream that broke off', async () => {
    const large = scan('L-1', 'e1', randomBytes((1 << 20) + 1));
    expect(await codeOf(rig.evidence.acceptDeposit(large))).to.equal('CONTENT_TOO_LARGE');
    const stream = (async function* () {
      yield randomBytes(70_000);
      throw new Error('connection reset');
    })();
    const content = {
      form: 'stream',
      name: 'a.pdf',
      mediaType: 'application/pdf',
      stream,
    } as const;
    const broken = rig.evidence.acceptDeposit(
      repayment('L-1', 'e2', { kind: 'contract', content }),
    );
    expect((await broken.catch((error: Error) => error)) as Error).to.be.instanceOf(Error);
    expect(await rig.evidence.treeSize()).to.equal(0);
    expect(filesBelow(join(scratch.path, 'objects'))).to.deep.equal([]);
    const next = await rig.evidence.acceptDeposit(repayment('L-1', 'e3'));
    expect(next.seq, 'the loan goes on').to.equal(0);
  });

  const record = (value: unknown) =>
    repayment('L-1', 'e', { content: { form: 'record', record: value as Json } });
  const hostile: [string, DepositCommand][] = [
    ['an unknown kind', repayment('L-1', 'e', { kind: '__proto__' as 'repayment' })],
    ['an inherited name as kind', repayment('L-1', 'e', { kind: 'toString' as 'repayment' })],
    ['a date that is none', repayment('L-1', 'e', { occurredAt: '2026-02-30' })],
    ['a loan without name', repayment('', 'e')],
    ['a control character', repayment('L\u0000', 'e')],
    ['a change of writing direction', repayment('L-1', 'e\u202e')],
    ['half a character', repayment('L-1', '\ud800')],
    ['a name of 201 characters', repayment('L'.repeat(201), 'e')],
    ['a malformed relation', repayment('L-1', 'e', { references: [{ rel: 'A B', eventId: 'x' }] })],
    ['a record for a file kind', repayment('L-1', 'e', { kind: 'contract' })],
    ['a record over 1 MiB', record({ text: 'x'.repeat(1 << 20) })],
    ['a record with a number that is none', record({ amount: Number.NaN })],
    ['a record with a broken string', record({ text: '\udfff' })],
    ['a path as file name', scanNamed('../../etc/passwd')],
    ['a Windows path as file name', scanNamed('..\\x')],
    ['a header break as media type', scanNamed('a.pdf', 'text/plain\r\nX: y')],
  ];

  for (const [what, command] of hostile) {
    it(`with ${what} is refused before anything is stored`, async () => {
      const code = await codeOf(rig.evidence.acceptDeposit(command));
      expect(code).to.be.oneOf(['DEPOSIT_INVALID', 'JSON_INVALID']);
      expect(await rig.evidence.treeSize()).to.equal(0);
      expect(await rig.evidence.listLoans()).to.deep.equal([]);
    });
  }

  it('of a new loan, 2,000 times at once, gives each loan one number', async () => {
    const commands = Array.from({ length: 2000 }, (_, i) =>
      repayment(`L-${i % 1000}`, `e${i}`, { occurredAt: '2026-01-02' }),
    );
    const answers = await Promise.all(
      commands.map((command) => rig.evidence.acceptDeposit(command)),
    );
    const numbers = new Map<string, Set<string>>();
    answers.forEach(({ evidenceNo }, i) => {
      const loan = `L-${i % 1000}`;
      numbers.set(loan, (numbers.get(loan) ?? new Set()).add(evidenceNo));
    });
    expect([...numbers.values()].every((given) => given.size === 1)).to.equal(true);
    expect(new Set(answers.map((answer) => answer.evidenceNo)).size).to.equal(1000);
    expect(await rig.evidence.listLoans()).to.have.length(1000);
    expect(new Set(answers.map((answer) => answer.leafIndex)).size).to.equal(2000);
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
  });

  it('is committed to by the salt and the loan secret alone, recomputed by hand', async () => {
    const { evidenceNo } = await rig.evidence.acceptDeposit(repayment('L-1', 'e1'));
    await rig.evidence.acceptDeposit(repayment('L-1', 'e2'));
    const loanKey = hash(`cunzheng/v1/loan\n${evidenceNo}`);
    const [loan] = await rig.store.listLoans();
    expect(loan?.loanKey).to.equal(loanKey.toString('hex'));
    const key = loan?.loanKey ?? '';
    const wrapped = (await rig.secrets.get([key])).get(key);
    const plain = rig.vault.unwrap(wrapped ?? Buffer.alloc(0), key);
    expect(Buffer.from(plain.subarray(32)).toString()).to.equal('L-1');
    const secret = plain.subarray(0, 32);
    const opened = await rig.evidence.openedHistory(evidenceNo, 2);
    const rows = await rig.store.readEntries(0, 2);
    let prev = '0'.repeat(64);
    for (const [seq, row] of rows.entries()) {
      const number = Buffer.alloc(8);
      number.writeBigUInt64BE(BigInt(seq));
      const salt = createHmac('sha256', secret)
        .update('cunzheng/v1/salt\n')
        .update(number)
        .digest();
      expect(opened[seq]?.salt).to.equal(salt.toString('hex'));
      const statement = opened[seq]?.statement ?? '';
      const commitment = hash('cunzheng/v1/commitment\n', salt, statement).toString('hex');
      const entry = JSON.parse(Buffer.from(row.data).toString()) as DepositEntry & { v: number };
      expect(entry).to.deep.equal({
        v: 1,
        type: 'deposit',
        loan: loanKey.toString('hex'),
        seq,
        prev,
        commitment,
      });
      prev = hash(Buffer.of(0), row.data).toString('hex');
    }
  });

  it('shows no name, number or telephone in anything that is stored', async () => {
    const planted = ['110101199003074258', '欧阳娜娜', '13800138000', 'PLANTED-EVENT', 'Ouyang'];
    const [identity = '', name = '', phone = '', event = ''] = planted;
    const extra = { name, identity, phone, latin: 'Ouyang' };
    const record = { amount: '12.00', date: '2026-01-02', extra };
    const content = { form: 'record', record } as const;
    const source = { system: 'core', eventId: event, operator: name };
    await rig.evidence.acceptDeposit(repayment('LOAN-REF-77', event, { content, source }));
    const text = Buffer.from(planted.join(' ').repeat(4000));
    await rig.evidence.acceptDeposit({
      ...scan('LOAN-REF-77', `${event}-2`, text),
      content: {
        form: 'file',
        name: `${name}-${identity}.pdf`,
        mediaType: 'application/pdf',
        bytes: text,
      },
    });
    await rig.evidence.publishCheckpoint();
    rig.db.pragma('wal_checkpoint(TRUNCATE)');
    const files = filesBelow(scratch.path);
    expect(files.filter((file) => file.startsWith('objects/'))).to.have.length(1);
    for (const file of files) {
      const bytes = readFileSync(join(scratch.path, file));
      const isOpen = file.startsWith('log/') || file.startsWith('objects/');
      const published = isOpen ? ['LOAN-REF-77', 'CZ-', 'repayment'] : [];
      for (const secret of [...planted, ...published]) {
        expect(file, 'file name').not.to.include(secret);
        expect(bytes.includes(secret), `${secret} in ${file}`).to.equal(false);
      }
    }
  });
});

function scanNamed(name: string, mediaType = 'application/pdf'): DepositCommand {
  const content = { form: 'file', name, mediaType, bytes: Buffer.from('%PDF') } as const;
  return repayment('L-1', 'e', { kind: 'contract', content });
}

function hash(...parts: (string | Uint8Array)[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}
