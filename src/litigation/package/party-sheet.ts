import type { IdentityRecord } from '../../claim/records.ts';
import { csvText } from '../csv-text.ts';
import type { Matter } from '../matter/matter.ts';
import { recordsIn } from './documents/case-facts.ts';
import { idNumber, idTypeName, partyName } from './documents/case-parties.ts';
import { courtOf } from './documents/evidence-list.ts';

/** 批量立案当事人信息表: the columns, and the text of each for one defendant. */
type Column = [title: string, read: (row: PartyRow) => string];

/** One defendant of one case, with everything that the claim consists of. */
export interface PartyRow {
  matter: Matter;
  identity: IdentityRecord;
}

const ROLES: Record<string, string> = {
  borrower: '借款人',
  'co-borrower': '共同借款人',
  guarantor: '保证人',
};

/** Digits beyond a spreadsheet's precision: it would round the number and lose its end. */
const LONG_NUMBER = /^\d{12,}$/;

/** A tab behind it keeps a long number a text in spreadsheets; a program that reads it trims it. */
const asText = (number: string): string => (LONG_NUMBER.test(number) ? `${number}\t` : number);

const line = (
  name: 'principal' | 'interest' | 'penalty' | 'compound' | 'fees' | 'capReduction',
) => {
  return ({ matter }: PartyRow): string => matter.claim?.lines[name] ?? '';
};

function natural<T>(read: (one: Extract<IdentityRecord, { type: 'natural' }>) => T | undefined) {
  return ({ identity }: PartyRow) =>
    identity.type === 'natural' ? String(read(identity) ?? '') : '';
}

/** What this party agreed on service: the record that names it, else the clause for the borrower. */
function service({ matter, identity }: PartyRow) {
  const records = recordsIn(matter, 'service-address').map(({ record }) => record);
  const own = records.filter(({ recipient }) => recipient === identity.name).at(-1);
  const clause =
    (identity.role ?? 'borrower') === 'borrower' ? matter.terms?.serviceClause : undefined;
  const consent =
    own?.electronicServiceAgreed ?? (clause?.agreed === true ? clause.electronic : undefined);
  return { own, consent };
}

function consentText(row: PartyRow): string {
  const { consent } = service(row);
  if (consent === undefined) return '未约定';
  return consent ? '同意' : '不同意';
}

function electronicAddress(row: PartyRow): string {
  const { own } = service(row);
  const addresses = [own?.phone, own?.email, own?.otherElectronic];
  return addresses.filter((text) => text !== undefined).join('；');
}

const COLUMNS: readonly Column[] = [
  ['案件编号', ({ matter }) => matter.caseId],
  ['贷款编号', ({ matter }) => asText(matter.reference)],
  ['受理法院', ({ matter }) => courtOf({ matter })],
  ['案由', ({ matter }) => matter.profile.cause],
  ['原告', ({ matter }) => partyName(true, matter.profile.plaintiff)],
  ['被告身份', ({ identity }) => ROLES[identity.role ?? 'borrower'] ?? ''],
  ['被告姓名或名称', ({ identity }) => partyName(true, identity)],
  ['证件类型', ({ identity }) => idTypeName(true, identity)],
  ['证件号码', ({ identity }) => asText(idNumber(identity))],
  ['性别', natural(({ gender }) => gender && (gender === 'male' ? '男' : '女'))],
  ['出生日期', natural(({ birthDate }) => birthDate)],
  ['联系电话', ({ identity }) => asText(identity.phone ?? '')],
  ['住所地（户籍所在地）', ({ identity }) => identity.domicile ?? ''],
  ['经常居住地', natural(({ residence }) => residence)],
  ['约定送达地址', (row) => service(row).own?.address ?? ''],
  ['电子送达', consentText],
  ['电子送达地址', electronicAddress],
  ['合同编号', ({ matter }) => asText(matter.terms?.contractNo ?? '')],
  ['借据号', ({ matter }) => asText(matter.terms?.loanNo ?? '')],
  ['币种', ({ matter }) => matter.claim?.currency ?? ''],
  ['计算截至日', ({ matter }) => matter.cutOff],
  ['本金', line('principal')],
  ['期内利息', line('interest')],
  ['罚息', line('penalty')],
  ['复利', line('compound')],
  ['费用', line('fees')],
  ['调减', line('capReduction')],
  ['请求总额', ({ matter }) => matter.claim?.lines.total ?? ''],
  ['存证编号', ({ matter }) => matter.evidenceNo],
];

/** The rows of one case: a row for everyone who is sued, and none for third parties. */
export function partyRows(matter: Matter): PartyRow[] {
  return matter.defendants
    .filter(({ identity }) => identity.role !== 'third-party')
    .map(({ identity }) => ({ matter, identity }));
}

/** A row's texts, in the order of the sheet's columns. */
export function partyCells(row: PartyRow): string[] {
  return COLUMNS.map(([, read]) => read(row));
}

/**
 * 批量立案当事人信息表 as CSV: UTF-8 with byte-order mark, CRLF, a header line, one line a
 * defendant. No cell is a formula. Money is plain decimals; a case with several defendants repeats
 * its sums, since they are sued for the same debt.
 */
export function partySheetCsv(rows: readonly string[][]): string {
  return csvText([COLUMNS.map(([title]) => title), ...rows]);
}
