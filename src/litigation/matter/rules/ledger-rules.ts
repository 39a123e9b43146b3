import { type Cents, parseMoney } from '../../../claim/money.ts';
import type { LedgerStatusRecord } from '../../../claim/records.ts';
import type { Matter } from '../matter.ts';
import { dayOf, money, type Rule, recordsOf } from './matter-facts.ts';

interface LedgerEntry {
  seq: number;
  /** The day the figures speak of: the record's own, else that of the event. */
  asOf: string;
  record: LedgerStatusRecord;
}

function ledgerEntries(matter: Matter): LedgerEntry[] {
  return recordsOf(matter, 'ledger-status')
    .map(({ seq, record, artifact }) => {
      const asOf = record.asOf ?? dayOf(artifact.statement.occurredAt);
      return { seq, asOf, record };
    })
    .sort((a, b) => (a.asOf < b.asOf ? -1 : a.asOf > b.asOf ? 1 : a.seq - b.seq));
}

const isDefault = (matter: Matter, { record }: LedgerEntry): boolean =>
  record.status !== undefined && matter.profile.gate.defaultStatuses.includes(record.status);

const latestUntil = (matter: Matter): LedgerEntry | undefined =>
  ledgerEntries(matter).findLast(({ asOf }) => asOf <= matter.cutOff);

const latestAfter = (matter: Matter): LedgerEntry | undefined =>
  ledgerEntries(matter).findLast(({ asOf }) => asOf > matter.cutOff);

/** What to say of the lender's ledger where the evidence shows no arrears. */
export function ledgerExplanation(matter: Matter): { zh: string; en: string; seqs: number[] } {
  const known = latestUntil(matter);
  if (known !== undefined && isDefault(matter, known)) {
    const { status } = known.record;
    return {
      zh: `贷款人台账${known.asOf}的状态“${status}”表示违约，与存证记录不符。`,
      en: ` The lender's ledger has the default status "${status}" as of ${known.asOf}, which the evidence contradicts.`,
      seqs: [known.seq],
    };
  }
  const later = latestAfter(matter);
  if (later === undefined || !isDefault(matter, later)) return { zh: '', en: '', seqs: [] };
  const { status } = later.record;
  return {
    zh: `贷款人台账的违约状态“${status}”是${later.asOf}的，不能证明截止日的情况。`,
    en: ` The lender's default status "${status}" is of ${later.asOf} and proves nothing for the cut-off.`,
    seqs: [later.seq],
  };
}

/**
 * The lender's ledger and the evidence disagree on whether there is a default, or the only status
 * there is speaks of a day after the cut-off and is therefore not used.
 */
export const ledgerContradicts: Rule = (matter) => {
  const { claim, cutOff, profile } = matter;
  if (claim === undefined || profile.gate.defaultStatuses.length === 0) return [];
  const overdue = claim.status.oldestUnpaidDueDate !== null;
  const same = latestUntil(matter);
  const rule = `filing profile ${profile.name}: gate.defaultStatuses`;
  const about = { code: 'LEDGER_CONTRADICTS', rule };
  if (same?.record.status !== undefined && isDefault(matter, same) !== overdue) {
    // An older status may have been true on its day; only one of the cut-off can be wrong about it.
    if (same.asOf !== cutOff) return [];
    const { status } = same.record;
    const amount = money(matter, claim.status.overdueAmount);
    return [
      {
        ...about,
        severity: 'review',
        zh: `贷款人台账${same.asOf}的状态为“${status}”，而按存证记录逾期${amount}。`,
        en: `The lender's ledger has status "${status}" as of ${same.asOf}; by the evidence ${amount} is overdue.`,
        cureZh: '查明台账与存证记录为何不同，补存或更正。',
        cureEn: 'Find out why ledger and evidence differ; deposit what is missing or correct it.',
        seqs: [same.seq],
      },
    ];
  }
  const later = latestAfter(matter);
  if (later?.record.status === undefined) return [];
  return [
    {
      ...about,
      severity: 'note',
      zh: `贷款人台账状态“${later.record.status}”是${later.asOf}的，晚于截止日${cutOff}，未作为证据采用。`,
      en: `The lender's ledger status "${later.record.status}" is of ${later.asOf}, after the cut-off ${cutOff}; it was not used as proof.`,
      cureZh: '如需比对，存证截止日当日的台账。',
      cureEn: 'To have it compared, deposit the ledger as of the cut-off.',
      seqs: [later.seq],
    },
  ];
};

interface Difference {
  zh: string;
  en: string;
  ledger: Cents;
  claim: Cents;
}

function differences(matter: Matter, { record }: LedgerEntry): Difference[] {
  const { claim } = matter;
  if (claim === undefined) return [];
  const { lines } = claim;
  const beforeReduction = parseMoney(lines.total) + parseMoney(lines.capReduction);
  const compared: [string, string, string | undefined, Cents[]][] = [
    [
      '未还本金',
      'outstanding principal',
      record.outstandingPrincipal,
      [parseMoney(lines.principalOutstanding)],
    ],
    ['到期未还本金', 'principal due', record.overduePrincipal, [parseMoney(lines.principal)]],
    ['期内利息', 'in-term interest', record.interest, [parseMoney(lines.interest)]],
    ['罚息', 'penalty interest', record.penalty, [parseMoney(lines.penalty)]],
    ['复利', 'compound interest', record.compound, [parseMoney(lines.compound)]],
    ['费用', 'fees', record.fees, [parseMoney(lines.fees)]],
    // The books know no reduction under the cap; either sum agrees.
    ['合计', 'total', record.total, [parseMoney(lines.total), beforeReduction]],
  ];
  return compared.flatMap(([zh, en, stated, ours]) => {
    if (stated === undefined || ours.includes(parseMoney(stated))) return [];
    return [{ zh, en, ledger: parseMoney(stated), claim: ours[0] ?? 0n }];
  });
}

/** The lender's own figures of the cut-off day are not those of the claim. */
export const calculationDiffers: Rule = (matter) => {
  const entry = ledgerEntries(matter).findLast(({ asOf }) => asOf === matter.cutOff);
  if (entry === undefined) return [];
  const found = differences(matter, entry);
  if (found.length === 0) return [];
  const zh = found.map(
    (one) => `${one.zh}：台账${money(matter, one.ledger)}，计算${money(matter, one.claim)}`,
  );
  const en = found.map(
    (one) => `${one.en}: ledger ${money(matter, one.ledger)}, claim ${money(matter, one.claim)}`,
  );
  return [
    {
      code: 'CALCULATION_DIFFERS',
      severity: 'block',
      rule: 'docs/claim.md: the lender’s ledger is compared, never followed',
      zh: `${matter.cutOff}台账与计算不一致。${zh.join('；')}。`,
      en: `Ledger and calculation differ as of ${matter.cutOff}. ${en.join('; ')}.`,
      cureZh: '逐笔核对还款入账；以证据为准更正台账，或补存缺少的记录。',
      cureEn:
        'Compare the booked payments one by one; correct the books by the evidence, or deposit the missing record.',
      seqs: [entry.seq],
    },
  ];
};
