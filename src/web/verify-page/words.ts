import type { Language } from '../../verify/messages.ts';

type Words = Record<Language, string>;

/** Every word of the page that is not already in `src/verify/messages.ts`. */
export const WORDS = {
  title: { zh: '存证核验', en: 'Evidence verification' },
  lead: {
    zh: '检查案件包或证据文件是否与存证时一致。全部在本机完成，不联网，不上传。',
    en: 'Checks whether a case package or a file is what was deposited. Everything happens on this computer: nothing is uploaded, no network is used.',
  },
  caution: {
    zh: '本页随案件包一同交来，仅供方便核对：能改动案件包的人，也能改动本页。法院应使用自己保存的核验程序。',
    en: 'This page came inside a case package and is a convenience: whoever can alter the package can alter this page too. A court uses its own copy of the verifier.',
  },
  materialHeading: { zh: '要核验的材料', en: 'What is to be verified' },
  materialHint: {
    zh: '案件包 .zip；或原件连同其证明文件 .json；或存证回执、完整性证明 .json。可一次放入多份。',
    en: 'A case package (.zip); or an original file together with its proof (.json); or a receipt or completeness proof (.json). Several at once are fine.',
  },
  dropHere: { zh: '把文件拖到这里，或', en: 'Drop files here, or' },
  choose: { zh: '选择文件…', en: 'Choose files…' },
  policyHeading: { zh: '您信任谁', en: 'Whom you trust' },
  policyHint: {
    zh: '信任策略 policy.json。必须从本案件包以外的途径取得，例如提交人的官方网站、法院备案或当面交付。不要使用与案件包一起收到的。',
    en: 'The trust policy, policy.json. It must reach you by another way than this package: the lender’s official website, the court’s register, handed over in person. Never use one that came along with the package.',
  },
  policyDrop: { zh: '把 policy.json 拖到这里，或', en: 'Drop policy.json here, or' },
  policyChoose: { zh: '选择信任策略…', en: 'Choose policy…' },
  policyNone: {
    zh: '尚未提供。没有它，最多只能得出“无法判定”。',
    en: 'None yet. Without it, the verdict is at best “indeterminate”.',
  },
  policyRemove: { zh: '移除', en: 'Remove' },
  policyRefused: {
    zh: '这不是可用的信任策略，未采用：',
    en: 'This is not a usable trust policy and was not taken:',
  },
  policyNamed: { zh: '信任策略', en: 'Trust policy' },
  policyUncontrolled: {
    zh: '请与发布者另行核对其中的指纹',
    en: 'Compare its fingerprints with the publisher by another way',
  },
  policyOmitted: { zh: '未提供', en: 'none' },
  logKey: { zh: '日志密钥指纹', en: 'Log key fingerprint' },
  signingRoot: { zh: '签名根证书指纹（SHA-256）', en: 'Signing root fingerprint (SHA-256)' },
  fileDigest: { zh: '文件 SHA-256', en: 'File SHA-256' },
  reading: { zh: '正在读取', en: 'Reading' },
  checking: { zh: '正在核验', en: 'Verifying' },
  elapsed: { zh: '已用 {n} 秒', en: '{n} s so far' },
  stop: { zh: '停止', en: 'Stop' },
  failedToRun: {
    zh: '核验未能完成，没有得出任何结论：',
    en: 'The verification could not be completed; there is no verdict:',
  },
  tooLarge: {
    zh: '合计超过 1 GiB，浏览器可能内存不足。请使用命令行：cunzheng verify。',
    en: 'More than 1 GiB in total: the browser may run out of memory. Use the command line: cunzheng verify.',
  },
  nothingRead: { zh: '没有读到文件。', en: 'No file was read.' },
  results: { zh: '核验结论', en: 'Result' },
  verdict: { zh: '结论', en: 'Verdict' },
  several: {
    zh: '共 {all} 份：通过 {passed}，不通过 {failed}，无法判定 {indeterminate}，未核验 {none}',
    en: '{all} results: {passed} passed, {failed} failed, {indeterminate} indeterminate, {none} not verified',
  },
  notVerified: { zh: '未核验', en: 'NOT VERIFIED' },
  noProof: {
    zh: '没有这个文件的证明文件，因此什么也没有核验。请把原件与其证明文件一起放入。',
    en: 'There is no proof for this file, so nothing was verified. Hand in the file together with its proof.',
  },
  strayPolicy: {
    zh: '这是一份信任策略，未被采用。如果它是与案件包一起收到的，请勿使用；如果另行取得，请放入“您信任谁”。',
    en: 'This is a trust policy and was not used. If it came along with the package, do not use it; if you got it by another way, put it under “Whom you trust”.',
  },
  counts: {
    zh: '{n} 项检查成立；另有 {m} 项不在检查范围内，',
    en: '{n} checks hold; {m} matters were not checked: ',
  },
  countsFailed: {
    zh: '{n} 项检查不成立；另有 {m} 项不在检查范围内，',
    en: '{n} checks do not hold; {m} matters were not checked: ',
  },
  countsOpen: {
    zh: '{n} 项检查缺少依据；另有 {m} 项不在检查范围内，',
    en: '{n} checks lack a basis; {m} matters were not checked: ',
  },
  seeNotChecked: { zh: '见下文“未检查”', en: 'see “Not checked” below' },
  facts: { zh: '事实', en: 'Facts' },
  factsUnconfirmed: {
    zh: '材料自称的内容（未经确认）',
    en: 'What the material says of itself (not confirmed)',
  },
  checks: { zh: '检查', en: 'Checks' },
  held: { zh: '{n}/{m} 成立', en: '{n} of {m} hold' },
  notChecked: { zh: '未检查（结论不包括）', en: 'Not checked (the verdict does not cover this)' },
  originalMissing: {
    zh: '原件：没有交来原件，只核验了证明文件本身；本结论不涉及任何文件的内容',
    en: 'the original: only the proof was handed in, so the verdict says nothing about any file',
  },
  receiptAlone: {
    zh: '原件：回执不核对任何文件的内容',
    en: 'the original: a receipt does not compare any file',
  },
  timeStamp: { zh: '时间戳', en: 'Time stamp' },
  chainOpen: {
    zh: '区块链：本页不联网，检查点是否已登记在链上未核对；可用 cunzheng verify --rpc 查询',
    en: 'the chain: this page uses no network, so whether the checkpoint is recorded there is open; cunzheng verify --rpc asks your own node',
  },
  failing: { zh: '不成立的检查：', en: 'What does not hold:' },
  more: { zh: '……另有 {n} 项，见下文', en: '… and {n} more, see below' },
  lookUp: {
    zh: '在合约中查询 anchorOf(日志编号, 根)：',
    en: 'Ask the registry for anchorOf(log id, root):',
  },
  noPolicyReason: {
    zh: '尚未提供信任策略（见“您信任谁”）',
    en: 'no trust policy was given (see “Whom you trust”)',
  },
  adviceHeading: { zh: '怎样得出结论', en: 'How to reach a verdict' },
  adviceNoPolicy: {
    zh: '请从本案件包以外的途径取得提交人公布的 policy.json，放入“您信任谁”，并与对方核对下列指纹。仅凭案件包自带的信息不能确认是谁签名。',
    en: 'Get the policy.json that the lender publishes by another way than this package, put it under “Whom you trust”, and compare the fingerprints below with the lender. What a package says of itself cannot confirm who signed it.',
  },
  adviceOther: {
    zh: '您的信任策略没有列出下列签名者。只有在另行核实确属对方之后，才可以把它加入您的信任策略。',
    en: 'Your policy does not name these signers. Add them only after you have confirmed by another way that they are who they claim to be.',
  },
  adviceLines: {
    zh: '核实之后，写入您自己的 policy.json 的内容',
    en: 'Once confirmed: what goes into a policy.json of your own',
  },
  keyName: { zh: '日志名称与密钥编号', en: 'Log name and key id' },
  vkey: { zh: '日志公钥', en: 'Log public key' },
  print: { zh: '打印核验记录', en: 'Print this record' },
  record: { zh: '核验记录', en: 'Record of verification' },
  checkedAt: { zh: '核验时间（本机时钟）', en: 'Verified at (this computer’s clock)' },
  program: { zh: '核验程序', en: 'Program' },
  programText: {
    zh: 'verify.html，脚本 SHA-256',
    en: 'verify.html, script SHA-256',
  },
  materials: { zh: '核验对象', en: 'Material' },
  signature: { zh: '核验人（签名）', en: 'Verified by (signature)' },
  date: { zh: '日期', en: 'Date' },
  tooOld: {
    zh: '这个浏览器版本过旧，不能可靠地核验，因此不作任何结论。请使用较新的 Chrome、Edge、Firefox 或 Safari。',
    en: 'This browser is too old to verify reliably, so no verdict is given. Use a recent Chrome, Edge, Firefox or Safari.',
  },
  language: { zh: '语言', en: 'Language' },
  bytes: { zh: '字节', en: 'bytes' },
} satisfies Record<string, Words>;

