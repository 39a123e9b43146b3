import {
  AUDIT_CHECK_TEXTS,
  AUDIT_NOT_CHECKED_TEXTS,
  AUDIT_REASON_TEXTS,
} from './audit-messages.ts';
import type { CheckId, NotChecked, Reason, StampedTime, StatedErasure, Verdict } from './report.ts';

/** Languages that reports are written in. */
export type Language = 'zh' | 'en';

type Texts<K extends string> = Record<K, Record<Language, string>>;

export const VERDICT_TEXTS: Texts<Verdict> = {
  passed: { zh: '通过', en: 'PASSED' },
  failed: { zh: '不通过', en: 'FAILED' },
  indeterminate: { zh: '无法判定', en: 'INDETERMINATE' },
};

/** What the verdict means, in one sentence that a lawyer can quote. */
export const VERDICT_MEANING: Texts<Verdict> = {
  passed: {
    zh: '所检查的内容与存证时一致，签名和证明全部成立。',
    en: 'What was checked is what was deposited; all signatures and proofs hold.',
  },
  failed: {
    zh: '至少一项检查不成立：材料被改动、缺失，或证明不属于它。不得采信为原样。',
    en: 'At least one check does not hold: something was changed or is missing, or a proof belongs to something else. Do not rely on it.',
  },
  indeterminate: {
    zh: '材料自身一致，但有检查缺少依据（例如未指定信任的密钥），不能得出结论。',
    en: 'The material is consistent with itself, but a check lacks a basis (such as a key you have named), so there is no conclusion.',
  },
};

export const CHECK_TEXTS: Texts<CheckId> = {
  'proof.form': { zh: '证明文件的格式', en: 'form of the proof' },
  'file.digest': { zh: '文件与存证时的摘要一致', en: 'file has the deposited digest' },
  'statement.commitment': {
    zh: '存证说明与日志中的承诺一致',
    en: 'statement is what the log entry commits to',
  },
  'statement.loan': { zh: '条目属于该存证编号', en: 'entry belongs to this evidence number' },
  'log.inclusion': { zh: '条目在日志中', en: 'entry is in the log' },
  'checkpoint.signature': {
    zh: '检查点由指定的日志密钥签名',
    en: 'checkpoint is signed by a log key you named',
  },
  'checkpoint.link': {
    zh: '后来的检查点包含本检查点',
    en: 'a later head of the log begins with this checkpoint',
  },
  'checkpoint.anchor': { zh: '检查点已登记在区块链上', en: 'checkpoint is recorded on the chain' },
  'checkpoint.timestamp': {
    zh: '检查点有您指定机构的时间戳',
    en: 'checkpoint has a time-stamp token of an authority you named',
  },
  'map.position': {
    zh: '贷款目录位于检查点末尾',
    en: 'loan map is the last entry of the checkpoint',
  },
  'map.value': {
    zh: '条目数量和末条与贷款目录一致（无遗漏）',
    en: 'number and last entry agree with the loan map (nothing left out)',
  },
  'history.entries': { zh: '条目首尾相接，无断裂', en: 'entries follow one another without a gap' },
  'history.tombstone': {
    zh: '删除记录是该贷款的最后一条',
    en: 'the record of the erasure is the loan’s last entry',
  },
  'history.statements': {
    zh: '每一条目的存证说明与其承诺一致',
    en: 'every entry opens to its statement',
  },
  'receipt.signature': {
    zh: '回执由指定的日志密钥签名',
    en: 'receipt is signed by a log key you named',
  },
  'receipt.kept': {
    zh: '回执所承诺的条目仍在历史中',
    en: 'the promised entry is still in the history',
  },
  'container.form': { zh: '案件包的容器格式', en: 'form of the package container' },
  'container.manifest': {
    zh: '清单列明每一文件及其摘要',
    en: 'manifest lists every file with its digest',
  },
  'container.sums': { zh: 'sha256sum 清单一致', en: 'sha256sum list agrees' },
  'container.signature': { zh: '案件包的签名', en: 'signature over the package' },
  'case.form': { zh: '案件说明文件的格式', en: 'form of the case file' },
  'case.documents': { zh: '案件所列文件齐全', en: 'every document of the case is there' },
  'bundle.signature': { zh: '合订本 PDF 的签名', en: 'signature of the bundle PDF' },
  'exhibit.proof': { zh: '证据原件及其证明', en: 'exhibit with its proof' },
  'exhibit.checkpoint': {
    zh: '证据与全案使用同一检查点',
    en: 'exhibit refers to the same checkpoint',
  },
  'claim.events': { zh: '计算所依据的存证事件均已提交', en: 'no event of the claim is held back' },
  'claim.calculation': { zh: '债权计算重算一致', en: 'claim recalculated with the same result' },
  ...AUDIT_CHECK_TEXTS,
};

