import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { createTypstRenderer } from '../../../src/adapters/pdf/typst-renderer.ts';
import { utf8 } from '../../../src/formats/bytes.ts';
import { encodeCaseFile, parseCaseFile } from '../../../src/formats/case-file.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import {
  type FilingProfile,
  parseFilingProfile,
} from '../../../src/litigation/matter/filing-profile.ts';
import type { CaseContext, CaseDocument } from '../../../src/litigation/package/case-context.ts';
import { buildDocuments } from '../../../src/litigation/package/documents/build-documents.ts';
import { contextOf, matterOf, type SampleDeposit } from './case-samples.ts';
import { filingProfile, sampleLoan, TERMS } from './loan-samples.ts';

const TEMPLATES = fileURLToPath(new URL('../../../templates', import.meta.url));
const CONTRACT = utf8('the contract');
const PRESERVATION = {
  requested: true,
  property: '被申请人名下的银行存款',
  security: '申请人系金融机构，请求不予提供担保',
};

/** The sample loan with sources, a late contract and a signature record that names its digest. */
function sourcedLoan(
  changed: { more?: SampleDeposit[]; names?: string; terms?: typeof TERMS } = {},
): SampleDeposit[] {
  const names = changed.names ?? '合同系统';
  const terms = changed.terms ?? TERMS;
  return sampleLoan({ terms, more: changed.more ?? [] }).map((deposit, seq) => {
    const source = {
      system: names,
      eventId: `e${seq}`,
      ...(seq === 5 ? { generator: `${names}-gen`, version: '2.1', operator: names } : {}),
    };
    if (deposit.kind === 'contract')
      return { ...deposit, source, bytes: CONTRACT, receivedAt: '2025-07-01T00:00:00.000Z' };
    if (deposit.kind !== 'signature-record') return { ...deposit, source };
    const record = {
      documentSha256: sha256Hex(CONTRACT),
      signers: [{ party: '借款人', certificateAuthority: '样本认证中心' }],
    };
    return { ...deposit, source, record, references: [{ rel: 'contract', seq: 5 }] };
  });
}

async function contextFor(
  set: 'cn' | 'en',
  options: { loan?: SampleDeposit[]; profile?: Partial<FilingProfile> } = {},
): Promise<CaseContext> {
  const profile = { ...filingProfile(set === 'cn' ? 'demo-cn' : 'berka'), ...options.profile };
  const terms = { ...TERMS, currency: 'EUR', title: 'Loan agreement' };
  const loan =
    options.loan ?? (set === 'cn' ? sourcedLoan() : sourcedLoan({ terms, names: 'core' }));
  const named = loan.map((deposit) =>
    set === 'cn' ? deposit : { ...deposit, title: `Deposit of ${deposit.kind}` },
  );
  return contextOf(matterOf(named, { profile, cutOff: '2025-12-31', preparedOn: '2026-01-05' }));
}

const byRole = (list: CaseDocument[], role: string) => list.find((one) => one.role === role);

interface Points {
  sections: { heading: string; points: { asks: string; offers: string[]; lacks: string[] }[] }[];
  origins: { rows: string[][] };
}

async function statement(set: 'cn' | 'en', context?: CaseContext) {
  const used = context ?? (await contextFor(set));
  const found = byRole(buildDocuments(used), 'admissibility');
  if (found === undefined) throw new Error('no statement');
  const data = found.data as unknown as Points;
  const section = (part: string) => {
    const one = data.sections.find(({ heading }) => heading.includes(part));
    if (one === undefined) throw new Error(`no section ${part}`);
    return one;
  };
  return { found, data, section, text: JSON.stringify(data) };
}