/** Fills `{name}` places of a text. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The parts that checks fall into, by the first word of a check's name. */
export const CHECK_GROUPS: { prefixes: string[]; name: Words }[] = [
  {
    prefixes: ['container', 'case', 'bundle'],
    name: { zh: '案件包与签名', en: 'Package and signatures' },
  },
  {
    prefixes: ['file', 'statement', 'exhibit'],
    name: { zh: '原件与存证说明', en: 'Originals and statements' },
  },
  {
    prefixes: ['proof', 'log', 'checkpoint', 'receipt'],
    name: { zh: '日志、签名与登记', en: 'Log, its signature and record' },
  },
  { prefixes: ['map', 'history'], name: { zh: '有无遗漏', en: 'Nothing left out' } },
  { prefixes: ['claim'], name: { zh: '债权计算', en: 'Calculation of the claim' } },
];

export const OTHER_CHECKS: Words = { zh: '其他', en: 'Other' };

/** Names of facts, in the order in which they are shown. */
export const FACT_WORDS: Record<string, Words> = {
  evidenceNo: { zh: '存证编号', en: 'Evidence number' },
  title: { zh: '名称', en: 'Title' },
  kind: { zh: '种类', en: 'Kind' },
  occurredAt: { zh: '发生时间（存证人陈述）', en: 'Occurred (the depositor’s word)' },
  receivedAt: { zh: '接收时间（存证服务的时钟）', en: 'Received (the service’s clock)' },
  claimTotal: { zh: '请求金额', en: 'Amount claimed' },
  cutOff: { zh: '计算截止日', en: 'Calculated up to' },
  exhibits: { zh: '证据数', en: 'Exhibits' },
  notShown: { zh: '已存证但未提交', en: 'Deposited, not among the exhibits' },
  entries: { zh: '该贷款的存证数', en: 'Deposits of the loan' },
  signer: { zh: '签名人', en: 'Signer' },
  signerRoot: { zh: '签名根证书指纹', en: 'Signing root fingerprint' },
  logOrigin: { zh: '日志', en: 'Log' },
  logKeyFingerprint: { zh: '日志密钥指纹', en: 'Log key fingerprint' },
  leafIndex: { zh: '日志序号', en: 'Log index' },
  checkpointSize: { zh: '检查点（条目数）', en: 'Checkpoint (entries)' },
};

/** What was handed in, for the heading of a result. */
export const FORM_WORDS: Record<'package' | 'proof' | 'receipt' | 'completeness' | 'none', Words> =
  {
    package: { zh: '案件包', en: 'Case package' },
    proof: { zh: '文件与证明', en: 'File with proof' },
    receipt: { zh: '存证回执', en: 'Receipt' },
    completeness: { zh: '完整性证明', en: 'Proof of completeness' },
    none: { zh: '文件', en: 'File' },
  };
