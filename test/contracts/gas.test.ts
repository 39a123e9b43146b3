import { expect } from 'chai';
import { type GasReport, measureGas, renderGasReport } from '../../bench/gas.ts';

describe('EvidenceRegistry: gas', function () {
  this.timeout(60_000);
  let report: GasReport;
  const gasOf = (operation: RegExp) =>
    report.lines.find((line) => operation.test(line.operation))?.gas ?? Number.POSITIVE_INFINITY;

  before(async () => {
    report = await measureGas([1_000, 1_000_000, 10_000_000]);
    console.log(renderGasReport(report).replaceAll(/^/gm, '    '));
  });

  it('stays below what the fixed gas allowance of a transaction gives', () => {
    expect(gasOf(/^first anchor/)).to.be.below(160_000);
    expect(gasOf(/^anchor .* 1,000,000/)).to.be.below(160_000);
  });

  it('proves append-only on a million entries for less than twice a first anchor', () => {
    expect(gasOf(/^anchor .* 1,000,000/)).to.be.below(2 * gasOf(/^first anchor/));
  });

  it('costs a deposit at least 200 times less than a transaction for each hash', () => {
    expect(report.perDeposit.factor).to.be.above(200);
  });
});
