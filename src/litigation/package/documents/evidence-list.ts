import { describeLateness, type Lateness, legalDay } from '../../../claim/lateness.ts';
import type { Statement } from '../../../formats/statement.ts';
import { checkedPdfs } from '../../matter/rules/signature-rules.ts';
import type { CaseContext, PlannedExhibit } from '../case-context.ts';
import type { EvidenceItem, EvidenceListData } from '../document-data.ts';
import { timesBySeq } from './admissibility-facts.ts';
import { generatorOf } from './admissibility-origins.ts';
import { caseTitle, partyName } from './case-parties.ts';
import { evidenceForm, evidenceKind, PROVES } from './exhibit-words.ts';
import { printedDate, printedNumbers } from './printed-values.ts';
import { signatureRemark } from './signature-words.ts';

/** The index of exhibits: 证据目录 (证据规定 Art. 19), or the exhibit index of the English set. */
export function evidenceList(context: CaseContext): EvidenceListData {
  const { matter } = context;
  const { profile } = matter;
  const isCn = profile.jurisdiction === 'cn';
  const name = partyName(isCn, profile.plaintiff);
  return {
    court: courtOf(context),
    caseTitle: caseTitle(matter),
    submitter: isCn ? `原告 ${name}` : name,
    evidenceNo: matter.evidenceNo,
    items: itemsOf(context, isCn),
    notes: isCn ? notesCn(context) : notesEn(context),
    copies: isCn ? `正本一份，副本${Math.max(1, matter.defendants.length)}份` : '',
    signature: { name, date: printedDate(profile.jurisdiction, matter.preparedOn) },
  };
}

/** The court the papers are addressed to: the one agreed, where the clause has a connection. */
export function courtOf({ matter }: Pick<CaseContext, 'matter'>): string {
  const { terms, profile } = matter;
  const { agreedCourt, connection } = terms?.jurisdiction ?? {};
  return agreedCourt !== undefined && connection !== undefined ? agreedCourt : profile.court.name;
}

function itemsOf(context: CaseContext, isCn: boolean): EvidenceItem[] {
  const times = timesBySeq(context);
  const checked = checkedPdfs(context.matter);
  return context.exhibits.map((exhibit) => {
    const seqs = exhibit.files.map(({ artifact }) => artifact.seq);
    const remarks = [
      ...timeRemarks(isCn, seqs, times),
      ...checked
        .filter(({ pdf }) => seqs.includes(pdf.seq))
        .map(({ check }) => signatureRemark(isCn, check)),
    ];
    return { ...item(isCn, exhibit), remarks };
  });
}

/** What stands out in the times of the files, said once for those of which the same is true. */
function timeRemarks(
  isCn: boolean,
  seqs: readonly number[],
  times: ReadonlyMap<number, Lateness>,
): string[] {
  const found = new Map<string, number[]>();
  for (const seq of seqs) {
    const one = times.get(seq);
    for (const text of one === undefined ? [] : describeLateness(one, isCn ? 'zh' : 'en')) {
      found.set(text, [...(found.get(text) ?? []), seq]);
    }
  }
  if (found.size > REMARKS_LISTED) return [summary(isCn, seqs, times)];
  return [...found].map(([text, of]) => {
    if (seqs.length === 1 || of.length === seqs.length) return text;
    const numbers = printedNumbers(of, isCn ? '、' : ', ');
    return isCn
      ? `存证序号${numbers}：${text}`
      : `${of.length === 1 ? 'deposit' : 'deposits'} ${numbers}: ${text}`;
  });
}

/** Different remarks that an exhibit lists; of a long series, how many and the worst. */
const REMARKS_LISTED = 3;

function summary(
  isCn: boolean,
  seqs: readonly number[],
  times: ReadonlyMap<number, Lateness>,
): string {
  const known = seqs.flatMap((seq) => times.get(seq) ?? []);
  const late = known.filter(({ state }) => state === 'late');
  const worst = late.reduce((most, { days }) => Math.max(most, days), 0);
  const other = known.filter((one) => one.state === 'event-after-deposit' || one.clockSteppedBack);
  const limit = late[0]?.limitDays ?? 0;
  if (isCn) {
    const rest = other.length === 0 ? '' : `；${other.length}件的时间先后不符`;
    return `${late.length}件事件后超过${limit}天存证，最长${worst}天${rest}`;
  }
  const rest = other.length === 0 ? '' : `; the times of ${other.length} contradict each other`;
  return `${late.length} deposited more than ${limit} days after the event, ${worst} at most${rest}`;
}

