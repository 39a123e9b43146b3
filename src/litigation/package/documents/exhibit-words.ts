import type { Kind } from '../../../formats/taxonomy.ts';

/** What an exhibit of each kind proves, as the index tells the court (证据规定 Art. 19). */
export const PROVES: Record<Kind, { cn: string; en: string }> = {
  application: {
    cn: '借款人主动申请借款及申请的金额、用途',
    en: 'That the borrower asked for the loan, how much and what for',
  },
  identity: {
    cn: '被告的身份信息，其为适格被告',
    en: 'Who the defendant is',
  },
  'identity-document': {
    cn: '被告的身份及身份证件，与身份信息相互印证',
    en: 'The identity of the defendant, confirming the identity record',
  },
  'face-check': {
    cn: '申请、签约系被告本人操作',
    en: 'That the defendant in person applied and signed',
  },
  consent: {
    cn: '借款人同意处理其个人信息',
    en: 'That the borrower consented to the processing of personal data',
  },
  'credit-authorisation': {
    cn: '借款人书面授权查询征信',
    en: 'That the borrower authorised the credit inquiry',
  },
  'credit-decision': {
    cn: '原告审批授信及其额度、利率',
    en: 'That credit was granted, the limit and the rate',
  },
  'cost-disclosure': {
    cn: '已向借款人明示综合融资成本并经其确认',
    en: 'That the total cost was shown to the borrower and confirmed',
  },
  account: {
    cn: '借款人的收款、还款账户',
    en: 'The account of the borrower',
  },
  contract: {
    cn: '借款合同成立及其内容：借款金额、利率、期限、还款方式、违约责任、管辖与送达约定',
    en: 'That the loan was agreed, and its terms',
  },
  'contract-terms': {
    cn: '借款合同的要素，作为债权计算的依据',
    en: 'The terms of the loan on which the claim is calculated',
  },
  'signature-record': {
    cn: '合同由被告以可靠的电子签名签署，签署后未被改动',
    en: 'That the agreement was signed electronically by the defendant',
  },
  guarantee: {
    cn: '担保关系及担保范围',
    en: 'That the debt is guaranteed, and to what extent',
  },
  'service-address': {
    cn: '被告确认的送达地址及同意电子送达',
    en: 'The address for service that was agreed',
  },
  disbursement: {
    cn: '原告已按约发放借款：日期、金额、流水',
    en: 'That the loan was paid out: day, amount, transfer',
  },
  'disbursement-voucher': {
    cn: '放款凭证，与放款记录相互印证',
    en: 'The transfer of the loan, confirming the disbursement record',
  },
  'repayment-schedule': {
    cn: '各期应还日期和金额',
    en: 'When each instalment fell due and how much it was',
  },
  'standing-order': {
    cn: '借款人授权从其账户扣款还款及约定的扣款金额',
    en: 'How repayment by standing order was arranged, and in what amount',
  },
  repayment: {
    cn: '被告已还款的日期和金额，均已在计算中扣除',
    en: 'When and how much was repaid; every payment is credited in the account',
  },
  'deduction-failed': {
    cn: '扣款未成功，被告未按期还款',
    en: 'That collection failed and the instalment was not paid',
  },
  'rate-change': { cn: '利率调整的日期和幅度', en: 'From when which rate applied' },
  extension: { cn: '借款展期及其条件', en: 'That the loan was extended, and how' },
  'account-movement': { cn: '账户流水', en: 'Movements of the account' },
  'ledger-status': {
    cn: '贷款人台账记载的状态，供比对',
    en: "The status in the lender's books, for comparison",
  },
  notice: { cn: '已告知被告逾期情况', en: 'That the defendant was told of the arrears' },
  demand: {
    cn: '已向被告催收；诉讼时效中断',
    en: 'That payment was demanded',
  },
  acceleration: {
    cn: '已通知被告借款提前到期及通知送达',
    en: 'That the whole loan was called, and that notice was delivered',
  },
  settlement: { cn: '和解的内容', en: 'What was settled' },
  assignment: { cn: '债权转让及通知债务人', en: 'That the debt was assigned and notice given' },
  objection: { cn: '借款人提出的异议，一并如实提交', en: 'What the borrower objected, disclosed' },
  calculation: { cn: '债权的计算', en: 'How the claim was calculated' },
  other: { cn: '与本案有关的其他事实', en: 'Other facts of the case' },
  'court-receipt': { cn: '法院收件情况', en: 'What the court received' },
  'court-document': { cn: '法院文书的内容', en: 'What the court wrote' },
  disclosed: { cn: '存证内容的披露情况', en: 'To whom evidence was disclosed' },
  exported: { cn: '存证内容的导出情况', en: 'What evidence was exported' },
  submitted: { cn: '存证内容的提交情况', en: 'What was filed' },
  'identity-verification': {
    cn: '借款人身份信息经联网核查一致',
    en: 'That the identity was verified against the register',
  },
  'credit-report': {
    cn: '授信时借款人的信用状况',
    en: 'The credit standing of the borrower at the time',
  },
  'income-evidence': {
    cn: '借款人申请时提供的收入、资产情况',
    en: 'The income and assets that the borrower showed',
  },
  'decision-review': {
    cn: '授信决定经人工复核及其结果',
    en: 'That a person reviewed the credit decision, and the outcome',
  },
  'reading-record': {
    cn: '合同内容已向借款人展示，借款人阅读后确认',
    en: 'That the agreement was shown to the borrower and read',
  },
  'signing-certificate': {
    cn: '签名所用数字证书及其申领时的身份核验',
    en: 'The certificate that signed, and how its holder was identified',
  },
  'repayment-voucher': {
    cn: '还款凭证，与还款记录相互印证',
    en: 'A repayment, confirming its record',
  },
  delivery: { cn: '通知、函件的送达情况', en: 'That a paper was delivered' },
  'call-recording': { cn: '通话内容，与催收记录相互印证', en: 'What was said on the telephone' },
  'debt-acknowledgement': {
    cn: '被告确认欠款；诉讼时效中断',
    en: 'That the defendant acknowledged the debt',
  },
  'assignment-notice': {
    cn: '债权转让已通知债务人',
    en: 'That the assignment was notified to the debtor',
  },
  complaint: {
    cn: '借款人的投诉及答复，一并如实提交',
    en: 'A complaint and its answer, disclosed',
  },
  cost: { cn: '原告为实现债权已发生的费用', en: 'The costs of enforcement incurred' },
  'cost-voucher': {
    cn: '费用凭证，与费用记录相互印证',
    en: 'The voucher of a cost, confirming its record',
  },
  'service-receipt': { cn: '法院文书的送达情况', en: 'That a paper of the court was served' },
  judgment: { cn: '裁判文书的内容', en: 'What the court decided' },
  mediation: { cn: '调解达成的内容', en: 'What was agreed in mediation' },
  'preservation-ruling': { cn: '财产保全的裁定', en: 'The order to preserve property' },
  'signature-check': {
    cn: '电子签名的核验结果',
    en: 'What the check of the electronic signatures found',
  },
  'hold-placed': { cn: '诉讼留存的登记情况', en: 'What was put under a legal hold' },
  'hold-released': { cn: '诉讼留存的解除情况', en: 'What legal hold was released' },
  erased: { cn: '存证内容的删除情况', en: 'What was erased' },
};

/** 证据种类 (民事诉讼法 Art. 66) by form: a record or a file born digital is electronic data. */
export function evidenceKind(isCn: boolean, mediaType: string): string {
  if (/^(audio|video)\//.test(mediaType)) return isCn ? '视听资料' : 'recording';
  if (mediaType.startsWith('image/')) return isCn ? '书证（影像）' : 'document (image)';
  if (mediaType === 'application/json') return isCn ? '电子数据' : 'electronic record';
  return isCn ? '电子数据' : 'electronic document';
}

/** 原件 or 复制件: whether the deposited bytes are the thing itself or a picture of it. */
export function evidenceForm(isCn: boolean, mediaType: string): string {
  if (mediaType.startsWith('image/')) return isCn ? '复制件（影像）' : 'copy (scan)';
  // 证据规定 Art. 15: data are filed in the original; prints that come directly from them count as it.
  return isCn ? '原件（电子）' : 'electronic original';
}