export const REASON_TEXTS: Texts<Reason> = {
  OK: { zh: '成立', en: 'holds' },
  MALFORMED: { zh: '格式不正确，无法读取', en: 'malformed, cannot be read' },
  KIND_UNKNOWN: {
    zh: '种类未知：本核验程序的版本过旧',
    en: 'names a kind this copy of the verifier does not know: use a newer one',
  },
  OTHER_LOG: {
    zh: '与所比对的不是同一日志',
    en: 'is of another log than what it is held against',
  },
  OTHER_LOAN: { zh: '回执与证明属于不同的贷款', en: 'receipt and proof are of different loans' },
  FILE_CHANGED: { zh: '文件与存证时不同', en: 'the file is not the one that was deposited' },
  STATEMENT_NOT_COMMITTED: {
    zh: '存证说明与承诺不符',
    en: 'the statement is not what was committed to',
  },
  LOAN_MISMATCH: { zh: '属于另一笔贷款', en: 'belongs to another loan' },
  NOT_INCLUDED: { zh: '不在该日志中', en: 'is not in this log' },
  KEY_NOT_NAMED: {
    zh: '签名密钥不在您的信任策略中',
    en: 'signed by a key that your policy does not name',
  },
  SIGNATURE_WRONG: { zh: '签名无效', en: 'the signature is not valid' },
  NO_POLICY: {
    zh: '没有信任策略：请用 --policy 指定',
    en: 'no trust policy: name one with --policy',
  },
  NOT_ANCHORED: { zh: '尚未见到所要求的链上登记', en: 'not seen on the chains that are required' },
  ANCHOR_MISSING: { zh: '链上没有该检查点', en: 'the chain does not hold this checkpoint' },
  ANCHOR_NOT_REQUIRED: {
    zh: '该链上没有该检查点；您的信任策略不要求它',
    en: 'this chain does not hold it, and your policy does not ask that it does',
  },
  OTHER_REGISTRY: {
    zh: '登记在您的策略中另一区块链上（日志曾迁移）：请查询该链，或用 --consistency 提供一致性证明',
    en: 'recorded on another chain than the one asked, because the log moved: ask that one, or bring a consistency proof (--consistency)',
  },
  ANCHOR_DIFFERS: { zh: '链上登记与检查点不符', en: 'the chain holds something else' },
  REGISTRY_NOT_NAMED: {
    zh: '该合约不在您的信任策略中',
    en: 'your policy does not name this registry',
  },
  REGISTRY_DIFFERS: {
    zh: '合约代码与信任策略不符',
    en: 'the registry runs other code than your policy names',
  },
  NOT_TIMESTAMPED: {
    zh: '没有所要求的可信时间戳（未附，或其机构不在您的信任策略中）',
    en: 'lacks a time-stamp token that your policy requires (none is attached, or none of a named authority)',
  },
  TIMESTAMP_DIFFERS: {
    zh: '时间戳针对的是其他内容',
    en: 'the time-stamp token is over something else',
  },
  TIMESTAMP_REFUSED: {
    zh: '时间戳的签名或证书不成立',
    en: 'signature or certificate of the time-stamp token does not hold',
  },
  TIMESTAMP_REVOKED: {
    zh: '时间戳机构的证书已被吊销，其时间戳不可采信',
    en: 'the certificate of the time-stamping authority was revoked: its token is worth nothing',
  },
  TIMESTAMP_LAPSED: {
    zh: '时间戳机构的证书已到期，且未在到期前续加时间戳',
    en: 'the authority’s certificate has ended and the token was not renewed before',
  },
  TIMESTAMP_NOT_NAMED: {
    zh: '时间戳机构的根证书不在您的信任策略中',
    en: 'your policy does not name the root of this time-stamping authority',
  },
  TIMESTAMP_OPEN: {
    zh: '时间戳无法判定',
    en: 'the time-stamp token could not be judged',
  },
  MAP_MISPLACED: { zh: '贷款目录不在应有的位置', en: 'the loan map is not where it must be' },
  MAP_DIFFERS: { zh: '贷款目录不符', en: 'the loan map differs' },
  ENTRIES_INCOMPLETE: { zh: '条目有遗漏或多出', en: 'entries are missing or too many' },
  ENTRIES_BROKEN: { zh: '条目顺序断裂', en: 'the chain of entries is broken' },
  CHECKPOINT_DIFFERS: { zh: '使用了不同的检查点', en: 'refers to another checkpoint' },
  OMISSION_PROVEN: {
    zh: '已证明遗漏：签名承诺的条目不在该贷款的完整历史中',
    en: 'OMISSION PROVEN: an entry that the log key promised is not in the loan’s complete history',
  },
  CHECKPOINT_TOO_OLD: {
    zh: '检查点早于该条目，请索取更新的证明',
    en: 'the checkpoint is older than the entry: ask for a newer proof',
  },
  CONTAINER_REFUSED: { zh: '不是完好的案件包', en: 'not an intact case package' },
  FILE_MISSING: { zh: '缺少文件', en: 'a file is missing' },
  FILE_UNKNOWN: { zh: '有未列入清单的文件', en: 'a file is not on the list' },
  NAMED_TWICE: { zh: '重复列出', en: 'is named twice' },
  DIGEST_DIFFERS: { zh: '摘要不符', en: 'the digest differs' },
  SIGNER_NOT_NAMED: {
    zh: '签名人的根证书不在您的信任策略中',
    en: 'your policy does not name the root of the signer',
  },
  SIGNER_REFUSED: { zh: '签名或证书不成立', en: 'signature or certificate does not hold' },
  SIGNATURE_MISSING: { zh: '没有签名', en: 'there is no signature' },
  EXHIBIT_DIFFERS: {
    zh: '不是该贷款历史中的这一条',
    en: 'is not this entry of the loan’s history',
  },
  EVENTS_OMITTED: { zh: '有存证事件未提交', en: 'deposited events are held back' },
  EVENT_UNREADABLE: {
    zh: '不是可读取的记录，未计入重算',
    en: 'is no readable record and was not counted in the recalculation',
  },
  CALCULATION_DIFFERS: { zh: '重算结果不同', en: 'the recalculation gives another result' },
  CALCULATION_MISSING: { zh: '缺少计算数据', en: 'the calculation is missing' },
  ...AUDIT_REASON_TEXTS,
};

