import { table } from '../cli/output.ts';
import type { AnchorRecord } from '../formats/proof-file.ts';
import type { StatedTimestamp } from '../litigation/package/case-context.ts';
import type { CaseOutcome } from '../litigation/package/file-cases.ts';
import type { FilingEvent } from '../litigation/submission/ports.ts';
import type { SubmissionResult } from '../litigation/submission/submit-all.ts';
import { CHECK_TEXTS, type Language, REASON_TEXTS } from '../verify/messages.ts';
import type { VerificationReport } from '../verify/report.ts';
import type { PortfolioCounts } from './deposit-portfolio.ts';
import type { Tampering } from './tamper.ts';

/** Everything the demonstration did and saw. */
export interface DemoResult {
  asOf: string;
  dataFolder: string;
  portfolio: PortfolioCounts;
  entries: number;
  outcomes: CaseOutcome[];
  verified: VerificationReport[];
  tampered: Tampering[];
  submissions: SubmissionResult[];
  answered: FilingEvent[];
  anchors: AnchorRecord[];
  /** Time-stamp tokens over the newest checkpoint. */
  stamps: StatedTimestamp[];
  court: string;
  sound: boolean;
}

const T = {
  title: { zh: '存证演示：从放款到立案', en: 'Cunzheng demonstration: from the loan to the court' },
  deposited: { zh: '存证', en: 'Deposited' },
  anchored: { zh: '上链', en: 'Anchored' },
  stamped: { zh: '时间戳', en: 'Time stamp' },
  cases: { zh: '立案材料', en: 'Cases' },
  blocked: { zh: '暂不能立案', en: 'Not ready' },
  verified: { zh: '核验', en: 'Verified' },
  tampered: { zh: '篡改试验', en: 'Forgery' },
  court: { zh: '法院', en: 'Court' },
  files: { zh: '文件', en: 'Files' },
} as const;

/** What was done, in the words of a lawyer; the words of the log stay in the log. */
export function renderSummary(result: DemoResult, language: Language): string {
  const say = (zh: string, en: string) => (language === 'zh' ? zh : en);
  const sections = [
    `\n${T.title[language]}`,
    section(T.deposited[language], depositLines(result, say)),
    section(T.anchored[language], anchorLines(result, say)),
    section(T.stamped[language], stampLines(result, say)),
    section(T.cases[language], caseLines(result, say)),
    section(T.blocked[language], blockedLines(result, language, say)),
    section(T.verified[language], verifiedLines(result, say)),
    section(T.tampered[language], tamperLines(result, language)),
    section(T.court[language], courtLines(result, say)),
    section(T.files[language], [
      `${say('案件包', 'packages')}: ${result.dataFolder}/packages`,
      ...(result.verified.length === 0
        ? []
        : [
            `${say('批量立案当事人信息表', 'table of the parties')}: ${result.dataFolder}/packages/parties-${result.asOf}.csv`,
          ]),
      say('信任策略（另行交给核验人）', 'trust policy, to be handed to verifiers by another way') +
        `: ${result.dataFolder}/policy.json`,
    ]),
  ];
  return `${sections.join('\n')}\n`;
}

type Say = (zh: string, en: string) => string;

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function depositLines({ portfolio, entries, asOf }: DemoResult, say: Say): string[] {
  const { loans, deposits, known, inDefault } = portfolio;
  return [
    say(
      `${loans} 笔贷款，本次新存证 ${deposits} 份，此前已存 ${known} 份；日志共 ${entries} 条`,
      `${loans} loans: ${deposits} artifacts deposited now, ${known} known from before; the log has ${entries} entries`,
    ),
    say(
      `截至 ${asOf}，${inDefault} 笔逾期`,
      `${inDefault} of the loans are in default as of ${asOf}`,
    ),
  ];
}

function anchorLines({ anchors }: DemoResult, say: Say): string[] {
  return anchors.map(({ chainId, blockNumber, txHash, size }) =>
    say(
      `覆盖全部 ${size} 条的检查点已登记在链 ${chainId}：区块 ${blockNumber}，交易 ${txHash.slice(0, 18)}…（本机演示链，其时间对他人无证明力）`,
      `the head over all ${size} entries is recorded on chain ${chainId}: block ${blockNumber}, transaction ${txHash.slice(0, 18)}… (a chain run on this machine: its time proves nothing to others)`,
    ),
  );
}

