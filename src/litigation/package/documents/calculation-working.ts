import type {
  AccrualLine,
  AllocationLine,
  WorkingEvent,
  WorkingRow,
} from '../../../claim/claim.ts';
import type { WorkingTable } from '../document-data.ts';
import { type FilableCase, isZero, rowsOf, sumOf } from './case-facts.ts';
import { printedMoney, printedNumbers, printedPercent, printedSentence } from './printed-values.ts';

type Column = WorkingTable['columns'][number];
type Align = Column['align'];

const EVENTS: Record<WorkingEvent, { cn: string; en: string }> = {
  disbursement: { cn: '放款', en: 'Paid out' },
  due: { cn: '到期', en: 'Due' },
  fee: { cn: '费用', en: 'Fee' },
  repayment: { cn: '还款', en: 'Repaid' },
  'credit-applied': { cn: '多付款抵充', en: 'Credit applied' },
  'deduction-failed': { cn: '扣款失败', en: 'Deduction failed' },
  acceleration: { cn: '提前到期', en: 'Loan called' },
  'rate-change': { cn: '利率调整', en: 'Rate changed' },
  penalty: { cn: '罚息', en: 'Default interest' },
  compound: { cn: '复利', en: 'Compound interest' },
};

const PARTS: Record<AllocationLine['part'], { cn: string; en: string }> = {
  fees: { cn: '费用', en: 'fees' },
  interest: { cn: '期内利息', en: 'interest' },
  penalty: { cn: '罚息', en: 'default interest' },
  compound: { cn: '复利', en: 'compound interest' },
  principal: { cn: '本金', en: 'principal' },
  prepayment: { cn: '提前还本', en: 'prepayment' },
  credit: { cn: '留存待抵', en: 'held as credit' },
};

/** The working in tables a judge can redo: events, penalty, compound interest, cap, court fees. */
export function workingTables(file: FilableCase): WorkingTable[] {
  return [eventTable(file), ...interestTables(file), ...capTable(file), ...courtFeeTable(file)];
}

const columns = (titles: readonly string[], aligns: readonly Align[], weights: readonly number[]) =>
  titles.map(
    (title, at): Column => ({ title, align: aligns[at] ?? 'left', weight: weights[at] ?? 1 }),
  );

function eventTable({ claim, jurisdiction }: FilableCase): WorkingTable {
  const isCn = jurisdiction === 'cn';
  const rows = claim.working.filter(({ event }) => event !== 'penalty' && event !== 'compound');
  const hasCredit = rows.some(({ balance }) => !isZero(balance.credit));
  const titles = isCn
    ? ['行', '日期', '事项', '金额', '明细', '到期未还本金', '欠付息费', '存证序号']
    : [
        'Row',
        'Date',
        'Event',
        'Amount',
        'Detail',
        'Principal due',
        'Interest, fees due',
        'Deposits',
      ];
  const credit = isCn
    ? '借款人留存款项在明细中载明。'
    : ' Credit of the borrower is stated in the detail.';
  return {
    title: isCn ? '表一　发放、到期、还款及抵充' : 'Table 1. Payout, due dates, payments',
    note: isCn
      ? `余额为该行之后的余额；“欠付息费”为期内利息、罚息、复利和费用之和，罚息、复利为最近一次计算时的数额。还款行的明细为抵充去向；“计划表”指利息以约定的还款计划表为准。${hasCredit ? credit : ''}`
      : `Balances are those after the row; "interest, fees due" is interest in term, default and compound interest and fees together. For a payment the detail says what it was credited to.${hasCredit ? credit : ''}`,
    columns: columns(
      titles,
      ['center', 'left', 'left', 'right', 'left', 'right', 'right', 'left'],
      isCn
        ? [0.45, 1.15, 1.2, 1.1, 3.55, 1.35, 1.1, 1.05]
        : [0.5, 1.2, 1.25, 1.15, 3.3, 1.2, 1.1, 0.95],
    ),
    rows: rows.map((row) => eventRow(row, isCn)),
    total: [],
  };
}

