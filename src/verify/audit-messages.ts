/* Words of checks that an auditor, or whoever asks as of a date, sees; part of `messages.ts`. */

export const AUDIT_CHECK_TEXTS = {
  'checkpoint.first': {
    zh: '检查点是所问时点或其后最先登记上链的',
    en: 'checkpoint is the first one anchored at or after the moment asked for',
  },
  'checkpoint.witness': {
    zh: '检查点由您指定的审计人副署',
    en: 'checkpoint is cosigned by an auditor you named',
  },
  'audit.entries': {
    zh: '全部条目可读取，每笔贷款的条目首尾相接',
    en: 'all entries read; those of each loan follow one another',
  },
  'audit.tiles': {
    zh: '公布的哈希文件与条目一致',
    en: 'published hash tiles are those of the entries',
  },
  'audit.map': {
    zh: '每个检查点的贷款目录与条目一致',
    en: 'loan map of every checkpoint is the one of the entries',
  },
  'audit.root': {
    zh: '签名的根哈希由全部条目重算得出',
    en: 'signed root recomputed from the entries',
  },
  'audit.prefix': {
    zh: '上次审计所见的日志是本次的开头部分（未被改写）',
    en: 'log seen at the last audit is the beginning of this one (nothing rewritten)',
  },
  'audit.anchors': {
    zh: '链上登记的每个检查点都在该日志中',
    en: 'every head that the chain holds is one of this log',
  },
} as const;

export const AUDIT_REASON_TEXTS = {
  ABSENCE_NOT_PROVEN: {
    zh: '称该贷款没有存证，但贷款目录不能证明',
    en: 'the loan is said to have no deposits, and the loan map does not show that',
  },
  BEFORE_DATE: {
    zh: '检查点早于所问时点，不能说明其后的存证',
    en: 'the checkpoint is from before the moment asked for and says nothing about what came up to it',
  },
  NOT_FIRST: {
    zh: '不是所问时点或其后最先登记的检查点：另有更早的',
    en: 'not the first one anchored at or after the moment asked for: there is an earlier one',
  },
  WITNESSES_MISSING: {
    zh: '副署的审计人少于您的信任策略所要求的',
    en: 'cosigned by fewer auditors than your policy asks for',
  },
  ENTRY_CHANGED: {
    zh: '条目与上次审计时不同：日志被改写',
    en: 'the entry is not the one seen at the last audit: the log was rewritten',
  },
  ENTRY_MALFORMED: { zh: '条目格式不正确', en: 'the entry is malformed' },
  ENTRY_UNLINKED: {
    zh: '条目未接续该贷款的上一条：有条目被删除、插入或调换',
    en: 'does not continue its loan: an entry was dropped, put in or moved',
  },
  MAP_WRONG: {
    zh: '贷款目录与其前的条目不符：目录是伪造的，或条目被改动',
    en: 'the loan map is not that of the entries before it: map or entries are false',
  },
  TILE_DIFFERS: {
    zh: '公布的哈希与条目不符',
    en: 'the published hashes are not those of the entries',
  },
  ROOT_DIFFERS: {
    zh: '条目重算的根哈希与签名的不同：条目不是签名时的那些',
    en: 'the entries give another root than the signed one: they are not the entries that were signed',
  },
  LAST_NOT_MAP: {
    zh: '检查点的最后一条不是贷款目录',
    en: 'the last entry of the checkpoint is not a loan map',
  },
  FORK_PROVEN: {
    zh: '已证明分叉：同一密钥签署了两份互相矛盾的历史',
    en: 'FORK PROVEN: one key signed two histories that contradict each other',
  },
  LOG_SHRANK: {
    zh: '日志比上次审计时短：已公布的条目被撤回或隐藏',
    en: 'the log is shorter than at the last audit: entries that were shown are withheld now',
  },
  NOT_DECIDABLE: {
    zh: '所示的哈希文件不足以判定',
    en: 'the tiles that are shown do not decide it',
  },
  ANCHOR_NOT_IN_LOG: {
    zh: '链上登记的根哈希不属于该日志：曾有另一份历史',
    en: 'the chain holds a head that this log never had: there was another history',
  },
  LOG_BEHIND_CHAIN: {
    zh: '链上登记的条目多于日志所示：其后的条目被隐藏或丢失',
    en: 'the chain knows a longer log than the one shown: later entries are withheld or lost',
  },
} as const;

export const AUDIT_NOT_CHECKED_TEXTS = {
  FIRST_ANCHORED: {
    zh: '检查点是否为所问时点或其后最先登记的（需用 --rpc 查询您自己的节点）',
    en: 'whether the checkpoint is the first one anchored at or after the moment asked for (use --rpc with a node of yours)',
  },
  STATEMENTS: {
    zh: '承诺背后的存证说明和内容：审计只见承诺，不见内容',
    en: 'statements and contents behind the commitments: an audit sees commitments only',
  },
  REST_OF_LOG: {
    zh: '日志的其余部分：审计在上述问题处停止',
    en: 'the rest of the log: the audit stopped at what is named above',
  },
  UNANCHORED_TAIL: {
    zh: '最后一次上链登记之后的条目：链尚不能为其作证',
    en: 'entries after the last anchored head: the chain does not vouch for them yet',
  },
} as const;
