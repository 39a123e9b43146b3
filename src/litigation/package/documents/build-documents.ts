import type { Json } from '../../../formats/jcs.ts';
import type { CaseContext, CaseDocument } from '../case-context.ts';
import { admissibility } from './admissibility.ts';
import { powerOfAttorney, representativeCertificate } from './authority-papers.ts';
import { calculation } from './calculation.ts';
import { filable } from './case-facts.ts';
import { certificate } from './certificate.ts';
import { cnComplaint } from './cn-complaint.ts';
import { enComplaint } from './en-complaint.ts';
import { evidenceList } from './evidence-list.ts';
import { preservation } from './preservation.ts';
import { serviceAddress } from './service-address.ts';

function document(
  role: CaseDocument['role'],
  path: string,
  template: string,
  title: string,
  data: Json,
): CaseDocument {
  return { role, path, template, title, data };
}

/** A paper that only some cases have: none without data. */
function optional(
  role: CaseDocument['role'],
  path: string,
  template: string,
  title: string,
  data: Json | undefined,
): CaseDocument[] {
  return data === undefined ? [] : [document(role, path, template, title, data)];
}

/** What shows who acts for the plaintiff (民事诉讼法 Art. 62). */
function authorityPapers(context: CaseContext): CaseDocument[] {
  return [
    ...optional(
      'representative-certificate',
      '02_主体身份/法定代表人身份证明书.pdf',
      'representative-certificate',
      '法定代表人身份证明书',
      representativeCertificate(context),
    ),
    ...optional(
      'power-of-attorney',
      '03_委托手续/授权委托书.pdf',
      'power-of-attorney',
      '授权委托书',
      powerOfAttorney(context),
    ),
  ];
}

/**
 * The Chinese filing set, by court slot. Every figure comes from the claim, the terms and the
 * filing profile; what is not known is left as the form allows.
 * @throws LitigationError MATTER_NOT_READY when there is no claim
 */
export function buildCnDocuments(context: CaseContext): CaseDocument[] {
  const file = filable(context);
  return [
    document('complaint', '01_起诉状/民事起诉状.pdf', 'complaint', '民事起诉状', cnComplaint(file)),
    ...authorityPapers(context),
    document(
      'evidence-list',
      '04_证据/00_证据目录.pdf',
      'evidence-list',
      '证据目录',
      evidenceList(context),
    ),
    document(
      'calculation',
      '06_其他/债权计算书.pdf',
      'calculation',
      '债权计算书',
      calculation(file),
    ),
    document(
      'certificate',
      '06_其他/存证证明.pdf',
      'certificate',
      '存证证明',
      certificate(context),
    ),
    document(
      'admissibility',
      '06_其他/电子数据审查说明.pdf',
      'admissibility',
      '电子数据审查说明',
      admissibility(context),
    ),
    document(
      'service-address',
      '05_送达地址确认书/送达地址确认书.pdf',
      'service-address',
      '送达地址确认书',
      serviceAddress(context),
    ),
    ...optional(
      'preservation-application',
      '06_其他/财产保全申请书.pdf',
      'preservation',
      '财产保全申请书',
      preservation(file),
    ),
  ];
}

/**
 * The English set for lenders elsewhere; it states no law of any country.
 * @throws LitigationError MATTER_NOT_READY when there is no claim
 */
export function buildEnDocuments(context: CaseContext): CaseDocument[] {
  const file = filable(context);
  return [
    document('complaint', '01_claim/claim.pdf', 'complaint', 'Claim', enComplaint(file)),
    document(
      'evidence-list',
      '04_exhibits/00_index.pdf',
      'evidence-list',
      'Exhibit index',
      evidenceList(context),
    ),
    document(
      'calculation',
      '06_other/statement-of-account.pdf',
      'calculation',
      'Statement of account',
      calculation(file),
    ),
    document(
      'certificate',
      '06_other/certificate-of-deposit.pdf',
      'certificate',
      'Certificate of deposit',
      certificate(context),
    ),
    document(
      'admissibility',
      '06_other/reliability-statement.pdf',
      'admissibility',
      'Reliability statement',
      admissibility(context),
    ),
  ];
}

/** The documents of a case, in the set that its filing profile names. */
export function buildDocuments(context: CaseContext): CaseDocument[] {
  return context.matter.profile.jurisdiction === 'cn'
    ? buildCnDocuments(context)
    : buildEnDocuments(context);
}
