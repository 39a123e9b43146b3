import { visible } from '../formats/container-path.ts';
import { isKind, KINDS } from '../formats/taxonomy.ts';
import {
  CHECK_TEXTS,
  erasureWords,
  type Language,
  NOT_CHECKED_TEXTS,
  REASON_TEXTS,
  STAMP_WORTH_TEXTS,
  VERDICT_MEANING,
  VERDICT_TEXTS,
} from './messages.ts';
import type { Check, ReportFacts, StampedTime, Verdict, VerificationReport } from './report.ts';

/** Signs that differ in shape, so that they tell the verdict without colour. */
const SIGNS: Record<Verdict, string> = { passed: '✔', failed: '✘', indeterminate: '?' };

const LABELS = {
  verdict: { zh: '结论', en: 'Verdict' },
  checks: { zh: '检查', en: 'Checks' },
  notChecked: { zh: '未检查（结论不包括）', en: 'Not checked (the verdict does not cover this)' },
  facts: { zh: '事实', en: 'Facts' },
} as const;

const FACT_LABELS: Record<
  Exclude<keyof ReportFacts, 'anchors' | 'witnesses' | 'timestamps' | 'erasure'>,
  Record<Language, string>
> = {
  evidenceNo: { zh: '存证编号', en: 'evidence number' },
  kind: { zh: '种类', en: 'kind' },
  title: { zh: '名称', en: 'title' },
  occurredAt: { zh: '事件时间（存证人陈述）', en: 'occurred (depositor’s word)' },
  receivedAt: { zh: '接收时间（存证服务的时钟）', en: 'received (service clock)' },
  leafIndex: { zh: '日志序号', en: 'log index' },
  logOrigin: { zh: '日志', en: 'log' },
  logKeyFingerprint: { zh: '日志密钥指纹', en: 'log key fingerprint' },
  checkpointSize: { zh: '检查点（条目数）', en: 'checkpoint (entries)' },
  entries: { zh: '该贷款的存证数', en: 'deposits of the loan' },
  exhibits: { zh: '证据数', en: 'exhibits' },
  notShown: { zh: '已存证但未提交', en: 'deposited, not among the exhibits' },
  signer: { zh: '签名人', en: 'signer' },
  signerRoot: { zh: '签名根证书指纹', en: 'root of the signer' },
  claimTotal: { zh: '请求金额', en: 'amount claimed' },
  cutOff: { zh: '计算截止日', en: 'calculated up to' },
  asOf: { zh: '所问时点', en: 'as of' },
  replayed: { zh: '本次重算的条目数', en: 'entries replayed this time' },
  maps: { zh: '重算的贷款目录数', en: 'loan maps recomputed' },
  anchoredHeads: { zh: '与链上比对的检查点数', en: 'heads compared with the chain' },
};

/** Checks that passed alike are told once, with their number: a package has hundreds. */
function groupChecks(checks: Check[]): { check: Check; times: number }[] {
  const groups: { check: Check; times: number }[] = [];
  for (const check of checks) {
    const same = groups.find(
      (group) =>
        check.verdict === 'passed' &&
        group.check.id === check.id &&
        group.check.verdict === 'passed',
    );
    if (same) same.times++;
    else groups.push({ check, times: 1 });
  }
  return groups;
}

function checkLine({ check, times }: { check: Check; times: number }, language: Language): string {
  const { id, verdict, reason, subject, detail } = check;
  const name = CHECK_TEXTS[id][language];
  if (verdict === 'passed') {
    const count = times > 1 ? ` ×${times}` : '';
    return `  ${SIGNS[verdict]} ${name}${count}${times === 1 && detail ? `  (${detail})` : ''}`;
  }
  const where = subject === undefined ? '' : ` [${subject}]`;
  const more = detail ? ` (${detail})` : '';
  return `  ${SIGNS[verdict]} ${name}${where}: ${REASON_TEXTS[reason][language]}${more}`;
}

/** A published kind in words, with its name in the formats. */
function kindName(kind: string, language: Language): string {
  return isKind(kind) ? `${KINDS[kind][language]} (${kind})` : kind;
}

function factLines(facts: ReportFacts, language: Language): string[] {
  const lines: string[] = [];
  for (const [name, labels] of Object.entries(FACT_LABELS)) {
    const value = facts[name as keyof typeof FACT_LABELS];
    if (value === undefined) continue;
    const shown = name === 'kind' ? kindName(String(value), language) : value;
    lines.push(`  ${labels[language]}: ${visible(String(shown))}`);
  }
  if (facts.erasure !== undefined) {
    lines.push(`  ${visible(erasureWords(facts.erasure)[language])}`);
  }
  for (const anchor of facts.anchors ?? []) lines.push(anchorLine(anchor, language));
  for (const { name, time } of facts.witnesses ?? []) {
    const since = new Date(time * 1000).toISOString();
    const words = {
      zh: `审计人副署: ${name} 在 ${since}（其时钟）已见过该检查点，且与其此前所见一致`,
      en: `cosigned: ${name} had seen this head at ${since} (its clock), as a continuation of all it saw before`,
    };
    lines.push(`  ${visible(words[language])}`);
  }
  for (const stamp of facts.timestamps ?? []) lines.push(`  ${stampLine(stamp, language)}`);
  return lines;
}

function anchorLine(
  { target, block, blockTime, timeWeight, laterSize }: NonNullable<ReportFacts['anchors']>[number],
  language: Language,
): string {
  const zh = language === 'zh';
  const time = new Date(blockTime * 1000).toISOString();
  const worth =
    timeWeight === 'none'
      ? {
          zh: '该链由存证方自行运行，其时间对他人无证明力',
          en: 'run by the depositor: its clock proves nothing to others',
        }
      : { zh: '独立的链', en: 'an independent chain' };
  const later =
    laterSize === undefined
      ? ''
      : zh
        ? `，登记的是后来含 ${laterSize} 个条目的检查点`
        : `, as part of the later head of ${laterSize} entries`;
  const place = `${visible(target)}, ${zh ? '区块' : 'block'} ${block}, ${time}`;
  return `  ${zh ? '链上登记' : 'on chain'}: ${place} (${worth[language]}${later})`;
}

function stampLine({ authority, time, worth, laterSize }: StampedTime, language: Language): string {
  const zh = language === 'zh';
  const label = zh ? '时间戳' : 'time stamp';
  const whose = zh ? `${visible(authority)}签发` : `of ${visible(authority)}`;
  const later = zh ? `，针对其后含${laterSize}条的检查点` : `, over the later head of ${laterSize}`;
  const over = laterSize === undefined ? '' : later;
  return `${label}: ${time}, ${whose}${over} (${STAMP_WORTH_TEXTS[worth][language]})`;
}

/** The report as text: verdict and its meaning first, then every check, then what was not checked. */
export function renderReport(report: VerificationReport, language: Language): string {
  const { verdict } = report;
  const facts = factLines(report.facts, language);
  return [
    `${SIGNS[verdict]} ${LABELS.verdict[language]}: ${VERDICT_TEXTS[verdict][language]}`,
    `  ${VERDICT_MEANING[verdict][language]}`,
    ...(facts.length === 0 ? [] : ['', LABELS.facts[language], ...facts]),
    '',
    LABELS.checks[language],
    ...groupChecks(report.checks).map((group) => checkLine(group, language)),
    ...(report.notChecked.length === 0
      ? []
      : [
          '',
          LABELS.notChecked[language],
          ...report.notChecked.map((item) => `  – ${NOT_CHECKED_TEXTS[item][language]}`),
        ]),
    '',
  ].join('\n');
}
