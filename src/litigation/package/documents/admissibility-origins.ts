import { legalDay } from '../../../claim/lateness.ts';
import type { Statement } from '../../../formats/statement.ts';
import { KINDS, type Kind } from '../../../formats/taxonomy.ts';
import type { PlannedExhibit } from '../case-context.ts';
import type { WorkingTable } from '../document-data.ts';
import type { AdmissibilityFacts } from './admissibility-facts.ts';
import { marksOf, sourceOf } from './case-facts.ts';
import { printedNumbers } from './printed-values.ts';

/** Filed by the lender though they speak against it (证据规定 Art. 94 (1)). */
const ADVERSE = new Set<Kind>(['repayment', 'objection']);
/** Not made in the ordinary course of lending, or by somebody else. */
const NOT_ORDINARY = new Set<Kind>(['other', 'objection', 'court-document']);

/** The limbs of 证据规定 Art. 94 that an exhibit relies on. */
export function limbsOf(kind: Kind): string[] {
  return [
    ...(ADVERSE.has(kind) ? ['（一）'] : []),
    ...(KINDS[kind].stage === 'custody' || NOT_ORDINARY.has(kind) ? [] : ['（三）']),
  ];
}

const COLUMNS = {
  cn: [
    ['证据（存证序号）', 23],
    ['来源系统、程序', 18],
    ['操作人、设备', 14],
    ['事件日期', 12.5],
    ['存证日期', 12.5],
    ['相隔天数', 7],
    ['相互印证', 17],
    ['第94条', 9],
  ],
  en: [
    ['Exhibit (deposits)', 25],
    ['System, program', 18],
    ['Operator, device', 14],
    ['Event', 12.5],
    ['Deposit', 12.5],
    ['Days', 7],
    ['Corroboration', 22],
  ],
} as const;

/** Where each exhibit comes from: 来源、生成、存储时间、关联印证 (在线诉讼规则 Art. 18). */
export function originsTable(facts: AdmissibilityFacts): WorkingTable {
  const isCn = facts.context.matter.profile.jurisdiction === 'cn';
  return {
    title: isCn
      ? '附表　逐项证据的来源、生成、时间与印证'
      : 'Schedule: where each exhibit comes from',
    note: isCn
      ? '来源、程序、操作人、设备和事件日期为存证人在存证时的陈述；存证日期为存证服务的时钟所记。多件的，天数为其中最长。日期均按北京时间。空缺之处以“—”表示。'
      : "System, program, operator, device and event are the depositor's statement at the time of deposit; the deposit date is by the clock of the service. Days: the most between them. Dates in UTC+8. A dash: nothing is stated.",
    columns: COLUMNS[isCn ? 'cn' : 'en'].map(([title, weight]) => ({
      title,
      align: 'left',
      weight,
    })),
    rows: facts.context.exhibits.map((exhibit) => row(facts, exhibit, isCn)),
    total: [],
  };
}

function row(facts: AdmissibilityFacts, exhibit: PlannedExhibit, isCn: boolean): string[] {
  const statements = exhibit.files.map(({ artifact }) => artifact.statement);
  const [first] = statements;
  const comma = isCn ? '、' : ', ';
  const join = (...reads: ((statement: Statement) => string | undefined)[]) =>
    reads
      .map((read) => several(statements.map(read), comma, isCn))
      .filter((text) => text !== '')
      .join(isCn ? '；' : '; ') || '—';
  const numbers = printedNumbers(
    statements.map(({ seq }) => seq),
    comma,
  );
  const cells = [
    isCn
      ? `${exhibit.mark} ${exhibit.title}（${numbers}）`
      : `${exhibit.mark}: ${exhibit.title} (${numbers})`,
    join(
      ({ source }) => source.system,
      ({ source }) => generatorOf(source),
    ),
    join(
      ({ source }) => source.operator,
      ({ source }) => source.device,
    ),
    ...timesOf(facts, statements),
    linksOf(facts, exhibit, isCn),
  ];
  if (!isCn) return cells;
  const limbs = first === undefined ? [] : limbsOf(first.kind);
  return [...cells, limbs.join('') || '—'];
}

const SHOWN = 3;

/** Up to three different values; more are counted, not dropped in silence. */
function several(values: (string | undefined)[], comma: string, isCn: boolean): string {
  const found = [...new Set(values.filter((value) => value !== undefined))];
  const shown = found.slice(0, SHOWN).join(comma);
  if (found.length <= SHOWN) return shown;
  return isCn ? `${shown}等${found.length}种` : `${shown} and ${found.length - SHOWN} more`;
}

/** The program with its version, as far as stated. */
export function generatorOf({ generator, version }: Statement['source']): string | undefined {
  if (generator === undefined) return undefined;
  return version === undefined ? generator : `${generator} ${version}`;
}

/** Event, deposit, and the most days that lie between them. */
function timesOf({ times }: AdmissibilityFacts, statements: readonly Statement[]): string[] {
  const span = (read: (statement: Statement) => string) => {
    const days = statements.map((statement) => legalDay(read(statement))).sort();
    const [from = '', to = ''] = [days[0], days.at(-1)];
    // No space: the dash stays on the line of the first date.
    return from === to ? from : `${from}–${to}`;
  };
  const most = Math.max(0, ...statements.map(({ seq }) => times.get(seq)?.days ?? 0));
  return [span((one) => one.occurredAt), span((one) => one.receivedAt), String(most)];
}

function linksOf(
  { context, links }: AdmissibilityFacts,
  exhibit: PlannedExhibit,
  isCn: boolean,
): string {
  const own = new Set(exhibit.files.map(({ artifact }) => artifact.seq));
  const comma = isCn ? '、' : ', ';
  const out = (by: 'reference' | 'digest') =>
    links.filter((link) => link.by === by && own.has(link.from) && !own.has(link.to));
  const back = links.filter(({ from, to }) => own.has(to) && !own.has(from));
  const named = (seqs: number[]) => {
    const marks = marksOf(context, seqs);
    const hidden = seqs.filter((seq) => marksOf(context, [seq]).length === 0);
    return [...marks, ...(hidden.length > 0 ? [sourceOf(context, hidden)] : [])].join(comma);
  };
  const refers = named(out('reference').map(({ to }) => to));
  const states = named(out('digest').map(({ to }) => to));
  const cited = named(back.map(({ from }) => from));
  const parts = isCn
    ? [refers && `引用${refers}`, states && `载明${states}的哈希，一致`, cited && `被${cited}引用`]
    : [
        refers && `refers to ${refers}`,
        states && `states the digest of ${states}, which agrees`,
        cited && `cited by ${cited}`,
      ];
  return parts.filter((text) => text !== '').join(isCn ? '；' : '; ') || '—';
}