function item(isCn: boolean, exhibit: PlannedExhibit): Omit<EvidenceItem, 'remarks'> {
  const statements = exhibit.files.map(({ artifact }) => artifact.statement);
  const [first] = statements;
  if (first === undefined) throw new RangeError(`exhibit ${exhibit.no} has no file`);
  const { mediaType } = first.file;
  const numbers = printedNumbers(
    statements.map(({ seq }) => seq),
    isCn ? '、' : ', ',
  );
  const many = isCn ? `（共${statements.length}件）` : ` (${statements.length} files)`;
  const { pages } = exhibit;
  return {
    mark: exhibit.mark,
    name: exhibit.title,
    kind: evidenceKind(isCn, mediaType),
    source: sourceText(isCn, statements),
    proves: isCn ? PROVES[first.kind].cn : PROVES[first.kind].en,
    form: evidenceForm(isCn, mediaType),
    pages: pages === undefined ? '000–000' : pageRange(pages),
    seq: statements.length === 1 ? numbers : `${numbers}${many}`,
    sha256: statements.length === 1 ? first.file.sha256 : '',
    digests: digests(statements),
  };
}

const pageRange = ({ first, last }: { first: number; last: number }): string =>
  first === last ? `${first}` : `${first}–${last}`;

/** Digests that the index lists itself; of more files, the exhibit's own table does. */
const DIGESTS_LISTED = 16;

function digests(statements: readonly Statement[]): EvidenceItem['digests'] {
  if (statements.length === 1 || statements.length > DIGESTS_LISTED) return [];
  return statements.map(({ seq, file }) => ({ seq: String(seq), sha256: file.sha256 }));
}

function unique(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function range(days: readonly string[]): string {
  const sorted = [...days].sort();
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  return first === last ? first : `${first} – ${last}`;
}

/** 来源: system, generator, operator, device; when it happened and when it was deposited. */
function sourceText(isCn: boolean, statements: readonly Statement[]): string {
  const comma = isCn ? '，' : ', ';
  const of = (read: (statement: Statement) => string | undefined) =>
    unique(statements.map(read)).slice(0, 3).join(comma);
  const operator = of(({ source }) => source.operator);
  const device = of(({ source }) => source.device);
  const who = [
    of(({ source }) => source.system),
    of(({ source }) => generatorOf(source)),
    operator === '' ? '' : `${isCn ? '操作：' : 'by '}${operator}`,
    device === '' ? '' : `${isCn ? '设备：' : 'on '}${device}`,
  ].filter((text) => text !== '');
  const happened = range(statements.map(({ occurredAt }) => legalDay(occurredAt)));
  const deposited = range(statements.map(({ receivedAt }) => legalDay(receivedAt)));
  const when = isCn
    ? `发生${happened}；存证${deposited}`
    : `event ${happened}; deposited ${deposited}`;
  return `${who.join(comma)}${isCn ? '；' : '; '}${when}`;
}

function lateCount(context: CaseContext): { late: number; all: number } {
  const files = context.exhibits.flatMap(({ files: list }) => list.map(({ artifact }) => artifact));
  const times = timesBySeq(context);
  const late = files.filter(({ seq }) => times.get(seq)?.state === 'late');
  return { late: late.length, all: files.length };
}

function notesCn(context: CaseContext): string[] {
  const { late, all } = lateCount(context);
  return [
    '存证序号是本目录所列存证编号之下的序号；SHA-256为原始文件的哈希值，可自行计算比对。多个文件组成的证据，按存证序号逐件列出哈希值，件数较多的见该证据的汇总表。',
    '结构化记录的原始文件为JSON文本，卷宗内为其打印件；同类的多条记录合印为一份汇总表，表内逐条载明原始文件的路径和SHA-256。',
    ...(late === 0
      ? []
      : [
          `${all}件中有${late}件迟于事件存证，超过所属种类的期限（见各项备注）：迟存不等于不真实；存证只证明该时点之后未被改动，此前的真实性由来源说明及关联证据印证（在线诉讼规则第十八条）。`,
        ]),
  ];
}

function notesEn(context: CaseContext): string[] {
  const { late, all } = lateCount(context);
  return [
    'Deposit numbers count within the evidence number above. SHA-256 is the digest of the original file; where an exhibit has several files, each digest follows its deposit number, and those of a long series stand in the exhibit’s own table.',
    'The original of a structured record is JSON text; the bundle shows it in print. Records of one kind are printed together as a summary table, which gives the path and the SHA-256 of each original.',
    ...(late === 0
      ? []
      : [
          `${late} of ${all} files were deposited later after their event than the limit of their kind (see the remarks): late is not false; the deposit shows that they have not changed since, not that they were right before.`,
        ]),
  ];
}