function eventRow(row: WorkingRow, isCn: boolean): string[] {
  const { balance, event, instalment, amount } = row;
  const name = EVENTS[event][isCn ? 'cn' : 'en'];
  const which = instalment === undefined ? '' : isCn ? `第${instalment}期` : `, no. ${instalment}`;
  const open = [balance.interest, balance.penalty, balance.compound, balance.fees];
  const others = open.reduce((sum, part) => sum + BigInt(part.replace('.', '')), 0n);
  const digits = others.toString().padStart(3, '0');
  return [
    String(row.no),
    row.date,
    isCn ? `${which}${name}` : `${name}${which}`,
    event === 'rate-change' ? '' : printedMoney(amount),
    detail(row, isCn),
    printedMoney(balance.principal),
    printedMoney(`${digits.slice(0, -2)}.${digits.slice(-2)}`),
    printedNumbers(row.evidence, isCn ? '、' : ', '),
  ];
}

function detail(row: WorkingRow, isCn: boolean): string {
  const isCall = row.event === 'due' || row.event === 'acceleration';
  const parts = isCall ? dueParts(row, isCn) : [];
  if (row.allocation !== undefined && row.allocation.length > 0) {
    parts.push(...allocated(row.allocation, isCn));
  }
  if (row.remark !== undefined) parts.push(row.remark);
  if (!isZero(row.balance.credit)) {
    const held = printedMoney(row.balance.credit);
    parts.push(isCn ? `留存${held}` : `credit ${held}`);
  }
  return parts.join(isCn ? '；' : '; ');
}

/** Principal and interest of what fell due, and the multiplication behind the interest. */
function dueParts(row: WorkingRow, isCn: boolean): string[] {
  const [p, i] = [printedMoney(row.principal ?? '0'), printedMoney(row.interest ?? '0')];
  const interest = isCn ? `，利息${i}` : `, interest ${i}`;
  const known = row.interest !== undefined && !isZero(row.interest);
  const sums = `${isCn ? `本金${p}` : `principal ${p}`}${known ? interest : ''}`;
  const bearing = (row.accruals ?? []).filter(({ exact }) => !/^0\.0*$/.test(exact));
  const [agreed, ...rest] = bearing.map((line) => accrual(line, isCn));
  if (agreed === undefined || rest.length > 0 || !isAgreed(bearing[0])) {
    return [sums, ...bearing.map((line) => accrual(line, isCn))];
  }
  return [isCn ? `${sums}（${agreed}）` : `${sums} (${agreed})`];
}

/** What a payment was credited to, the parts of one instalment together. */
function allocated(lines: readonly AllocationLine[], isCn: boolean): string[] {
  const groups: { instalment: number | undefined; parts: string[] }[] = [];
  for (const { part, amount, instalment } of lines) {
    const text = `${PARTS[part][isCn ? 'cn' : 'en']}${isCn ? '' : ' '}${printedMoney(amount)}`;
    const last = groups.at(-1);
    if (last !== undefined && last.instalment === instalment) last.parts.push(text);
    else groups.push({ instalment, parts: [text] });
  }
  return groups.map(({ instalment, parts }) => {
    const which =
      instalment === undefined ? '' : isCn ? `第${instalment}期` : `no. ${instalment}: `;
    const text = `${which}${parts.join(isCn ? '、' : ', ')}`;
    // In English a narrow cell breaks between instalments, not between a word and its sum.
    return isCn ? text : text.replaceAll(' ', '\u00a0');
  });
}

const isAgreed = (line: AccrualLine | undefined): boolean =>
  line?.formula.startsWith('agreed table') === true;

/** The multiplication as a judge redoes it; interest taken from an agreed table says so. */
function accrual(line: AccrualLine, isCn: boolean): string {
  if (isAgreed(line)) return isCn ? '计划表' : 'agreed table';
  return `${printedMoney(line.base)} × ${printedPercent(line.annualRate)} × ${line.days} / ${line.yearDays} = ${line.exact}`;
}

function interestTables(file: FilableCase): WorkingTable[] {
  return (['penalty', 'compound'] as const).flatMap((event) => {
    const rows = rowsOf(file.claim, event);
    return rows.length === 0 ? [] : [interestTable(file, event, rows)];
  });
}

