import { KINDS, type Kind } from '../../formats/taxonomy.ts';
import type { MatterArtifact } from '../matter/matter.ts';
import type { Jurisdiction } from '../ports.ts';
import type { PlannedExhibit } from './case-context.ts';

/**
 * In which order a court reads the story: who, on what terms, paid out, repaid, warned. Kinds that
 * are not listed follow in the order of the taxonomy.
 */
const READING_ORDER: Kind[] = [
  'contract',
  'contract-terms',
  'reading-record',
  'signature-record',
  'signing-certificate',
  'identity',
  'identity-document',
  'identity-verification',
  'face-check',
  'application',
  'credit-authorisation',
  'consent',
  'cost-disclosure',
  'credit-decision',
  'decision-review',
  'credit-report',
  'income-evidence',
  'service-address',
  'guarantee',
  'disbursement',
  'disbursement-voucher',
  'repayment-schedule',
  'standing-order',
  'repayment',
  'repayment-voucher',
  'deduction-failed',
  'rate-change',
  'extension',
  'notice',
  'demand',
  'call-recording',
  'delivery',
  'debt-acknowledgement',
  'acceleration',
  'cost',
  'cost-voucher',
];

/** Kinds that stay out: they are the lender's own book-keeping or the record of earlier filings. */
const NOT_EXHIBITED = new Set<Kind>([
  'account-movement',
  'ledger-status',
  'calculation',
  'court-receipt',
  'disclosed',
  'exported',
  'submitted',
  'signature-check',
  'hold-placed',
  'hold-released',
  'erased',
]);

/** Identity papers go into the court's slot for parties, all else under evidence. */
const PARTY_KINDS = new Set<Kind>(['identity', 'identity-document']);

const EXTENSIONS: Record<string, string> = {
  'application/pdf': 'pdf',
  'application/json': 'json',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/tiff': 'tif',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'message/rfc822': 'eml',
  'application/zip': 'zip',
  'audio/mpeg': 'mp3',
  'video/mp4': 'mp4',
};

/**
 * What several records of a kind are called together. The kind's own name may be that of a paper:
 * records of demands hold calls and deliveries, not letters.
 */
const GROUPS: Partial<Record<Kind, Record<Jurisdiction, string>>> = {
  identity: { cn: '当事人身份信息', en: 'Identity of the parties' },
  'face-check': { cn: '人脸识别与活体检测记录', en: 'Face and liveness checks' },
  consent: { cn: '个人信息处理同意记录', en: 'Consents to processing' },
  account: { cn: '账户信息', en: 'Account records' },
  'signature-record': { cn: '电子签名验证记录', en: 'Records of electronic signatures' },
  disbursement: { cn: '放款记录', en: 'Disbursements' },
  'repayment-schedule': { cn: '还款计划表', en: 'Repayment schedules' },
  'standing-order': { cn: '代扣协议', en: 'Standing orders' },
  repayment: { cn: '还款记录', en: 'Repayments' },
  'deduction-failed': { cn: '扣款失败记录', en: 'Failed deductions' },
  'rate-change': { cn: '利率调整记录', en: 'Rate changes' },
  extension: { cn: '展期记录', en: 'Extensions' },
  notice: { cn: '逾期通知记录', en: 'Notices of arrears' },
  demand: { cn: '催收记录', en: 'Demands for payment' },
  acceleration: { cn: '提前到期通知记录', en: 'Notices of acceleration' },
  'reading-record': { cn: '合同展示与阅读记录', en: 'Records of display and reading' },
  delivery: { cn: '送达记录', en: 'Proofs of delivery' },
  complaint: { cn: '借款人投诉记录', en: 'Complaints of the borrower' },
  objection: { cn: '借款人异议记录', en: 'Objections of the borrower' },
  cost: { cn: '实现债权费用', en: 'Costs of enforcing the claim' },
};

const SLOTS = {
  cn: { party: '02_主体身份', evidence: '04_证据', mark: (no: number) => `证据${no}` },
  en: { party: '02_parties', evidence: '04_exhibits', mark: (no: number) => `Exhibit ${no}` },
} as const;

function rank(kind: Kind): number {
  const at = READING_ORDER.indexOf(kind);
  return at >= 0 ? at : READING_ORDER.length + Object.keys(KINDS).indexOf(kind);
}

/** Safe in every file system, and free of personal data: built from kind and number, not from names. */
function fileName(
  jurisdiction: Jurisdiction,
  no: number,
  { seq, statement }: MatterArtifact,
): string {
  const { kind, file } = statement;
  const extension = EXTENSIONS[file.mediaType] ?? 'bin';
  const label = jurisdiction === 'cn' ? KINDS[kind].zh : kind;
  const number = String(no).padStart(2, '0');
  return `${number}_${label}_${String(seq).padStart(4, '0')}.${extension}`;
}

/**
 * Groups the artifacts of a loan into numbered exhibits: each document by itself, records of one
 * kind together. Every kind that a claim is calculated from is exhibited.
 * @param read the original bytes of an artifact
 */
export async function planExhibits(
  jurisdiction: Jurisdiction,
  artifacts: MatterArtifact[],
  read: (artifact: MatterArtifact) => Promise<Uint8Array>,
): Promise<PlannedExhibit[]> {
  const shown = artifacts.filter(({ statement }) => !NOT_EXHIBITED.has(statement.kind));
  const groups = new Map<string, MatterArtifact[]>();
  for (const artifact of shown) {
    const { kind } = artifact.statement;
    const key = artifact.record === undefined ? `${kind} ${artifact.seq}` : kind;
    groups.set(key, [...(groups.get(key) ?? []), artifact]);
  }
  const ordered = [...groups.values()].sort(
    ([a], [b]) =>
      rank((a as MatterArtifact).statement.kind) - rank((b as MatterArtifact).statement.kind) ||
      (a as MatterArtifact).seq - (b as MatterArtifact).seq,
  );
  const slots = SLOTS[jurisdiction];
  const out: PlannedExhibit[] = [];
  for (const group of ordered) {
    const no = out.length + 1;
    const files = [];
    for (const artifact of group) {
      const slot = PARTY_KINDS.has(artifact.statement.kind) ? slots.party : slots.evidence;
      const proof = `proof/entries/${String(artifact.seq).padStart(4, '0')}.json`;
      const path = `${slot}/${fileName(jurisdiction, no, artifact)}`;
      files.push({ artifact, path, proof, bytes: await read(artifact) });
    }
    out.push({ no, mark: slots.mark(no), title: titleOf(jurisdiction, group), files });
  }
  return out;
}

function titleOf(jurisdiction: Jurisdiction, [first, ...rest]: MatterArtifact[]): string {
  if (first === undefined) return '';
  const { kind, title } = first.statement;
  const plain = jurisdiction === 'cn' ? KINDS[kind].zh : KINDS[kind].en;
  if (rest.length === 0) return title === KINDS[kind].zh ? plain : title;
  const name = GROUPS[kind]?.[jurisdiction] ?? plain;
  return jurisdiction === 'cn'
    ? `${name}（共${rest.length + 1}件）`
    : `${name} (${rest.length + 1} records)`;
}
