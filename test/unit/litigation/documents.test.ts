import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createTypstRenderer } from '../../../src/adapters/pdf/typst-renderer.ts';
import { formatMoneyGrouped, parseMoney } from '../../../src/claim/money.ts';
import type { CaseDocument } from '../../../src/litigation/package/case-context.ts';
import type { EvidenceListData } from '../../../src/litigation/package/document-data.ts';
import { buildDocuments } from '../../../src/litigation/package/documents/build-documents.ts';
import { contextOf, matterOf } from './case-samples.ts';
import { filingProfile, sampleLoan, TERMS } from './loan-samples.ts';

const CUT_OFF = '2025-12-31';
const EN_TERMS = { ...TERMS, currency: 'EUR', title: 'Loan agreement' };
const TEMPLATES = fileURLToPath(new URL('../../../templates', import.meta.url));

async function documents(set: 'cn' | 'en') {
  const profile = filingProfile(set === 'cn' ? 'demo-cn' : 'berka');
  const loan = sampleLoan(set === 'cn' ? {} : { terms: EN_TERMS });
  const plain = loan.map(({ kind, ...rest }) => ({
    ...rest,
    kind,
    title: set === 'cn' ? '材料' : `Deposit of ${kind}`,
  }));
  const matter = matterOf(plain, { profile, cutOff: CUT_OFF, preparedOn: '2026-01-05' });
  const context = await contextOf(matter);
  return { matter, context, list: buildDocuments(context) };
}
const textOf = (list: CaseDocument[], role: string) =>
  JSON.stringify(list.find((document) => document.role === role)?.data);

describe('the documents of a case', () => {
  for (const set of ['cn', 'en'] as const) {
    it(`${set}: every figure of the claim stands in complaint and calculation`, async () => {
      const { matter, list } = await documents(set);
      const { claim } = matter;
      if (claim === undefined) throw new Error('no claim');
      const { principal, interest, penalty, compound, capReduction, total } = claim.lines;
      expect(parseMoney(penalty) > 0n && parseMoney(compound) > 0n).to.equal(true);
      for (const amount of [principal, interest, penalty, compound, total]) {
        const printed = formatMoneyGrouped(parseMoney(amount));
        for (const role of ['complaint', 'calculation']) {
          expect(textOf(list, role), `${role} ${amount}`).to.include(printed);
        }
      }
      const reduced = parseMoney(capReduction) > 0n;
      expect(textOf(list, 'calculation').includes('"kind":"reduction"')).to.equal(reduced);
      expect(reduced).to.equal(set === 'cn');
      for (const { accruals = [] } of claim.working) {
        for (const { exact } of accruals) {
          expect(textOf(list, 'calculation')).to.include(exact);
        }
      }
    });

    it(`${set}: certificate and admissibility say whose time stamps there are, and their worth`, async () => {
      const { context } = await documents(set);
      const [foreign, own] = [{ authority: '联合信任时间戳' }, { authority: '本机示范时间戳' }];
      const at = { time: '2026-04-01T08:00:10.000Z', serial: '07' };
      const stamped = {
        ...context,
        timestamps: [
          { ...foreign, ...at, timeWeight: 'independent' as const },
          { ...own, ...at, timeWeight: 'none' as const, laterSize: 4802 },
        ],
      };
      const list = buildDocuments(stamped);
      const certificate = textOf(list, 'certificate');
      for (const word of [foreign.authority, own.authority, '2026-04-01', 'RFC 3161', '4,802']) {
        expect(certificate).to.include(word);
      }
      expect(certificate).to.match(/由存证人自行运行，其时间|run by the depositor/);
      expect(certificate).to.not.match(/没有独立第三方的时间|An independent time/);
      const admissibility = textOf(list, 'admissibility');
      expect(admissibility).to.include(foreign.authority).and.not.include(own.authority);
      expect(textOf(buildDocuments(context), 'certificate')).to.match(
        /没有独立第三方的时间|An independent time/,
      );
      const renderer = createTypstRenderer({ templatesFolder: TEMPLATES });
      const data = list.find(({ role }) => role === 'certificate')?.data ?? {};
      expect(renderer.render(set, 'certificate', data, '2026-01-05').length).to.be.above(1000);
    });

    it(`${set}: says nothing undefined, and renders without an unknown character`, async () => {
      const { list } = await documents(set);
      const renderer = createTypstRenderer({ templatesFolder: TEMPLATES });
      expect(JSON.stringify(list)).not.to.match(/undefined|null null|NaN|\[object/);
      for (const { template, data } of list) {
        const bytes = renderer.render(set, template, data, '2026-01-05');
        expect(new TextDecoder().decode(bytes.subarray(0, 5))).to.equal('%PDF-');
      }
    }).timeout(20_000);

    it(`${set}: every exhibit is listed with its digest, and certified`, async () => {
      const { context, list } = await documents(set);
      const files = context.exhibits.flatMap((exhibit) => exhibit.files);
      for (const { artifact } of files) {
        const { sha256 } = artifact.statement.file;
        expect(textOf(list, 'evidence-list')).to.include(sha256);
        expect(textOf(list, 'certificate')).to.include(sha256).and.to.include(artifact.leafHash);
      }
      const root = context.checkpoint.root.slice(0, 32);
      expect(textOf(list, 'certificate')).to.include(
        `"payload":"cunzheng:1:CZ1-TEST:4711:${root}"`,
      );
    });
  }

  it('the English set speaks of no Chinese law', async () => {
    const { list } = await documents('en');
    const own = list.map(({ role }) => textOf(list, role)).join('');
    expect(own.replaceAll(/张样本|北京市朝阳区样本路1号|样本区人民法院/g, '')).not.to.match(
      /\p{Script=Han}/u,
    );
    expect(own).not.to.match(/Civil Code|Art\. \d/);
  });

  it('names groups of records by what they are, and lists each of their digests', async () => {
    const groups = { cn: /^还款记录（共\d+件）$/, en: /^Repayments \(\d+ records\)$/ };
    for (const set of ['cn', 'en'] as const) {
      const { context, list } = await documents(set);
      const exhibit = context.exhibits.find(({ title }) => groups[set].test(title));
      const index = list.find(({ role }) => role === 'evidence-list')?.data as EvidenceListData;
      const item = index.items.find(({ mark }) => mark === exhibit?.mark);
      expect(item?.sha256).to.equal('');
      expect(item?.digests).to.deep.equal(
        exhibit?.files.map(({ artifact: { seq, statement } }) => ({
          seq: String(seq),
          sha256: statement.file.sha256,
        })),
      );
    }
  });

  it('calls a chain of the depositor by words, and keeps its technical name beside the number', async () => {
    const [cn, en] = [await documents('cn'), await documents('en')];
    expect(textOf(cn.list, 'certificate')).to.include('"name":"本机演示链（存证人自行运行）"');
    expect(textOf(en.list, 'certificate'))
      .to.include('"name":"development chain run by the depositor"')
      .and.to.include('(technical name: embedded)');
  });

  it('writes nothing without a claim', async () => {
    const profile = filingProfile('demo-cn');
    const loan = sampleLoan({ without: ['disbursement'] });
    const context = await contextOf(matterOf(loan, { profile, cutOff: CUT_OFF }));
    expect(() => buildDocuments(context))
      .to.throw()
      .with.property('code', 'MATTER_NOT_READY');
  });
});
