/**
 * The published taxonomy of evidence kinds. A kind is part of the hashed statement, so a name
 * listed here never changes its meaning; new kinds are added at the end of their stage.
 * The artifacts follow the credit life cycle: 在线诉讼规则 Art. 18 asks for source, generation and
 * corroboration of each of them.
 */
export type Stage =
  | 'pre-loan'
  | 'contract'
  | 'in-loan'
  | 'post-loan'
  | 'court'
  | 'custody'
  | 'erasure';

/** `record`: a structured JSON record; `file`: a document as it came; `any`: either. */
export type KindForm = 'record' | 'file' | 'any';

export interface KindInfo {
  stage: Stage;
  form: KindForm;
  zh: string;
  en: string;
}

const kind = (stage: Stage, form: KindForm, zh: string, en: string): KindInfo => ({
  stage,
  form,
  zh,
  en,
});

export const KINDS = {
  application: kind('pre-loan', 'any', '借款申请', 'Loan application'),
  identity: kind('pre-loan', 'record', '借款人身份信息', 'Identity of the borrower'),
  'identity-document': kind('pre-loan', 'file', '身份证件影像', 'Image of the identity document'),
  'face-check': kind('pre-loan', 'any', '人脸识别与活体检测记录', 'Face and liveness check'),
  consent: kind('pre-loan', 'any', '个人信息处理单独同意', 'Consent to processing'),
  'credit-authorisation': kind('pre-loan', 'any', '征信查询授权书', 'Credit inquiry authorisation'),
  'credit-decision': kind('pre-loan', 'any', '授信审批决定', 'Credit decision'),
  'cost-disclosure': kind('pre-loan', 'any', '综合融资成本明示表', 'Statement of total cost'),
  account: kind('pre-loan', 'record', '账户信息', 'Account record'),
  'identity-verification': kind('pre-loan', 'record', '身份信息联网核查', 'Identity verification'),
  'credit-report': kind('pre-loan', 'file', '征信报告', 'Credit report'),
  'income-evidence': kind('pre-loan', 'file', '收入与资产证明', 'Proof of income'),
  'decision-review': kind(
    'pre-loan',
    'record',
    '授信决定人工复核',
    'Review of the credit decision',
  ),
  contract: kind('contract', 'file', '借款合同', 'Loan contract'),
  'contract-terms': kind('contract', 'record', '借款合同要素', 'Terms of the loan contract'),
  'signature-record': kind(
    'contract',
    'any',
    '电子签名验证记录',
    'Record of the electronic signature',
  ),
  guarantee: kind('contract', 'any', '担保合同', 'Guarantee'),
  'service-address': kind('contract', 'any', '送达地址确认', 'Agreed address for service'),
  'reading-record': kind(
    'contract',
    'record',
    '合同展示与阅读记录',
    'Record of display and reading',
  ),
  'signing-certificate': kind('contract', 'any', '签名数字证书', 'Certificate of the signatory'),
  disbursement: kind('in-loan', 'record', '放款记录', 'Disbursement'),
  'disbursement-voucher': kind('in-loan', 'file', '放款凭证', 'Disbursement voucher'),
  'repayment-schedule': kind('in-loan', 'any', '还款计划表', 'Repayment schedule'),
  'standing-order': kind('in-loan', 'record', '代扣协议', 'Standing order'),
  repayment: kind('in-loan', 'record', '还款记录', 'Repayment'),
  'deduction-failed': kind('in-loan', 'record', '扣款失败记录', 'Failed deduction'),
  'rate-change': kind('in-loan', 'record', '利率调整', 'Rate change'),
  extension: kind('in-loan', 'any', '展期', 'Extension'),
  'account-movement': kind('in-loan', 'record', '账户流水', 'Account movement'),
  'ledger-status': kind('in-loan', 'record', '贷款人台账状态', "Status in the lender's ledger"),
  'repayment-voucher': kind('in-loan', 'file', '还款凭证', 'Repayment voucher'),
  notice: kind('post-loan', 'any', '逾期通知', 'Notice of arrears'),
  demand: kind('post-loan', 'any', '催收函', 'Demand'),
  acceleration: kind('post-loan', 'any', '提前到期通知', 'Notice of acceleration'),
  settlement: kind('post-loan', 'any', '和解协议', 'Settlement'),
  assignment: kind('post-loan', 'any', '债权转让', 'Assignment'),
  objection: kind('post-loan', 'any', '借款人异议', 'Objection of the borrower'),
  calculation: kind('post-loan', 'record', '债权计算', 'Claim calculation'),
  other: kind('post-loan', 'any', '其他材料', 'Other material'),
  delivery: kind('post-loan', 'any', '送达证明', 'Proof of delivery'),
  'call-recording': kind('post-loan', 'file', '催收通话录音', 'Recording of a call'),
  'debt-acknowledgement': kind('post-loan', 'any', '欠款确认', 'Acknowledgement of the debt'),
  'assignment-notice': kind('post-loan', 'any', '债权转让通知', 'Notice of assignment'),
  complaint: kind('post-loan', 'any', '借款人投诉', 'Complaint of the borrower'),
  cost: kind('post-loan', 'record', '实现债权费用', 'Cost of enforcing the claim'),
  'cost-voucher': kind('post-loan', 'file', '费用凭证', 'Voucher of a cost'),
  'court-receipt': kind('court', 'record', '法院回执', 'Receipt of the court'),
  'court-document': kind('court', 'any', '法院文书', 'Court document'),
  'service-receipt': kind('court', 'any', '送达回证', 'Receipt of service'),
  judgment: kind('court', 'any', '裁判文书', 'Judgment'),
  mediation: kind('court', 'any', '调解书', 'Record of mediation'),
  'preservation-ruling': kind('court', 'any', '财产保全裁定', 'Preservation order'),
  disclosed: kind('custody', 'record', '披露记录', 'Disclosure'),
  exported: kind('custody', 'record', '出证记录', 'Export'),
  submitted: kind('custody', 'record', '提交记录', 'Submission'),
  'signature-check': kind('custody', 'record', '电子签名核验', 'Check of electronic signatures'),
  'hold-placed': kind('custody', 'record', '诉讼留存登记', 'Legal hold placed'),
  'hold-released': kind('custody', 'record', '诉讼留存解除', 'Legal hold released'),
  erased: kind('erasure', 'record', '删除记录', 'Erasure'),
} as const satisfies Record<string, KindInfo>;

export type Kind = keyof typeof KINDS;

/** Whether `name` is a published kind. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}
