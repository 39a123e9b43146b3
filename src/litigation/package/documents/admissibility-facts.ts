import type { Lateness } from '../../../claim/lateness.ts';
import { epochOf } from '../../../formats/embedded-target.ts';
import type { Json } from '../../../formats/jcs.ts';
import type { Statement } from '../../../formats/statement.ts';
import { timesOf } from '../../matter/rules/matter-facts.ts';
import { type CheckedPdf, checkedPdfs } from '../../matter/rules/signature-rules.ts';
import type {
  CaseContext,
  PlannedExhibit,
  StatedAnchor,
  StatedTimestamp,
} from '../case-context.ts';
import { partyName } from './case-parties.ts';
import { certificateWords } from './certificate-words.ts';
import { printedNumbers, printedTime } from './printed-values.ts';

/** One deposit that speaks of another: by a reference, or by stating the digest of its file. */
export interface Link {
  from: number;
  to: number;
  by: 'reference' | 'digest';
}

/** What the statement on admissibility is written from; everything counted, nothing assumed. */
export interface AdmissibilityFacts {
  context: CaseContext;
  /** Of the exhibited files, by deposit number. */
  exhibited: Statement[];
  /** All deposits of the loan as of the checkpoint. */
  deposits: number;
  /** What the times of each deposit of the loan say, by deposit number. */
  times: ReadonlyMap<number, Lateness>;
  /** From how many days on the exhibited kinds are late: `1`, or `1–30` where they differ. */
  lateDays: string;
  late: number[];
  longestDelay: number;
  /** Deposits of events before the default that were made after it; empty without a default. */
  afterDefault: number[];
  systems: string[];
  withGenerator: number[];
  withOperator: number[];
  withDevice: number[];
  images: number[];
  independent: StatedAnchor[];
  own: StatedAnchor[];
  /** Tokens of authorities that the depositor does not run. */
  stamps: StatedTimestamp[];
  links: Link[];
  /** Whether deposits were received in the order of their numbers. */
  orderly: boolean;
  depositors: string[];
  /** Whether the one who files is the one who deposited. */
  depositorIsPlaintiff: boolean;
  /** Deposited PDFs whose signatures the service checked; what is not exhibited is left out. */
  checked: CheckedPdf[];
  signatures: { seq: number; authorities: string[]; digestOf: number[] }[];
}

const HASH = /^[0-9a-f]{64}$/i;

/** What the times of every deposit of a case say, by deposit number. */
export function timesBySeq({ matter }: Pick<CaseContext, 'matter'>): Map<number, Lateness> {
  return new Map(timesOf(matter).map(({ seq, times }) => [seq, times]));
}

function rangeOf(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return numbers.length === 0 ? '0' : least === most ? `${least}` : `${least}–${most}`;
}

/** Exhibits that hold these deposits; `all` in their place when there is no other. */
export function exhibitsOf(facts: AdmissibilityFacts, seqs: number[], all: string): string {
  if (seqs.length === facts.exhibited.length) return all;
  const isCn = facts.context.matter.profile.jurisdiction === 'cn';
  const numbers = printedNumbers(seqs, isCn ? '、' : ', ');
  const marks = marksRun(facts.context, (seq) => seqs.includes(seq));
  if (isCn) return `${marks}（存证序号${numbers}）`;
  return `${marks} (${seqs.length === 1 ? 'deposit' : 'deposits'} ${numbers})`;
}

/** Marks of the exhibits that hold a deposit, runs drawn together: `证据1–4、证据7`. */
export function marksRun({ exhibits, matter }: CaseContext, holds: (seq: number) => boolean) {
  const runs: PlannedExhibit[][] = [];
  for (const exhibit of exhibits) {
    if (!exhibit.files.some(({ artifact }) => holds(artifact.seq))) continue;
    const run = runs.at(-1);
    if (run?.at(-1)?.no === exhibit.no - 1) run.push(exhibit);
    else runs.push([exhibit]);
  }
  const texts = runs.map((run) => {
    const [first, last] = [run[0], run.at(-1)];
    return first === last ? first?.mark : `${first?.mark}–${last?.no}`;
  });
  return texts.join(matter.profile.jurisdiction === 'cn' ? '、' : ', ');
}

/** `embedded` is a technical name: what the chain is, in the words of the certificate. */
export function chainOf({ target, timeWeight }: StatedAnchor, isCn: boolean): string {
  if (timeWeight === 'independent') return target;
  return certificateWords(isCn).ownChain(epochOf(target) !== null);
}

