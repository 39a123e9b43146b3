import type { StatedAnchor } from '../case-context.ts';
import type { AdmissibilityData } from '../filing-paper-data.ts';
import { type AdmissibilityFacts, chainOf, exhibitsOf, stampList } from './admissibility-facts.ts';
import { marksOfKind, sourceOf } from './case-facts.ts';
import { printedCount, printedTime } from './printed-values.ts';
import { signatureLines } from './signature-words.ts';

type Section = AdmissibilityData['sections'][number];

/** The English set: the same questions, without the law of any country. */
export function reliabilitySections(facts: AdmissibilityFacts): Section[] {
  return [source(facts), integrity(facts), completeness(facts), time(facts), signing(facts)];
}

const point = (asks: string, offers: string[], lacks: string[]) => ({
  point: '',
  asks,
  offers,
  lacks,
});

function anchorList(anchors: StatedAnchor[]): string {
  return anchors
    .map((anchor) => {
      const { chainId, blockNumber, blockTime } = anchor;
      const at = printedTime(new Date(blockTime * 1000).toISOString());
      return `${chainOf(anchor, false)} (chain ${chainId}, block ${blockNumber}, ${at})`;
    })
    .join('; ');
}

function share(facts: AdmissibilityFacts, seqs: number[]): string {
  const all = facts.exhibited.length;
  if (seqs.length === 0) return `none of ${all} files`;
  return seqs.length === all ? `all ${all} files` : `${seqs.length} of ${all} files`;
}

function source(facts: AdmissibilityFacts): Section {
  const { context, systems, exhibited, links, depositors } = facts;
  const digests = links.filter(({ by }) => by === 'digest');
  const references = links.length - digests.length;
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  const alone = exhibited.map(({ seq }) => seq).filter((seq) => !linked.has(seq));
  const shown = systems.slice(0, 8).join(', ');
  return {
    heading: '1.  Source',
    remark: 'Each exhibit by itself: see the schedule.',
    points: [
      point(
        'Where the data come from',
        [
          `${exhibited.length} files, each with its source system: ${shown}${systems.length > 8 ? ' and others' : ''}.`,
          `An operator is stated for ${share(facts, facts.withOperator)}, a device for ${share(facts, facts.withDevice)}.`,
        ],
        [
          'Logs, access rights and change records of the source systems. The source is the word of the depositor.',
        ],
      ),
      point(
        'How they were made',
        [`The program that made the data is stated for ${share(facts, facts.withGenerator)}.`],
        ['No examination of any of these programs.'],
      ),
      point(
        'Who kept and deposited them',
        [`Deposited by ${depositors.join(', ')}, from its own systems.`],
        ['No neutral custodian and no notary took part.'],
      ),
      point(
        'What corroborates them',
        [
          ...(references > 0
            ? [`Deposits refer to each other in ${references} places, fixed when they were made.`]
            : []),
          ...digests.map(
            ({ from, to }) =>
              `${sourceOf(context, [from])} states the digest of ${sourceOf(context, [to])}, which agrees.`,
          ),
        ],
        [
          ...(alone.length > 0
            ? [`Connected with no other: ${exhibitsOf(facts, alone, 'every exhibit')}.`]
            : []),
          'Records kept by third parties, such as banks: they can be asked for and compared.',
        ],
      ),
    ],
  };
}

function integrity(facts: AdmissibilityFacts): Section {
  const { context, exhibited, independent, stamps, images } = facts;
  return {
    heading: '2.  Integrity',
    remark: '',
    points: [
      point(
        'Whether a file has changed since its deposit',
        [
          `The original bytes of ${exhibited.length} files are enclosed. Each can be traced by its digest through statement, commitment, log entry and inclusion proof to the signed checkpoint of ${printedCount(context.checkpoint.size)} entries.`,
          'The package passed these checks before it was handed out; anybody can repeat them with cunzheng verify or verify.sh.',
        ],
        [
          'A check by somebody other than the party that files; the check before filing did not look at any chain.',
          ...(independent.length + stamps.length === 0
            ? [
                'A checkpoint fixed by an independent party: until it is handed out, its operator could rebuild log and chain as a whole.',
              ]
            : []),
        ],
      ),
      point(
        'Whether it was right before',
        ['What the source and the corroboration in part 1 show.'],
        [
          'A deposit shows nothing of the time before it.',
          ...(images.length > 0
            ? [`Originals of what is a picture only: ${sourceOf(context, images)}.`]
            : []),
        ],
      ),
      point(
        'Who could interfere',
        [
          `Disclosed: the depositor itself runs the log ${context.log.origin} and holds its key.`,
          'The log can only grow; the registry contract refuses a checkpoint that is not consistent with the one before; checking needs neither the service nor its word.',
        ],
        [
          'Protection against interference before the deposit. No audit or certificate of the system.',
        ],
      ),
    ],
  };
}