describe('the statement on admissibility', () => {
  it('takes up every article, point by point, and leaves no point unanswered', async () => {
    const { data, section, found } = await statement('cn');
    expect(found.path).to.equal('06_其他/电子数据审查说明.pdf');
    const counts: [string, number][] = [
      ['在线诉讼规则第十六条', 3],
      ['在线诉讼规则第十七条', 4],
      ['在线诉讼规则第十八条', 6],
      ['证据规定第九十三条', 7],
      ['证据规定第九十四条', 6],
      ['电子签名法第十三条', 4],
    ];
    expect(data.sections.length).to.equal(counts.length);
    for (const [heading, count] of counts) {
      const { points } = section(heading);
      expect(points.length, heading).to.equal(count);
      for (const { asks, offers, lacks } of points) {
        expect(offers.length + lacks.length, asks).to.be.above(0);
      }
    }
  });

  it('discloses that the lender runs the platform, and names independent anchors only', async () => {
    const own = await contextFor('cn');
    const alone = (await statement('cn', own)).section('第十七条').points[1];
    expect(alone?.offers.join('')).to.include('自行运行').and.include('不由其控制的登记：无');
    expect(alone?.lacks.join('')).to.include('没有独立的区块链');
    const anchors = own.anchors.map((anchor) => ({
      ...anchor,
      target: 'judicial-chain',
      timeWeight: 'independent' as const,
    }));
    const fixed = await statement('cn', { ...own, anchors });
    const points = fixed.section('第十七条').points[1];
    expect(points?.offers.join('')).to.include('不由其控制的登记：judicial-chain（链标识31337');
    expect(points?.lacks.join('')).not.to.include('没有独立的区块链');
    expect(points?.offers.join('')).to.include('披露：存证平台');
    const none = await statement('cn', { ...own, anchors: [] });
    expect(none.section('第十六条').points[0]?.lacks.join('')).to.include('尚未登记于任何区块链');
  });

  it('names exhibit and deposit of what came late and of what agrees with what', async () => {
    const context = await contextFor('cn');
    const markOf = (seq: number) =>
      context.exhibits.find(({ files }) => files.some(({ artifact }) => artifact.seq === seq))
        ?.mark;
    const { section, data } = await statement('cn', context);
    const [, , storage, , , corroboration] = section('第十八条').points;
    expect(storage?.lacks[0]).to.include(
      `1件超过所属种类的期限（1–30天）才存证：${markOf(5)}（存证序号5）`,
    );
    expect(storage?.lacks.join('')).to.include('1件所载事件发生于逾期之前');
    const agrees = `${markOf(7)}（存证序号7）所载文件哈希与${markOf(5)}（存证序号5）的原始文件一致`;
    expect(corroboration?.offers.join('')).to.include(agrees);
    const signature = section('第十三条').points;
    expect(signature[0]?.offers.join('')).to.include('样本认证中心');
    expect(signature[3]?.offers.join('')).to.include(`${markOf(5)}（存证序号5）`);
    expect(data.origins.rows.length).to.equal(context.exhibits.length);
    const row = data.origins.rows.find(([first]) => first?.startsWith(`${markOf(5)} `));
    expect(row?.[1]).to.equal('合同系统；合同系统-gen 2.1');
    expect(row?.slice(3, 6)).to.deep.equal(['2025-01-10', '2025-07-01', '172']);
    expect(row?.[6]).to.equal(`被${markOf(7)}引用`);
  });

  it('says of each exhibit on which limb of Art. 94 it relies; on a neutral platform none', async () => {
    const context = await contextFor('cn');
    const { section, data } = await statement('cn', context);
    const [adverse, neutral, ordinary, archive, agreed] = section('第九十四条').points;
    const repaid = context.exhibits.find(
      ({ files }) => files[0]?.artifact.statement.kind === 'repayment',
    );
    expect(adverse?.offers.join('')).to.include(`${repaid?.mark}：`);
    for (const one of [neutral, archive, agreed]) expect(one?.offers).to.deep.equal([]);
    // Runs of exhibits are drawn together: here it is all of them.
    expect(ordinary?.offers.join('')).to.include(`证据1–${context.exhibits.length}：`);
    const row = data.origins.rows.find(([first]) => first?.startsWith(`${repaid?.mark} `));
    expect(row?.at(-1)).to.equal('（一）（三）');
  });

  it('does not invent a signature where none was recorded', async () => {
    const loan = sampleLoan({ without: ['signature-record', 'face-check'] });
    const { section } = await statement('cn', await contextFor('cn', { loan }));
    const { points } = section('第十三条');
    expect(points.flatMap(({ offers }) => offers)).to.deep.equal([]);
    expect(points[0]?.lacks.join('')).to.include('案件包中没有电子签名验证记录');
  });

  it('counts a clock that was set back as what it is', async () => {
    const loan = sourcedLoan({
      more: [{ kind: 'notice', occurredAt: '2025-06-02', receivedAt: '2025-01-01T00:00:00.000Z' }],
    });
    const { section } = await statement('cn', await contextFor('cn', { loan }));
    const state = section('第九十三条').points[1];
    expect(state?.offers.join('')).not.to.include('没有倒置');
    expect(state?.lacks.join('')).to.include('时钟曾被调整');
  });

  it('claims conformity with no standard; the English one states no law of China', async () => {
    const cn = await statement('cn');
    expect(cn.text).not.to.match(/(?<!是否)符合(?:.{0,12})(?:SF\/T|GB\/T|FYB)/);
    const en = await statement('en');
    expect(en.found.path).to.equal('06_other/reliability-statement.pdf');
    expect(en.data.sections.map(({ heading }) => heading)).to.deep.equal([
      '1.  Source',
      '2.  Integrity',
      '3.  Completeness',
      '4.  Time',
      '5.  Electronic signature',
    ]);
    expect(en.text.replaceAll('张样本', '')).not.to.match(/\p{Script=Han}|Art\. \d/u);
    for (const { text } of [cn, en]) expect(text).not.to.match(/undefined|NaN|\[object/);
  });

  it('prints what stands in the records as it is', async () => {
    const hostile = '#panic() *a* $x$ \\ "]}) <b> `c`';
    const context = await contextFor('cn', { loan: sourcedLoan({ names: hostile }) });
    const { found, data } = await statement('cn', context);
    expect(data.origins.rows.at(-1)?.[1]).to.equal(hostile);
    const renderer = createTypstRenderer({ templatesFolder: TEMPLATES });
    expect(renderer.render('cn', found.template, found.data, '2026-01-05').length).to.be.above(1e4);
  }).timeout(20_000);
});

describe('the papers of authority', () => {
  it('are written from the profile alone and left for the party to sign', async () => {
    const list = buildDocuments(await contextFor('cn'));
    const certificate = byRole(list, 'representative-certificate');
    expect(certificate?.path).to.equal('02_主体身份/法定代表人身份证明书.pdf');
    expect(certificate?.data).to.deep.include({
      representative: { name: '沈知远', title: '董事长', phone: '0574-00008888' },
      court: '样本区人民法院',
    });
    const power = byRole(list, 'power-of-attorney');
    expect(power?.path).to.equal('03_委托手续/授权委托书.pdf');
    const text = JSON.stringify(power?.data);
    expect(text).to.include('顾明（样本）').and.include('代为承认、放弃、变更诉讼请求');
    expect(text).to.include('诉张样本金融借款合同纠纷案');
  });

  it('are left out where the profile has no facts for them, and in the English set', async () => {
    const { representative, ...plaintiff } = filingProfile('demo-cn').plaintiff as {
      type: 'legal';
      representative: object;
    };
    expect(representative).to.include({ name: '沈知远' });
    const list = buildDocuments(await contextFor('cn', { profile: { agents: [], plaintiff } }));
    const english = buildDocuments(await contextFor('en'));
    for (const role of ['representative-certificate', 'power-of-attorney']) {
      expect(byRole(list, role), role).to.equal(undefined);
      expect(byRole(english, role), role).to.equal(undefined);
    }
  });

  it('give an authority in other words as it stands, and expand nothing', async () => {
    const agents = [{ name: '甲', firm: '乙所', authority: '代为立案' }];
    const list = buildDocuments(await contextFor('cn', { profile: { agents } }));
    const data = byRole(list, 'power-of-attorney')?.data as { powers: string[] };
    expect(data.powers).to.deep.equal([]);
    expect(JSON.stringify(data)).to.include('代为立案');
  });
});

describe('the application to preserve property', () => {
  it('is made only when the profile asks for it', async () => {
    expect(filingProfile('demo-cn').preservation).to.equal(undefined);
    for (const preservation of [undefined, { ...PRESERVATION, requested: false }]) {
      const profile = preservation === undefined ? {} : { preservation };
      const list = buildDocuments(await contextFor('cn', { profile }));
      expect(byRole(list, 'preservation-application')).to.equal(undefined);
    }
  });

  it('has the elements of 财产保全规定 Art. 1, the total of the claim, and the fee of Art. 14', async () => {
    const context = await contextFor('cn', { profile: { preservation: PRESERVATION } });
    const list = buildDocuments(context);
    const found = byRole(list, 'preservation-application');
    expect(found?.path).to.equal('06_其他/财产保全申请书.pdf');
    const text = JSON.stringify(found?.data);
    // 10,797.78 yuan: 30 for the first 1,000, then 1 % of 9,797.78.
    for (const part of ['10,797.78', '127.98', PRESERVATION.property, PRESERVATION.security]) {
      expect(text).to.include(part);
    }
    expect(text).to.include('11010519491231002X').and.include('legal@xinghe.example');
    expect(context.matter.claim?.lines.total).to.equal('10797.78');
  });

  it('is refused in a profile that does not say what, and how secured', () => {
    const profile = { ...filingProfile('demo-cn'), preservation: { requested: true } };
    expect(() => parseFilingProfile(JSON.parse(JSON.stringify(profile))))
      .to.throw()
      .with.property('code', 'FILING_PROFILE_INVALID');
  });

  it('renders, as every paper does', async () => {
    const renderer = createTypstRenderer({ templatesFolder: TEMPLATES });
    const profile = { preservation: PRESERVATION };
    const list = buildDocuments(await contextFor('cn', { profile }));
    expect(JSON.stringify(list)).not.to.match(/undefined|NaN|\[object/);
    for (const { template, data } of list) {
      expect(renderer.render('cn', template, data, '2026-01-05').length).to.be.above(5_000);
    }
  }).timeout(20_000);
});

describe('the case file of a package', () => {
  it('knows the role of every document, and no other', async () => {
    const profile = { preservation: PRESERVATION };
    const list = buildDocuments(await contextFor('cn', { profile }));
    const documents = list.map(({ role, path }) => ({ role, path }));
    const file = {
      caseId: 'CASE-TEST',
      revision: 1,
      jurisdiction: 'cn' as const,
      evidenceNo: 'CZ1-TEST',
      cutOff: '2025-12-31',
      preparedOn: '2026-01-05',
      checkpointSize: 15,
      statedLogKey: 'key',
      documents,
      bundle: { path: '合订本.pdf', pageCount: 30 },
      exhibits: [],
    };
    expect(documents.length).to.equal(9);
    expect(parseCaseFile(encodeCaseFile(file)).documents).to.deep.equal(documents);
    const strange = encodeCaseFile(file).replace('"admissibility"', '"opinion"');
    expect(() => parseCaseFile(strange)).to.throw('the unknown role "opinion"');
  });
});
