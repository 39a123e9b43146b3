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
    statementOfTruth: 'The Claimant believes that the facts stated in this claim are true.',
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
    identity.type === 'legal' ? (identity.entityType ?? '') : '',
    number === '' ? '' : `${idTypeName(false, identity)} ${number}`,
    born === undefined ? '' : `born ${printedDate('en', born)}`,
    identity.name === undefined
      ? 'a client of the Claimant whose name the source data do not disclose'
      : '',
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

/** How the defendants are called after the first paragraph has named them. */
const debtors = ({ matter }: FilableCase): string =>
  matter.defendants.length > 1 ? 'the Defendants' : 'the Defendant';

/** The parties are named here once; every later paragraph uses the defined word. */
function parties(file: FilableCase): Paragraph[] {
  const { matter, context } = file;
  const { plaintiff } = matter.profile;
  const names = matter.defendants.map(({ identity }) => partyName(false, identity)).join(', ');
  const liable = matter.defendants.length > 1 ? 'are' : 'is';
  return [
    {
      text: `${partyName(false, plaintiff)} ("the Claimant") is the lender, and ${names} ("${debtors(file)}") ${liable} liable, under the agreement set out below.`,
      sources: sourceOf(
        context,
        matter.defendants.map(({ seq }) => seq),
      ),
    },
  ];
}

function agreement(file: FilableCase): Paragraph[] {
  const { terms, context, claim } = file;
  const day = terms.signedOn ?? terms.startDate;
  const source = sourceOf(context, [terms.seq]);
  const made = day === undefined ? '' : ` on ${printedDate('en', day)}`;
  return [
    {
      text: `By agreement no. ${terms.contractNo} the Claimant lent ${debtors(file)} ${sum(file, terms.principal)}${made}.`,
      sources: source,
    },
    ...calculationTerms(file)
      .filter(({ name }) => name !== 'Principal')
      .map(({ name, value, clause }) => ({
        text: `${name}: ${name === 'Instalment' ? `${claim.currency} ` : ''}${value}.`,
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
      text: `The Claimant paid out ${sum(file, record.amount)} on ${printedDate('en', record.date)}.`,
      sources: sourceOf(context, [seq]),
    })),
    count === 0
      ? { text: `Up to ${until} ${debtors(file)} repaid nothing.`, sources: '' }
      : {
          text: `Up to ${until} ${debtors(file)} made ${count} payment${count === 1 ? '' : 's'}, ${total} in all; each is credited in the Statement of Account.`,
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
      text: `By ${printedDate('en', claim.cutOff)}, ${status.instalmentsDue} of ${status.instalmentsAgreed} instalments had fallen due, of which ${status.instalmentsPaidInFull} were paid in full.${since === '' ? '' : ` Payment has been in default since ${since} (${status.daysOverdue} days); ${sum(file, status.overdueAmount)} of the instalments due remains unpaid.`}`,
      sources: sourceOf(context, [terms.seq]),
    },
    ...(accelerated === null
      ? []
      : [
          {
            text: `The Claimant called the whole loan on ${printedDate('en', accelerated.date)}.`,
            sources: sourceOf(context, [accelerated.evidence]),
          },
        ]),
    {
      text: `The sum owed as of that day is ${sum(file, lines.total)}; the working is in the Statement of Account.`,
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
  return [
    {
      text: `The Claimant relies on the ${context.exhibits.length} exhibits listed in the Exhibit Index, deposited under evidence number ${matter.evidenceNo}. The Certificate of Deposit sets out how they were deposited.`,
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