function completeness({ deposits, exhibited, orderly }: AdmissibilityFacts): Section {
  return {
    heading: '3.  Completeness',
    remark: '',
    points: [
      point(
        'Whether deposits were left out',
        [
          `The completeness proof shows that this evidence number has ${deposits} deposits as of the checkpoint. ${exhibited.length} are exhibited; all are listed in proof/history.json.`,
          'Their numbers run without a gap.',
        ],
        ['What was never deposited does not show.'],
      ),
      point(
        'Whether the service ran in order',
        orderly ? ['The times of deposit follow the order of the numbers.'] : [],
        [
          'Records of operation and of clock synchronisation.',
          ...(orderly
            ? []
            : ['Some deposits are dated before the one they follow: the clock was set back.']),
        ],
      ),
    ],
  };
}

function time(facts: AdmissibilityFacts): Section {
  const { late, lateDays, longestDelay, independent, own, stamps, exhibited, afterDefault } = facts;
  return {
    heading: '4.  Time',
    remark: '',
    points: [
      point(
        'When the event was',
        [
          `Stated for each file; ${exhibited.length - late.length || 'none'} were deposited within the limit of their kind (${lateDays} days).`,
        ],
        [
          'Proof of the time of the event other than the word of the depositor.',
          ...(late.length > 0
            ? [
                `Deposited later than the limit of their kind (${longestDelay} days at most): ${exhibitsOf(facts, late, 'every exhibit')}. Late is not false, but the log shows nothing of the time before.`,
              ]
            : []),
          ...(afterDefault.length > 0
            ? [
                `${afterDefault.length} speak of a time before the default and were deposited after it.`,
              ]
            : []),
        ],
      ),
      point(
        'No later than when the deposit existed',
        [
          ...(independent.length > 0
            ? [
                `Fixed by a network that the depositor does not control: ${anchorList(independent)}.`,
              ]
            : []),
          ...(own.length > 0
            ? [`Recorded on a chain that the depositor runs: ${anchorList(own)}.`]
            : []),
          ...(stamps.length > 0
            ? [
                `Stamped by an authority that the depositor does not run: ${stampList(stamps, false)}.`,
              ]
            : []),
        ],
        [
          ...(independent.length + stamps.length === 0
            ? [
                "An independent time: the clocks of the service and of its chain are the depositor's own.",
              ]
            : []),
          ...(own.length + independent.length === 0 ? ['The checkpoint is on no chain.'] : []),
          ...(stamps.length === 0 ? ['A time-stamp of a third party.'] : []),
        ],
      ),
    ],
  };
}

function signing(facts: AdmissibilityFacts): Section {
  const { context, signatures } = facts;
  const record = sourceOf(
    context,
    signatures.map(({ seq }) => seq),
  );
  const faces = marksOfKind(context, 'face-check').join(', ');
  const same = signatures.filter(({ digestOf }) => digestOf.length > 0);
  return {
    heading: '5.  Electronic signature',
    remark: '',
    points: [
      point(
        'Whether the borrower signed',
        [
          ...(record === '' ? [] : [`Record of the signature: ${record}.`]),
          ...(faces === '' ? [] : [`Face and liveness check: ${faces}.`]),
        ],
        [
          ...(record === '' ? ['A record of the signature.'] : []),
          'A statement of the certification authority, and its check of identity when the certificate was issued.',
        ],
      ),
      point(
        'Whether what was signed is what is filed',
        [
          ...same.map(
            ({ seq, digestOf }) =>
              `The digest in ${sourceOf(context, [seq])} agrees with ${sourceOf(context, digestOf)}.`,
          ),
          ...signatureLines(facts, 'valid'),
        ],
        [
          ...(same.length === 0 ? ['A record that states the digest of the agreement filed.'] : []),
          ...signatureLines(facts, 'other'),
          ...(facts.checked.length === 0
            ? ['A check of the signatures inside the agreement.']
            : ['Whether a certificate had been revoked was not looked up.']),
        ],
      ),
    ],
  };
}