function stampLines({ stamps }: DemoResult, say: Say): string[] {
  if (stamps.length === 0) {
    return [
      say(
        '没有时间戳：本机没有可用的时间戳机构（演示用的机构需要 openssl），其余照常进行',
        'none: no time-stamping authority is at hand (that of the demonstration needs openssl); the rest goes on without',
      ),
    ];
  }
  return stamps.map(({ authority, time, timeWeight }) => {
    const own = timeWeight === 'none';
    const zh = own ? '（本机演示机构，其时间对他人无证明力）' : '';
    const en = own ? ' (run on this machine: its time proves nothing to others)' : '';
    return say(
      `同一检查点由${authority}签发时间戳：${time}${zh}`,
      `the same head is stamped by ${authority}: ${time}${en}`,
    );
  });
}

function caseLines({ outcomes }: DemoResult, say: Say): string[] {
  const head = [
    say('贷款', 'loan'),
    say('案号', 'case'),
    say('请求金额', 'claim'),
    say('页数', 'pages'),
    say('证据', 'exhibits'),
  ];
  const rows = outcomes.flatMap((it) => {
    if (it.outcome === 'kept')
      return [[it.reference, it.caseId, say('（此前已制作）', '(from before)'), '', '']];
    if (it.outcome !== 'prepared') return [];
    const { pageCount, exhibits } = it.package;
    const claim = `${it.row.currency} ${it.row.total}`;
    return [[it.reference, it.caseId, claim, String(pageCount), String(exhibits)]];
  });
  if (rows.length === 0) return [];
  const count = say(`${rows.length} 个案件包`, `${rows.length} packages`);
  return [...table([head, ...rows]).split('\n'), count];
}

function blockedLines({ outcomes }: DemoResult, language: Language, say: Say): string[] {
  const lines: string[] = [];
  let healthy = 0;
  for (const it of outcomes) {
    if (it.outcome === 'failed') lines.push(`${it.reference}: ${it.message}`);
    if (it.outcome !== 'blocked') continue;
    if (it.row.codes.includes('NOT_IN_ARREARS')) {
      healthy++;
      continue;
    }
    const reasons = it.readiness.findings.filter(({ severity }) => severity === 'block');
    lines.push(`${it.reference}: ${reasons.map((finding) => finding[language]).join('; ')}`);
  }
  lines.push(
    say(
      `另有 ${healthy} 笔无逾期，不起诉`,
      `${healthy} further loans are not in arrears and are left alone`,
    ),
  );
  return lines;
}

function verifiedLines({ verified }: DemoResult, say: Say): string[] {
  const passed = verified.filter(({ verdict }) => verdict === 'passed').length;
  return [
    say(
      `${passed}/${verified.length} 个案件包仅凭文件和信任策略离线核验通过：无遗漏、签名有效、金额重算一致`,
      `${passed} of ${verified.length} packages pass offline, from the file and the trust policy alone: nothing left out, signatures valid, amounts recalculated`,
    ),
  ];
}

function tamperLines({ tampered }: DemoResult, language: Language): string[] {
  return tampered.map(({ report, path, ...name }) => {
    const found = report.checks.find(({ verdict }) => verdict === 'failed');
    const why =
      found === undefined
        ? '!'
        : `${CHECK_TEXTS[found.id][language]}: ${REASON_TEXTS[found.reason][language]}`;
    const sign = report.verdict === 'failed' ? '✘' : '!';
    return `${sign} ${name[language]} (${path}) → ${why}`;
  });
}

function courtLines({ court, submissions, answered }: DemoResult, say: Say): string[] {
  const received = answered.filter(({ decision }) => decision === 'received').length;
  const lost = submissions.filter(({ outcome }) => outcome === 'failed').length;
  return [
    say(
      `${court} 以自己的策略和链连接核验：收案 ${received} 件，退回 ${answered.length - received} 件，未答复 ${lost} 件`,
      `${court} verified with its own policy and chain connection: ${received} received, ${answered.length - received} returned, ${lost} without an answer`,
    ),
    say('法院签名回执已作为证据存证', 'its signed receipts are deposited as evidence'),
  ];
}