function interestTable(
  { jurisdiction }: FilableCase,
  event: 'penalty' | 'compound',
  rows: readonly WorkingRow[],
): WorkingTable {
  const isCn = jurisdiction === 'cn';
  const isPenalty = event === 'penalty';
  const base = isCn ? (isPenalty ? '未还本金' : '欠付利息') : isPenalty ? 'Principal' : 'Interest';
  const titles = isCn
    ? ['行', '期', '起', '止', base, '年利率', '天数', '算式结果', '入账', '存证序号']
    : ['Row', 'No.', 'From', 'To', base, 'Rate', 'Days', 'Exact', 'Booked', 'Deposits'];
  const number = isPenalty ? 2 : 3;
  const title = isCn
    ? `表${isPenalty ? '二' : '三'}　${EVENTS[event].cn}`
    : `Table ${number}. ${EVENTS[event].en}`;
  return {
    title,
    note: isCn
      ? '算式：基数 × 年利率 × 天数 ÷ 全年天数；期栏“全”指提前到期的其余部分。'
      : 'Base × rate × days / days of the year; "rest" is what was called.',
    columns: columns(
      titles,
      ['center', 'center', 'left', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
      [0.5, 0.55, 1.2, 1.2, 1.2, 0.8, 0.8, 1.3, 1, 0.85],
    ),
    rows: rows.map((row) => interestRow(row, isCn)),
    total: [
      isCn ? '计' : 'Sum',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      printedMoney(sumOf(rows, 'amount')),
      '',
    ],
  };
}

function interestRow(row: WorkingRow, isCn: boolean): string[] {
  const line = row.accruals?.[0];
  return [
    String(row.no),
    row.instalment === undefined ? (isCn ? '全' : 'rest') : String(row.instalment),
    line?.from ?? '',
    line?.to ?? row.date,
    printedMoney(line?.base ?? '0'),
    line === undefined ? '' : printedPercent(line.annualRate),
    line === undefined ? '' : `${line.days}/${line.yearDays}`,
    line?.exact ?? '',
    printedMoney(row.amount),
    printedNumbers(row.evidence, isCn ? '、' : ', '),
  ];
}

function capTable({ claim, jurisdiction }: FilableCase): WorkingTable[] {
  const { cap } = claim;
  if (cap === null || isZero(claim.lines.capReduction)) return [];
  const isCn = jurisdiction === 'cn';
  const rate = printedPercent(cap.annualRate);
  const titles = isCn
    ? ['起', '止', '应收利息等', `年利率${rate}限额`, '超额']
    : ['From', 'To', 'Charged', `Allowed at ${rate}`, 'Excess'];
  const fees = printedMoney(cap.fees);
  return [
    {
      title: isCn ? `表四　按年利率${rate}调减` : `Table 4. Reduction to ${rate} a year`,
      note: isCn
        ? `列出超过限额的时段；限额以全部未还本金（含未到期）计。全部时段应收${cap.charged}，限额${cap.allowed}，计入限额的费用${fees}。`
        : `Stretches above the limit; the limit is on all principal outstanding. All stretches: charged ${cap.charged}, allowed ${cap.allowed}, fees counted ${fees}.`,
      columns: columns(titles, ['left', 'left', 'right', 'right', 'right'], [1, 1, 1.2, 1.2, 1.2]),
      rows: cap.segments.map(({ from, to, charged, allowed, excess }) => [
        from,
        to,
        charged,
        allowed,
        excess,
      ]),
      total: [
        isCn ? '调减' : 'Reduction',
        '',
        '',
        cap.excessOfSegments,
        printedMoney(cap.reduction),
      ],
    },
  ];
}

function courtFeeTable({ claim, jurisdiction }: FilableCase): WorkingTable[] {
  const { courtFees } = claim;
  if (courtFees === null || jurisdiction !== 'cn') return [];
  const rows = courtFees.steps.map(({ from, to, perMille, fee }) => [
    `${printedMoney(from)} – ${printedMoney(to)}`,
    perMille === 0 ? '定额' : `${String(perMille / 10)}%`,
    printedMoney(fee),
  ]);
  const amount = printedMoney(courtFees.amount);
  return [
    {
      title: '附表　案件受理费（供参考，未计入请求总额）',
      note: printedSentence(
        'cn',
        `以请求总额${amount}元分段累计；适用简易程序减半为${printedMoney(courtFees.acceptanceHalved)}元。`,
      ),
      columns: columns(
        ['标的额分段（元）', '比例', '费用（元）'],
        ['left', 'center', 'right'],
        [2, 1, 1],
      ),
      rows,
      total: ['合计', '', printedMoney(courtFees.acceptance)],
    },
  ];
}
