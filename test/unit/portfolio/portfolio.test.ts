import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { RecordKind, RecordOf } from '../../../src/claim/records.ts';
import { hasRecordSchema, parseRecord } from '../../../src/claim/records.ts';
import { buildSchedule } from '../../../src/claim/schedule.ts';
import {
  creditCodeCheckCharacter,
  identityCheckDigit,
} from '../../../src/demo/portfolio/check-digits.ts';
import { PLAN_LENGTH } from '../../../src/demo/portfolio/fates.ts';
import type { DemoLoan, PortfolioOptions } from '../../../src/demo/portfolio/generate-portfolio.ts';
import { generatePortfolio } from '../../../src/demo/portfolio/generate-portfolio.ts';
import { claimFrom } from '../../../src/demo/portfolio/ledger-status.ts';
import { LENDER, lenderParty, UNCONNECTED_COURT } from '../../../src/demo/portfolio/lender.ts';
import { DISTRICTS } from '../../../src/demo/portfolio/places.ts';
import type { createStudio } from '../../../src/demo/portfolio/studio.ts';
import { canonicalBytes } from '../../../src/formats/jcs.ts';
import { isEventTime } from '../../../src/formats/statement.ts';

const OPTIONS: PortfolioOptions = { seed: 'test', loans: PLAN_LENGTH, asOf: '2026-10-31' };

/** A studio that keeps the data a document is made of, so that thirty loans take no second. */
const plainStudio = {
  paper: (name: string, data: Parameters<ReturnType<typeof createStudio>['paper']>[1]) =>
    new TextEncoder().encode(`${name}\n${new TextDecoder().decode(canonicalBytes(data))}`),
  identityCard: () => ({ front: Uint8Array.of(1), back: Uint8Array.of(2) }),
  serviceConfirmation: () => Uint8Array.of(3),
  deliverySlip: () => Uint8Array.of(4),
};

const portfolio = (options = OPTIONS): DemoLoan[] => [...generatePortfolio(options, plainStudio)];

function digestOf(loans: Iterable<DemoLoan>): string {
  const hash = createHash('sha256');
  for (const loan of loans) {
    for (const { content, ...rest } of loan.deposits) {
      hash.update(JSON.stringify(rest));
      hash.update(content.form === 'file' ? content.bytes : canonicalBytes(content.record));
    }
  }
  return hash.digest('hex');
}

function recordsOf<K extends RecordKind>(loan: DemoLoan, kind: K): RecordOf<K>[] {
  return loan.deposits.flatMap((deposit) =>
    deposit.kind === kind && deposit.content.form === 'record'
      ? [parseRecord(kind, deposit.content.record)]
      : [],
  );
}

function only<K extends RecordKind>(loan: DemoLoan, kind: K): RecordOf<K> {
  const [record, ...more] = recordsOf(loan, kind);
  if (record === undefined || more.length > 0)
    throw new Error(`${loan.loan}: one ${kind} expected`);
  return record;
}

