import type { IdentityRecord } from '../../../claim/records.ts';
import type { EnComplaintData } from '../document-data.ts';
import { calculationTerms } from './calculation-terms.ts';
import { type FilableCase, isZero, recordsIn, sourceOf } from './case-facts.ts';
import { idNumber, idTypeName, partyName } from './case-parties.ts';
import { courtOf } from './evidence-list.ts';
import {
  printedDate,
  printedMoney,
  printedPercent,
  printedSentence,
  withoutHan,
} from './printed-values.ts';

type Paragraph = EnComplaintData['sections'][number]['paragraphs'][number];

/** Claim with particulars, for a court that reads English; it pleads facts and no foreign law. */
export function enComplaint(file: FilableCase): EnComplaintData {
  const { matter, context } = file;
  const { profile } = matter;
  const [agent] = profile.agents;
  const name = partyName(false, profile.plaintiff);
  return {
    court: courtOf(context),
    division: profile.court.division ?? '',
    claimNumber: '',
    claimants: [party(profile.plaintiff)],
    defendants: matter.defendants.map(({ identity }) => party(identity)),
    title: profile.cause,
    summary: summary(file),
    sections: [
      { heading: 'The parties', paragraphs: parties(file) },
      { heading: 'The agreement', paragraphs: agreement(file) },
      { heading: 'The loan and the payments', paragraphs: performance(file) },
      { heading: 'The default and the sum due', paragraphs: sumDue(file) },
      { heading: 'The evidence', paragraphs: evidence(file) },
    ],
    prayer: prayer(file),
    statementOfTruth:
      'The claimant believes that the facts stated in this claim are true. Every figure follows from the deposited records named beside it; the working is in the Statement of Account.',
    signature: {
      name: agent?.name ?? name,
      capacity:
        agent === undefined ? 'Claimant' : [agent.position, agent.firm].filter(Boolean).join(', '),
      date: printedDate('en', matter.preparedOn),
    },
  };
}

function party(identity: IdentityRecord): EnComplaintData['claimants'][number] {
  const number = idNumber(identity);
  const born = identity.type === 'natural' ? identity.birthDate : undefined;
  const description = [
    number === '' ? '' : `${idTypeName(false, identity)} ${number}`,
    born === undefined ? '' : `born ${printedDate('en', born)}`,
  ];
  const addresses = identity.type === 'natural' ? identity.residence : identity.registeredAt;
  return {
    name: partyName(false, identity),
    description: description.filter((text) => text !== '').join(', '),
    address: identity.domicile ?? addresses ?? '',
  };
}

const sum = ({ claim }: FilableCase, amount: string): string =>
  `${claim.currency} ${printedMoney(amount)}`;

function summary(file: FilableCase): EnComplaintData['summary'] {
  const { lines, cap } = file.claim;
  const rate = cap === null ? '' : ` to ${printedPercent(cap.annualRate)} a year`;
  const rows: [string, string, boolean][] = [
    ['Principal', lines.principal, true],
    ['Interest in term', lines.interest, false],
    ['Default interest', lines.penalty, false],
    ['Compound interest', lines.compound, false],
    ['Fees', lines.fees, false],
  ];
  const shown = rows.filter(([, amount, always]) => always || !isZero(amount));
  return [
    ...shown.map(([label, amount]) => ({ label, amount: sum(file, amount) })),
    ...(isZero(lines.capReduction)
      ? []
      : [{ label: `Less: reduction${rate}`, amount: `− ${sum(file, lines.capReduction)}` }]),
    {
      label: `Total as of ${printedDate('en', file.claim.cutOff)}`,
      amount: sum(file, lines.total),
    },
  ];
}

function parties({ matter, context }: FilableCase): Paragraph[] {
  const names = matter.defendants.map(({ identity }) => identity);
  const unnamed = names.some(({ name }) => name === undefined);
  const plural = names.length > 1;
  const seqs = matter.defendants.map(({ seq }) => seq);
  return [
    {
      text: `The claimant is the lender. ${plural ? 'The defendants are' : 'The defendant is'} liable under the agreement set out below${unnamed ? ", and is identified by the claimant's client number because the source data holds no names" : ''}.`,
      sources: sourceOf(context, seqs),
    },
  ];
}

