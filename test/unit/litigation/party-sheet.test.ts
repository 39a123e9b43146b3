import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { describe, it } from 'mocha';
import type { Json } from '../../../src/formats/jcs.ts';
import {
  partyCells,
  partyRows,
  partySheetCsv,
} from '../../../src/litigation/package/party-sheet.ts';
import { matterOf, type SampleDeposit } from './case-samples.ts';
import { BORROWER, filingProfile, sampleLoan, TERMS } from './loan-samples.ts';

function sheetOf(loan: SampleDeposit[], reference = 'L-1') {
  const profile = filingProfile('demo-cn');
  const matter = matterOf(loan, { profile, cutOff: '2025-12-31', reference });
  const csv = partySheetCsv(partyRows(matter).map(partyCells));
  const rows: Record<string, string>[] = parse(csv, { columns: true, bom: true, trim: true });
  return { matter, csv, rows };
}

const identity = (fields: Record<string, Json>): SampleDeposit => ({
  kind: 'identity',
  occurredAt: '2025-01-10',
  record: fields,
});

describe('the table of the parties of a batch', () => {
  it('has one row a defendant with every component of the claim', () => {
    const guarantor = { type: 'natural', role: 'guarantor', name: '李保证', phone: '10000000001' };
    const witness = { type: 'natural', role: 'third-party', name: '王第三' };
    const { rows, matter } = sheetOf(
      sampleLoan({ more: [identity(guarantor), identity(witness)] }),
    );
    expect(rows.length).to.equal(2);
    const { lines } = matter.claim ?? {};
    for (const row of rows) {
      expect(row).to.deep.include({
        案件编号: 'CASE-TEST',
        受理法院: '样本区人民法院',
        案由: '金融借款合同纠纷',
        合同编号: 'HT-7',
        计算截至日: '2025-12-31',
        本金: lines?.principal,
        期内利息: lines?.interest,
        罚息: lines?.penalty,
        复利: lines?.compound,
        费用: lines?.fees,
        调减: lines?.capReduction,
        请求总额: '10797.78',
      });
    }
    expect(rows[0]).to.deep.include({
      被告身份: '借款人',
      被告姓名或名称: '张样本',
      证件类型: '居民身份证',
      证件号码: '11010519491231002X',
      '住所地（户籍所在地）': '北京市朝阳区样本路1号',
      电子送达: '同意',
    });
    expect(rows[1]).to.deep.include({ 被告身份: '保证人', 联系电话: '10000000001' });
    expect(rows[1]?.电子送达).to.equal('未约定');
  });

  it('takes the address that the party confirmed, before the clause of the contract', () => {
    const confirmed = {
      recipient: '张样本',
      address: '北京市海淀区样本路2号',
      email: 'z@example.test',
      electronicServiceAgreed: false,
    };
    const more: SampleDeposit[] = [
      { kind: 'service-address', record: confirmed, occurredAt: '2025-01-10' },
    ];
    const [row] = sheetOf(sampleLoan({ more })).rows;
    expect(row).to.deep.include({
      约定送达地址: '北京市海淀区样本路2号',
      电子送达: '不同意',
      电子送达地址: 'z@example.test',
    });
  });

  it('starts no formula in a spreadsheet and breaks no row, whatever a name says', () => {
    const names = ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '＝1', ' =1', 'a"b,c\r\nd'];
    for (const name of names) {
      const { rows, csv } = sheetOf(sampleLoan({ identity: { ...BORROWER, name } }), '=1+1');
      expect(rows.length, name).to.equal(1);
      for (const cell of Object.values(rows[0] ?? {})) {
        expect(cell, name).not.to.match(/^\s*[=+\-@＝＋－＠]/);
      }
      expect(rows[0]?.被告姓名或名称).to.include(name.trim());
      expect(csv.startsWith('\uFEFF案件编号,')).to.equal(true);
    }
  });

  it('keeps a long number from being rounded, and prints money as plain decimals', () => {
    const numbers = { ...BORROWER, idNumber: '110105194912310021' };
    const { csv, rows } = sheetOf(
      sampleLoan({ identity: numbers, terms: { ...TERMS, contractNo: '202501100000000007' } }),
    );
    expect(csv).to.include('"110105194912310021\t"').and.include('"202501100000000007\t"');
    expect(rows[0]?.证件号码?.trim()).to.equal('110105194912310021');
    expect(csv).to.include(',10797.78,');
  });

  it('leaves open what is not known', () => {
    const unknown = { type: 'natural', role: 'borrower', clientReference: '77' };
    const { rows } = sheetOf(sampleLoan({ identity: unknown }));
    expect(rows[0]?.被告姓名或名称).to.include('客户编号77');
    expect(rows[0]?.证件号码).to.equal('');
    expect(JSON.stringify(rows)).not.to.match(/undefined|null|NaN/);
  });
});