describe('demonstration portfolio', () => {
  const loans = portfolio();

  it('gives the same records for the same seed, and others for another', () => {
    expect(digestOf(portfolio())).to.equal(digestOf(loans));
    expect(digestOf(portfolio({ ...OPTIONS, seed: 'other' }))).not.to.equal(digestOf(loans));
  });

  it('gives a loan the same life in a portfolio of any size', () => {
    expect(digestOf(portfolio({ ...OPTIONS, loans: 3 }))).to.equal(digestOf(loans.slice(0, 3)));
  });

  it('holds twelve loans in default, four of them with an obstacle', () => {
    const inDefault = loans.filter((loan) => loan.inDefault);
    expect(inDefault).to.have.length(12);
    expect(inDefault.filter((loan) => loan.obstacle !== undefined)).to.have.length(4);
    expect(loans.filter((loan) => !loan.inDefault && loan.obstacle !== undefined)).to.be.empty;
  });

  it('makes only records that fit their schema', () => {
    for (const { content, kind } of loans.flatMap((loan) => loan.deposits)) {
      if (content.form !== 'record' || !hasRecordSchema(kind)) continue;
      expect(() => parseRecord(kind, content.record)).not.to.throw();
    }
  });

  it('orders each loan by time and refers only to earlier events of the same loan', () => {
    for (const loan of loans) {
      const seen = new Set<string>();
      let last = '';
      for (const deposit of loan.deposits) {
        expect(deposit.loan).to.equal(loan.loan);
        expect(isEventTime(deposit.occurredAt), deposit.occurredAt).to.equal(true);
        expect(deposit.occurredAt >= last, `${loan.loan} ${deposit.occurredAt}`).to.equal(true);
        for (const { eventId } of deposit.references ?? []) {
          expect(seen.has(eventId), `${deposit.source.eventId} -> ${eventId}`).to.equal(true);
        }
        expect(seen.has(deposit.source.eventId), deposit.source.eventId).to.equal(false);
        seen.add(deposit.source.eventId);
        last = deposit.occurredAt;
      }
    }
  });

  it('gives every borrower a valid identity number but the one that was mistyped', () => {
    const wrong = loans.filter((loan) => {
      const { idNumber = '' } = only(loan, 'identity') as { idNumber?: string };
      return identityCheckDigit(idNumber.slice(0, 17)) !== idNumber.slice(17);
    });
    expect(wrong.map((loan) => loan.fate)).to.deep.equal(['trouble-identity-number']);
  });

  it('gives identity numbers that agree with birth date, sex and a listed district', () => {
    const numbers = new Set<string>();
    for (const loan of loans) {
      const identity = only(loan, 'identity');
      if (identity.type !== 'natural') throw new Error('a borrower is a natural person');
      const { idNumber = '', birthDate = '', gender } = identity;
      expect(idNumber.slice(6, 14)).to.equal(birthDate.replaceAll('-', ''));
      expect(Number(idNumber[16]) % 2).to.equal(gender === 'male' ? 1 : 0);
      expect(DISTRICTS.map((place) => place.code)).to.include(idNumber.slice(0, 6));
      numbers.add(idNumber);
    }
    expect(numbers.size).to.equal(loans.length);
  });

  it('pays out exactly the agreed principal and repays it by the agreed table', () => {
    for (const loan of loans) {
      const terms = only(loan, 'contract-terms');
      const { schedule, ...withoutTable } = terms;
      const computed = buildSchedule(withoutTable, terms.startDate ?? '');
      expect(only(loan, 'disbursement').amount).to.equal(terms.principal);
      expect(only(loan, 'repayment-schedule').rows).to.deep.equal(schedule);
      expect(schedule?.map((row) => [row.dueDate, row.principal, row.interest])).to.deep.equal(
        computed.map((row) => [row.dueDate, row.principal, row.interest]),
      );
    }
  });

  it("keeps the lender's books equal to the claim, except where a repayment was not booked", () => {
    const apart = loans.filter((loan) => {
      const { lines } = claimFrom(loan.deposits, OPTIONS.asOf);
      const books = only(loan, 'ledger-status');
      return (
        books.outstandingPrincipal !== lines.principalOutstanding ||
        books.interest !== lines.interest ||
        books.penalty !== lines.penalty ||
        books.compound !== lines.compound
      );
    });
    expect(apart.map((loan) => loan.fate)).to.deep.equal(['trouble-ledger']);
  });

  it('lets every fate end as it says on the cut-off day', () => {
    for (const loan of loans) {
      const claim = claimFrom(loan.deposits, OPTIONS.asOf);
      expect(claim.status.daysOverdue > 90, loan.fate).to.equal(loan.inDefault);
      expect(claim.lines.total === '0.00', loan.fate).to.equal(!loan.inDefault);
      expect(claim.credit !== '0.00', loan.fate).to.equal(loan.fate === 'overpaid');
      expect(claim.eventsAfterCutOff > 0).to.equal(loan.fate === 'default-paid-after-cut-off');
      expect(claim.accelerated !== null, loan.fate).to.equal(
        loan.inDefault && loan.fate !== 'default-matured',
      );
    }
  });

  it('calls a loan on the day the notice is delivered, never before', () => {
    const calls = loans.flatMap((loan) => recordsOf(loan, 'acceleration'));
    expect(calls.length).to.be.above(0);
    for (const { date, deliveredAt } of calls) expect(deliveredAt?.slice(0, 10)).to.equal(date);
  });

  it('leaves out the contract, and agrees a court without connection, each in one loan', () => {
    const kinds = (loan: DemoLoan): string[] => loan.deposits.map((deposit) => deposit.kind);
    const unsigned = loans.filter((loan) => !kinds(loan).includes('contract'));
    const elsewhere = loans.filter(
      (loan) => only(loan, 'contract-terms').jurisdiction?.agreedCourt === UNCONNECTED_COURT,
    );
    expect(unsigned.map((loan) => loan.fate)).to.deep.equal(['trouble-contract-missing']);
    expect(elsewhere.map((loan) => loan.fate)).to.deep.equal(['trouble-court']);
    const [loan] = elsewhere;
    expect(loan && only(loan, 'contract-terms').jurisdiction?.connection).to.equal(undefined);
  });

  it('stays well-formed for other cut-off days, leap days and ends of months included', () => {
    for (const asOf of ['2024-02-29', '2026-03-01', '2026-12-31']) {
      for (const loan of portfolio({ ...OPTIONS, asOf })) {
        const { status } = claimFrom(loan.deposits, asOf);
        expect(status.daysOverdue > 90, `${asOf} ${loan.fate}`).to.equal(loan.inDefault);
      }
    }
  });

  it('names no personal data in titles and file names', () => {
    for (const loan of loans) {
      const { name = '', ...identity } = only(loan, 'identity');
      const secrets = [name, 'idNumber' in identity ? (identity.idNumber ?? '') : '', 'user0'];
      for (const { title = '', content, source } of loan.deposits) {
        const shown = `${title} ${content.form === 'file' ? content.name : ''} ${source.eventId}`;
        for (const secret of secrets) expect(shown).not.to.include(secret);
      }
    }
  });
});

describe('lender of the demonstration', () => {
  it('has a unified social credit code with the right check character', () => {
    expect(LENDER.creditCode).to.match(/^91330212[0-9A-HJ-NPQRTUWXY]{10}$/);
    expect(creditCodeCheckCharacter(LENDER.creditCode.slice(0, 17))).to.equal(
      LENDER.creditCode.slice(17),
    );
    expect(parseRecord('identity', canonical(lenderParty()))).to.deep.equal(lenderParty());
  });

  it('computes check characters as published examples have them', () => {
    expect(creditCodeCheckCharacter('91350100M000100Y4')).to.equal('3');
    expect(identityCheckDigit('11010519491231002')).to.equal('X');
    expect(identityCheckDigit('44052418800101001')).to.equal('4');
  });
});

function canonical(value: object): Parameters<typeof canonicalBytes>[0] {
  return JSON.parse(JSON.stringify(value)) as Parameters<typeof canonicalBytes>[0];
}