/** Reads the facts off a case. */
export function admissibilityFacts(context: CaseContext): AdmissibilityFacts {
  const { matter, exhibits, anchors, leafHashes } = context;
  const exhibited = exhibits
    .flatMap(({ files }) => files.map(({ artifact }) => artifact.statement))
    .sort((a, b) => a.seq - b.seq);
  const times = timesBySeq(context);
  const shown = exhibited.flatMap(({ seq }) => times.get(seq) ?? []);
  const of = (holds: (statement: Statement) => boolean) =>
    exhibited.filter(holds).map(({ seq }) => seq);
  const since = matter.claim?.status.overdueSince ?? null;
  const depositors = [...new Set(exhibited.map(({ depositor }) => depositor))];
  const links = [...referenceLinks(exhibited), ...digestLinks(context)];
  return {
    context,
    exhibited,
    deposits: leafHashes.length,
    times,
    lateDays: rangeOf(shown.map(({ limitDays }) => limitDays)),
    late: of(({ seq }) => times.get(seq)?.state === 'late'),
    longestDelay: Math.max(0, ...shown.map(({ days }) => days)),
    afterDefault: of(
      ({ occurredAt, receivedAt }) =>
        since !== null && occurredAt.slice(0, 10) < since && receivedAt.slice(0, 10) >= since,
    ),
    systems: [...new Set(exhibited.map(({ source }) => source.system))],
    withGenerator: of(({ source }) => source.generator !== undefined),
    withOperator: of(({ source }) => source.operator !== undefined),
    withDevice: of(({ source }) => source.device !== undefined),
    images: of(({ file }) => file.mediaType.startsWith('image/')),
    independent: anchors.filter(({ timeWeight }) => timeWeight === 'independent'),
    own: anchors.filter(({ timeWeight }) => timeWeight === 'none'),
    stamps: context.timestamps.filter(({ timeWeight }) => timeWeight === 'independent'),
    links,
    orderly: [...times.values()].every(({ clockSteppedBack }) => !clockSteppedBack),
    depositors,
    depositorIsPlaintiff:
      depositors.length === 1 && depositors[0] === partyName(true, matter.profile.plaintiff),
    checked: checkedPdfs(matter).filter(({ pdf }) => of(({ seq }) => seq === pdf.seq).length > 0),
    signatures: signaturesOf(context, links),
  };
}

/** Authority and time of each token, for a sentence. */
export function stampList(stamps: readonly StatedTimestamp[], isCn: boolean): string {
  const one = ({ authority, time }: StatedTimestamp) =>
    isCn ? `${authority}，${printedTime(time)}` : `${authority}, ${printedTime(time)}`;
  return stamps.map(one).join(isCn ? '；' : '; ');
}

function referenceLinks(exhibited: Statement[]): Link[] {
  return exhibited.flatMap(({ seq, references }) =>
    references.map(({ seq: to }): Link => ({ from: seq, to, by: 'reference' })),
  );
}

/** Records that state the SHA-256 of another exhibited original, as a signature record does. */
function digestLinks({ exhibits }: CaseContext): Link[] {
  const files = exhibits.flatMap(({ files: list }) => list.map(({ artifact }) => artifact));
  const owner = new Map(files.map(({ seq, statement }) => [statement.file.sha256, seq]));
  return files.flatMap(({ seq, record }) => {
    const stated = record === undefined ? [] : textsIn(record).filter((text) => HASH.test(text));
    const targets = stated.flatMap((text) => owner.get(text.toLowerCase()) ?? []);
    return [...new Set(targets)]
      .filter((to) => to !== seq)
      .map((to): Link => ({ from: seq, to, by: 'digest' }));
  });
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}

function signaturesOf({ exhibits }: CaseContext, links: Link[]): AdmissibilityFacts['signatures'] {
  const files = exhibits.flatMap(({ files: list }) => list.map(({ artifact }) => artifact));
  return files
    .filter(({ statement }) => statement.kind === 'signature-record')
    .map(({ seq, record }) => ({
      seq,
      authorities: [...new Set(record === undefined ? [] : membersNamed(record, AUTHORITY))],
      digestOf: links.filter(({ from, by }) => from === seq && by === 'digest').map(({ to }) => to),
    }));
}

const AUTHORITY = 'certificateAuthority';

function membersNamed(value: Json, name: string): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === name && typeof inner === 'string' ? [inner] : membersNamed(inner as Json, name),
  );
}
