import { expect } from 'chai';
import { before, describe, it } from 'mocha';
import { readProfile } from '../../../src/adapters/import/profile-store.ts';
import type { DepositCommand } from '../../../src/evidence/ports.ts';
import { assessReadiness } from '../../../src/litigation/matter/assess-readiness.ts';
import type { Matter, Readiness } from '../../../src/litigation/matter/matter.ts';
import { summariseReadiness } from '../../../src/litigation/matter/summarise-readiness.ts';
import { PROFILES, plan, realData } from '../import/import-support.ts';
import { depositsOf, matterOf } from './case-samples.ts';
import { filingProfile } from './loan-samples.ts';

describe('readiness of the loans of the Czech bank as of 1994-03-31', function () {
  this.timeout(30_000);
  const cases = new Map<string, { matter: Matter; readiness: Readiness }>();

  before(async function () {
    const folder = realData(this as never, 'berka');
    const byLoan = new Map<string, DepositCommand[]>();
    for (const item of await plan(await readProfile('berka', PROFILES), folder)) {
      if (!item.ok) continue;
      const { loan } = item.command;
      byLoan.set(loan, [...(byLoan.get(loan) ?? []), item.command]);
    }
    const profile = filingProfile('berka');
    for (const [reference, commands] of byLoan) {
      const deposits = depositsOf(commands, '2026-01-01T00:00:00.000Z');
      const dates = { cutOff: '1994-03-31', preparedOn: '2026-01-01' };
      const matter = matterOf(deposits, { profile, ...dates, reference });
      cases.set(reference, { matter, readiness: assessReadiness(matter) });
    }
  });

  it('375 were not granted yet, 18 are not in arrears, 8 are ready and in arrears by a trifle', () => {
    const summary = summariseReadiness([...cases.values()]);
    expect(summary).to.include({ loans: 401, ready: 8 });
    expect(summary.byCode).to.include({
      NOT_YET_GRANTED: 375,
      NOT_IN_ARREARS: 18,
      TRIVIAL_ARREARS: 8,
    });
    const totals = summary.rows.filter(({ ready }) => ready).map(({ total }) => Number(total));
    expect([Math.min(...totals), Math.max(...totals)]).to.deep.equal([0.6, 2.4]);
  });

  it('loan 7097 had paid more than was due, whatever its status at the end of 1998', () => {
    const { matter, readiness } = cases.get('7097') ?? {};
    expect(matter?.claim?.credit).to.equal('0.90');
    const [first] = readiness?.findings ?? [];
    expect(first?.code).to.equal('NOT_IN_ARREARS');
    expect(first?.en).to.include('CZK 9,453.00 had fallen due and CZK 9,453.90 was paid');
    expect(first?.en).to.include('"B" is of 1998-12-31');
  });

  it('explains the arrears of loan 5325 by its standing order', () => {
    const findings = cases.get('5325')?.readiness.findings ?? [];
    const trivial = findings.find(({ code }) => code === 'TRIVIAL_ARREARS');
    expect(trivial?.en).to.include('CZK 0.30 short; 8 payments of that amount are CZK 2.40 short');
  });
});