function agreement(file: FilableCase): Paragraph[] {
  const { terms, context } = file;
  const day = terms.signedOn ?? terms.startDate;
  const source = sourceOf(context, [terms.seq]);
  const made = day === undefined ? '' : ` on ${printedDate('en', day)}`;
  return [
    {
      text: `By agreement no. ${terms.contractNo} the claimant lent the defendant ${sum(file, terms.principal)}${made}.`,
      sources: source,
    },
    ...calculationTerms(file)
      .filter(({ name }) => name !== 'Principal')
      .map(({ name, value, clause }) => ({
        text: `${name}: ${value}.`,
        sources: [clause, source].filter((text) => text !== '').join('; '),
      })),
  ];
}

function performance(file: FilableCase): Paragraph[] {
  const { matter, claim, context } = file;
  const paidOut = recordsIn(matter, 'disbursement').filter(
    ({ record }) => record.date <= claim.cutOff,
  );
  const repaid = recordsIn(matter, 'repayment').filter(({ record }) => record.date <= claim.cutOff);
  const seqs = repaid.map(({ seq }) => seq);
  const [count, total] = [repaid.length, sum(file, claim.paid.total)];
  const until = printedDate('en', claim.cutOff);
  return [
    ...paidOut.map(({ seq, record }) => ({
      text: `The claimant paid out ${sum(file, record.amount)} on ${printedDate('en', record.date)}.`,
      sources: sourceOf(context, [seq]),
    })),
    count === 0
      ? { text: `Up to ${until} the defendant repaid nothing.`, sources: '' }
      : {
          text: `Up to ${until} the defendant made ${count} payment${count === 1 ? '' : 's'}, ${total} in all; each is credited in the Statement of Account.`,
          sources: sourceOf(context, seqs),
        },
  ];
}

function sumDue(file: FilableCase): Paragraph[] {
  const { claim, context, terms } = file;
  const { status, accelerated, lines, continuing } = claim;
  const since = status.overdueSince === null ? '' : printedDate('en', status.overdueSince);
  return [
    {
      text: `By ${printedDate('en', claim.cutOff)}, ${status.instalmentsDue} of ${status.instalmentsAgreed} instalments had fallen due, of which ${status.instalmentsPaidInFull} were paid in full.${since === '' ? '' : ` The defendant has been in default since ${since}, ${status.daysOverdue} days, with ${sum(file, status.overdueAmount)} of instalments.`}`,
      sources: sourceOf(context, [terms.seq]),
    },
    ...(accelerated === null
      ? []
      : [
          {
            text: `The claimant called the whole loan on ${printedDate('en', accelerated.date)}.`,
            sources: sourceOf(context, [accelerated.evidence]),
          },
        ]),
    {
      text: `The defendant owes ${sum(file, lines.total)} as of that day; the Statement of Account derives each figure.`,
      sources: '',
    },
    ...(isZero(lines.principalNotDue)
      ? []
      : [
          {
            text: `Principal of ${sum(file, lines.principalNotDue)} is not yet due and is not claimed.`,
            sources: '',
          },
        ]),
    {
      text:
        continuing === null
          ? 'The terms in evidence state no rate of interest, and none is claimed.'
          : printedSentence('en', withoutHan(continuing.en)),
      sources: sourceOf(context, [terms.seq]),
    },
  ];
}

function evidence({ matter, context }: FilableCase): Paragraph[] {
  const size = String(context.checkpoint.size);
  return [
    {
      text: `The claimant relies on ${context.exhibits.length} exhibits, listed in the Exhibit Index. All come from the deposits under evidence number ${matter.evidenceNo}, as of a checkpoint of ${size} entries; the Certificate of Deposit says how anybody can verify them, and what they do not prove.`,
      sources: '',
    },
  ];
}

function prayer(file: FilableCase): string[] {
  const { claim, matter } = file;
  return [
    `payment of ${sum(file, claim.lines.total)};`,
    ...(claim.continuing === null
      ? []
      : [
          `interest from ${printedDate('en', claim.continuing.from)} until payment, as set out above;`,
        ]),
    ...(matter.profile.requests.courtFees ? ['costs.'] : []),
  ];
}