export const NOT_CHECKED_TEXTS: Texts<NotChecked> = {
  CHAIN: {
    zh: '未查询区块链：检查点是否已登记在链上未核对（可加 --rpc 查询）',
    en: 'the chain was not asked: whether the checkpoint is recorded there is open (use --rpc)',
  },
  TIME_SOURCE: { zh: '时间来源的可靠性', en: 'how reliable the sources of time are' },
  TRUTH_OF_CONTENT: {
    zh: '内容在存证之前是否真实',
    en: 'whether the content was true before it was deposited',
  },
  EVENTS_NEVER_DEPOSITED: {
    zh: '是否有事件从未存证：完整性证明只说明已存证的没有遗漏',
    en: 'events that were never deposited: completeness only says that nothing deposited was left out',
  },
  COMPLETENESS: {
    zh: '该贷款是否还有其他存证（需要完整性证明）',
    en: 'whether the loan has further deposits (needs a completeness proof)',
  },
  REVOCATION: { zh: '签名证书是否已被吊销', en: 'whether a signing certificate was revoked' },
  LATER_ENTRIES: { zh: '检查点之后的存证', en: 'deposits after the checkpoint' },
  SM3: {
    zh: 'SM3 摘要（已核对 SHA-256 和 SHA-512）',
    en: 'the SM3 digest (SHA-256 and SHA-512 were compared)',
  },
  ORIGINAL: {
    zh: '原件：只核对了证明，没有与任何文件比对',
    en: 'the original: the proof alone was checked, and compared with no file',
  },
  SIGNER_IDENTITY: {
    zh: '签名人是否有权代表原告：只确认其证书出自您信任的根证书，请核对所示签名人',
    en: 'whether the signer may act for the plaintiff: only that a root you named vouches for the name; read it',
  },
  BUNDLE_PAGES: {
    zh: '合订本各页是否与证据原件和文书一致：以案件包中的原件为准',
    en: 'whether the bundle’s pages show the originals and documents in the package: the originals count',
  },
  DOCUMENTS: {
    zh: '起诉状、计算书等文书和证据名称所写的事实和金额：重算的是 proof/calculation.json，请与文书核对',
    en: 'what complaint, calculation, other documents and titles of exhibits say: recalculated was proof/calculation.json, compare their figures with it',
  },
  DEPOSITS_NOT_SHOWN: {
    zh: '已存证但未作为证据提交的材料的内容（清单见“事实”）',
    en: 'contents of deposits that are not among the exhibits (listed under facts)',
  },
  ...AUDIT_NOT_CHECKED_TEXTS,
  TIMESTAMPS: {
    zh: '时间戳：所附时间戳中有的未能采信（机构不在您的信任策略中，或无法判定），其时间不计',
    en: 'time-stamp tokens of authorities that your policy does not name, or that could not be judged: their times do not count',
  },
  TSA_REVOCATION: {
    zh: '时间戳机构的证书是否已被吊销：未附有效的吊销列表',
    en: 'whether the certificate of the time-stamping authority was revoked: no current list is attached',
  },
  TRUST: {
    zh: '签名密钥属于谁：材料自称的身份未经您的信任策略确认',
    en: 'whose keys these are: your policy does not confirm what the material says of itself',
  },
};

/** That a loan was erased, as one line. */
export function erasureWords({ at, ground }: StatedErasure): Record<Language, string> {
  return {
    zh: `该贷款的存证内容已于 ${at} 删除，依据：${ground}`,
    en: `erased on ${at} on the ground: ${ground}`,
  };
}

/** What a time-stamp token's time is worth to the verifier. */
export const STAMP_WORTH_TEXTS: Texts<StampedTime['worth']> = {
  independent: {
    zh: '您所信任的机构的陈述：检查点及其所含存证不晚于此时已存在',
    en: 'by the word of an authority you named: the checkpoint and every deposit in it existed by then',
  },
  none: {
    zh: '该机构由存证方自行运行，其时间对他人无证明力',
    en: 'run by the depositor: its time proves nothing to others',
  },
  open: {
    zh: '未采信：机构不在您的信任策略中，或无法判定',
    en: 'not counted: your policy does not name the authority, or it could not be judged',
  },
};
