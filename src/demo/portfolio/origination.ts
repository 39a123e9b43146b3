import { formatMoney } from '../../claim/money.ts';
import { tellDecision } from './decision.ts';
import type { Desk } from './desk.ts';
import { APP, borrowerFacts } from './desk.ts';
import { clockText } from './journal.ts';
import { LENDER } from './lender.ts';
import { cardValidFrom } from './loan-file.ts';
import { authorisationData, disclosureData, disclosureTitle } from './paper-data.ts';

/** Application to authorisation. @returns the event ids that later events refer to */
export function tellApplication(desk: Desk): { application: string; identity: string } {
  const application = tellRequest(desk);
  const identity = tellIdentity(desk, application);
  tellCardScans(desk, identity);
  tellConsent(desk, '人脸信息处理单独同意书', FACE_CONSENT);
  tellFaceCheck(desk, identity);
  tellAuthorisation(desk, application);
  tellDecision(desk, application);
  tellDisclosure(desk, application);
  return { application, identity };
}

function tellRequest(desk: Desk): string {
  const { file, journal, device } = desk;
  const { product } = file.plan;
  const event = desk.event('origination', { device });
  const id = journal.record(event, 'application', {
    applicationNo: file.applicationNo,
    appliedAt: event.at,
    channel: APP,
    product: product.name,
    amount: formatMoney(file.principal),
    currency: 'CNY',
    months: product.months,
    purpose: file.purpose,
    employer: file.person.employer,
    position: file.person.occupation,
    monthlyIncome: `${file.person.income}.00`,
  });
  tellConsent(desk, '个人信息处理授权书', DATA_CONSENT);
  return id;
}

const DATA_CONSENT =
  '本人同意星河消费金融有限公司为审核借款申请、订立和履行合同、贷后管理之目的，处理本人的身份信息、联系方式、职业与收入信息、账户与交易信息；保存期限为合同履行完毕后五年。本人可随时撤回同意，撤回不影响此前处理的效力。';
const FACE_CONSENT =
  '本人单独同意星河消费金融有限公司为核实本人身份、确认签署意愿之目的，采集并处理本人的人脸信息；不同意的，可前往营业场所办理人工核验。核验完成后仅保存比对结果和必要的影像存证。';

function tellConsent(desk: Desk, document: string, text: string): void {
  const event = desk.event('identity', { device: desk.device, title: `${document}（同意记录）` });
  desk.journal.record(event, 'consent', {
    document,
    version: 'V2.3',
    text,
    confirmedAt: event.at,
    method: '强制阅读后勾选并点击“同意”',
    readingSeconds: desk.random.integer(12, 55),
    app: APP,
  });
}

function tellIdentity(desk: Desk, application: string): string {
  const { file, journal, device } = desk;
  const { person } = file;
  return journal.record(
    desk.event('identity', { device, references: [{ rel: 'refers-to', eventId: application }] }),
    'identity',
    {
      type: 'natural',
      role: 'borrower',
      name: person.name,
      idType: 'resident-identity-card',
      idNumber: file.enteredIdentityNumber,
      birthDate: person.birthDate,
      gender: person.sex === '男' ? 'male' : 'female',
      ethnicity: `${person.nation}族`,
      phone: person.phone,
      email: person.email,
      employer: person.employer,
      position: person.occupation,
      domicile: person.registeredAddress,
      residence: person.currentAddress,
    },
  );
}

function tellCardScans(desk: Desk, identity: string): void {
  const { file, journal, device } = desk;
  const scans = desk.studio.identityCard(
    file.random.fork('scan'),
    file.person,
    cardValidFrom(file),
  );
  const sides: [string, string, Uint8Array][] = [
    ['居民身份证影像（人像面）', 'identity-card-front.jpg', scans.front],
    ['居民身份证影像（背面）', 'identity-card-back.jpg', scans.back],
  ];
  for (const [title, name, bytes] of sides) {
    const references = [{ rel: 'evidences', eventId: identity }];
    const event = desk.event('identity', { device, title, references });
    journal.file(event, 'identity-document', { name, mediaType: 'image/jpeg', bytes });
  }
}

function tellFaceCheck(desk: Desk, identity: string): void {
  const { journal, random, device } = desk;
  const event = desk.event('identity', {
    device,
    references: [{ rel: 'evidences', eventId: identity }],
  });
  journal.record(event, 'face-check', {
    result: 'passed',
    checkedAt: event.at,
    method: '动作活体＋公安身份信息比对',
    provider: '示例身份核验服务（样本）',
    device,
    ip: `203.0.113.${random.integer(1, 254)}`,
    livenessScore: `0.${random.integer(962, 998)}`,
    similarityScore: `${random.integer(86, 98)}.${random.integer(10, 99)}`,
    threshold: '80.00',
    serial: `FC${random.integer(10_000_000, 99_999_999)}`,
  });
}

function tellAuthorisation(desk: Desk, application: string): void {
  const { file, journal, studio } = desk;
  const references = [{ rel: 'refers-to', eventId: application }];
  const event = desk.event('signing', { device: desk.device, references });
  const number = `SQ-ZX-${file.contractNo.slice(5)}`;
  const bytes = studio.paper(
    'credit-authorisation',
    authorisationData(file, number, borrowerFacts(desk, event.at)),
  );
  const name = `个人征信查询授权书_${number}.pdf`;
  journal.file(event, 'credit-authorisation', { name, mediaType: 'application/pdf', bytes });
}

function tellDisclosure(desk: Desk, application: string): void {
  const { file, journal, studio, random, device } = desk;
  const references = [{ rel: 'refers-to', eventId: application }];
  const { title } = disclosureTitle(file.startDate);
  const paper = desk.event('signing', { device, references, title });
  const number = `MS-${file.contractNo.slice(5)}`;
  const facts = { number, confirmedAt: clockText(paper.at), seconds: random.integer(18, 60) };
  const bytes = studio.paper('cost-disclosure', disclosureData(file, facts));
  const id = journal.file(paper, 'cost-disclosure', {
    name: `综合融资成本明示表_${number}.pdf`,
    mediaType: 'application/pdf',
    bytes,
  });
  const rows = file.rows.reduce((total, row) => total + row.interest, 0n);
  const event = {
    ...paper,
    title: `${title}（确认记录）`,
    references: [{ rel: 'evidences', eventId: id }],
  };
  journal.record(event, 'cost-disclosure', {
    currency: 'CNY',
    principal: formatMoney(file.principal),
    annualCost: file.plan.product.rate,
    items: [
      {
        name: '利息',
        payee: LENDER.name,
        amount: formatMoney(rows),
        annualRate: file.plan.product.rate,
      },
    ],
    confirmedAt: paper.at,
    confirmation: `弹窗强制阅读 ${facts.seconds} 秒后勾选确认`,
  });
}
