import { formatMoney } from '../../claim/money.ts';
import type { CreditDecisionRecord } from '../../claim/records.ts';
import type { Desk } from './desk.ts';
import { instalmentTotal } from './loan-file.ts';

/** In per cent of the monthly income; above it a person decides. */
const MOST_BURDEN = 50;

/** The approval: by the scorecard alone, or after a person has looked at a heavy burden. */
export function tellDecision(desk: Desk, application: string): void {
  const { file, journal, random } = desk;
  const references = [{ rel: 'decides', eventId: application }];
  const event = desk.event('decision', { references });
  journal.record(event, 'credit-decision', {
    decision: 'approved',
    decidedAt: event.at,
    limit: formatMoney(file.principal),
    annualRate: file.plan.product.rate,
    product: file.plan.product.name,
    decisionNo: `SX${file.applicationNo.slice(2)}`,
    model: 'scorecard-a',
    modelVersion: '9.4.1',
    policyVersion: 'XH-RISK-2024.2',
    score: String(random.integer(612, 748)),
    inputs: [
      { name: '借款申请', source: 'XH-ORIG', eventId: application },
      { name: '身份与人脸核验结果', source: 'XH-KYC' },
      { name: '信用报告摘要', source: '示例征信服务（样本）' },
    ],
    ...grounds(desk, event.at),
  });
}

type Grounds = 'thresholds' | 'reasons' | 'manualReview' | 'automatedDecision';

function grounds({ file }: Desk, at: string): Pick<CreditDecisionRecord, Grounds> {
  const [first] = file.rows;
  // Cents for yuan: per cent.
  const burden = first === undefined ? 0 : Number(instalmentTotal(first)) / file.person.income;
  const met = burden <= MOST_BURDEN;
  const share = `${burden.toFixed(1)}%`;
  return {
    thresholds: [
      { name: '评分下限', limit: '600', met: true },
      { name: '月还款额占月收入比例上限', value: share, limit: `${MOST_BURDEN}%`, met },
      { name: '当前逾期笔数上限', value: '0', limit: '0', met: true },
    ],
    reasons: [
      '身份核验通过',
      met ? '收入与负债比符合准入要求' : '收入与负债比超过自动审批标准，经人工复核准予授信',
      '征信查询无当前逾期',
    ],
    ...(met ? {} : { manualReview: reviewOf(file.random.fork('manual review'), at) }),
    automatedDecision: {
      automated: met,
      noticeShown: true,
      noticeShownAt: at,
      noticeVersion: '自动化决策告知书 V1.2',
      reviewOffered: true,
    },
  };
}

function reviewOf(random: Desk['random'], at: string) {
  return {
    reviewer: `审批员 R${random.integer(11, 48)}`,
    reviewedAt: at,
    why: '月还款额占月收入比例高于自动审批标准',
    outcome: 'upheld' as const,
    reasons: ['收入稳定，无其他未结清负债，同意按申请金额授信'],
  };
}
