/**
 * The published relations between deposits of one loan: what the later one says of the earlier. A
 * relation is part of the hashed statement, so a name listed here never changes its meaning; new
 * ones are added at the end. Between which kinds each is meant is documentation and not enforced.
 */
export interface RelationInfo {
  zh: string;
  en: string;
  /** Between what, for the integrator; plain words. */
  usual: string;
}

const relation = (zh: string, en: string, usual: string): RelationInfo => ({ zh, en, usual });

export const RELATIONS = {
  'refers-to': relation('提及', 'speaks of', 'any to any; where nothing below fits'),
  'under-contract': relation(
    '依据合同',
    'happened under the terms of',
    'disbursement, repayment-schedule, deduction-failed, acceleration … to contract-terms',
  ),
  repays: relation('归还', 'pays back', 'repayment to contract-terms or disbursement'),
  evidences: relation(
    '佐证',
    'is a paper or a check that confirms',
    'identity-document, face-check to identity; a voucher to its record',
  ),
  signs: relation('签署', 'tells how it was signed', 'signature-record to contract'),
  'extracted-from': relation('摘自', 'states what is in', 'contract-terms to contract'),
  decides: relation('审批', 'is the decision on', 'credit-decision to application'),
  delivers: relation(
    '送达',
    'tells how it was delivered',
    'delivery, demand, acceleration to the letter',
  ),
  answers: relation(
    '答复',
    'is the answer to',
    'court-receipt to submitted; a reply to a complaint',
  ),
  corrects: relation(
    '更正',
    'corrects a mistake in; both stay in evidence, and both are calculated with unless the one corrected is left out by a person',
    'any to one of its own kind',
  ),
  supersedes: relation(
    '取代',
    'takes the place of from now on',
    'contract-terms after an extension',
  ),
  checks: relation('核验', 'is the check of the signatures of', 'signature-check to a signed PDF'),
  releases: relation('解除', 'ends the legal hold of', 'hold-released to hold-placed'),
} as const satisfies Record<string, RelationInfo>;

export type Relation = keyof typeof RELATIONS;

/** Whether `name` is a published relation. */
export function isRelation(name: string): name is Relation {
  return Object.hasOwn(RELATIONS, name);
}
