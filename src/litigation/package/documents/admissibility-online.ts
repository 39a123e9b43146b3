import type { StatedAnchor } from '../case-context.ts';
import type { AdmissibilityData, AdmissibilityPoint } from '../filing-paper-data.ts';
import { type AdmissibilityFacts, chainOf, exhibitsOf, stampList } from './admissibility-facts.ts';
import { sourceOf } from './case-facts.ts';
import { printedCount, printedTime } from './printed-values.ts';

type Section = AdmissibilityData['sections'][number];

/** 人民法院在线诉讼规则 Art. 16–18, in the words of each article. */
export function onlineRuleSections(facts: AdmissibilityFacts): Section[] {
  return [article16(facts), article17(facts), article18(facts)];
}

function anchorText(anchor: StatedAnchor): string {
  const { chainId, blockNumber, blockTime } = anchor;
  const time = printedTime(new Date(blockTime * 1000).toISOString());
  return `${chainOf(anchor, true)}（链标识${chainId}，区块${blockNumber}，区块时间${time}）`;
}

const anchorList = (anchors: StatedAnchor[]): string => anchors.map(anchorText).join('；');

function article16(facts: AdmissibilityFacts): Section {
  const { context, exhibited, deposits, independent, own, stamps } = facts;
  const { checkpoint } = context;
  const anchored = independent.length + own.length > 0;
  const size = printedCount(checkpoint.size);
  const count = `${exhibited.length}件证据文件`;
  return {
    heading: '一、在线诉讼规则第十六条：上链后是否经技术核验一致',
    remark: '',
    points: [
      {
        point: '',
        asks: '电子数据通过区块链技术存储',
        offers: [
          `${count}的承诺值均已写入只追加的存证日志，包含于条目总数${size}的检查点。`,
          ...(anchored ? [`该检查点的根哈希登记于${anchorList([...independent, ...own])}。`] : []),
          '链上登记的是检查点的根哈希；各文件与该根哈希之间由proof/entries所载证明文件连接。',
        ],
        lacks: [
          ...(anchored ? [] : ['制作本说明时，该检查点尚未登记于任何区块链。']),
          ...(own.length > 0 && independent.length === 0
            ? ['登记所在的链由存证人自行运行；是否属于本条所称的区块链存储，由法院认定。']
            : []),
        ],
      },
      {
        point: '',
        asks: '经技术核验一致',
        offers: [
          `${count}的原始字节随案件包提交，未作转换；可依次核对文件哈希、存证声明、承诺值、日志条目、包含证明和检查点签名。`,
          '案件包出具前经核验程序逐项核验通过，有不一致的不予出具。法院可用自行取得的程序（cunzheng verify）或者随包的verify.sh重新核验。',
        ],
        lacks: [
          '出具前的核验由原告一方进行，不含链上查询，不能代替法院组织的技术核验；链上登记应由核验人自行接入该链（--rpc）查询。',
        ],
      },
      {
        point: '',
        asks: '上链后未经篡改，有相反证据足以推翻的除外',
        offers: [
          '核验一致的，表明文件自写入该检查点后未被改动。',
          `完整性证明表明，截至该检查点，本存证编号之下共有存证${deposits}件，本案提交${exhibited.length}件，其余载于proof/history.json，无一隐去。`,
        ],
        lacks: [
          '不证明写入之前的真实性（见第十八条）。',
          ...(independent.length + stamps.length === 0
            ? ['检查点未由独立第三方固定；在其交付他人之前，技术上不能排除运行者整体重建日志和链。']
            : []),
        ],
      },
    ],
  };
}

function article17(facts: AdmissibilityFacts): Section {
  return {
    heading: '二、在线诉讼规则第十七条：对上链后真实性有异议时的审查因素',
    remark: '',
    points: [
      {
        point: '（一）',
        asks: '存证平台是否符合国家有关部门关于提供区块链存证服务的相关规定',
        offers: [],
        lacks: [
          '案件包不含区块链信息服务备案编号、主管部门的批准或者检查文件；本说明不作符合的主张，需要时由原告另行提供。',
        ],
      },
      interests(facts),
      {
        point: '（三）',
        asks: '信息系统是否符合清洁性、安全性、可靠性、可用性的国家标准或者行业标准',
        offers: [
          '存证程序每次启动时重算全部日志，并指出被改动之处；证据内容加密保存（AES-256-GCM）。以上为程序的设计，源代码可供查验。',
        ],
        lacks: [
          '案件包不含环境清洁性检查记录、等级保护测评报告、可用性统计或者检测认证文件；不主张符合任何国家标准或者行业标准。',
        ],
      },
      {
        point: '（四）',
        asks: '存证技术和过程是否符合标准中关于系统环境、技术安全、加密方式、数据传输、信息验证等方面的要求',
        offers: [
          '逐件记录SHA-256、SHA-512和SM3；日志采用RFC 9162默克尔树，检查点以Ed25519签名，案件包以CAdES、合订本以PAdES签名，均可用通用工具验证。',
        ],
        lacks: ['存证技术和过程未经标准符合性检测；未采用SM2签名，SM3仅作记录，不参与日志的计算。'],
      },
    ],
  };
}

/** The disclosure that Art. 17 (2) is about: who runs what, and who is independent of them. */
function interests(facts: AdmissibilityFacts): AdmissibilityPoint {
  const { context, independent, own, stamps, depositors, depositorIsPlaintiff } = facts;
  const depositor = depositors.join('、');
  const relation = depositorIsPlaintiff ? '即本案原告' : '其与原告的关系由原告另行说明';
  return {
    point: '（二）',
    asks: '当事人与存证平台是否存在利害关系，并利用技术手段不当干预取证、存证过程',
    offers: [
      `披露：存证平台（日志${context.log.origin}）由存证人${depositor}自行运行，${relation}；日志签名密钥由其持有。`,
      ...(own.length > 0 ? [`披露：以下登记所在的链同样由其自行运行：${anchorList(own)}。`] : []),
      ...(independent.length > 0
        ? [`不由其控制的登记：${anchorList(independent)}。`]
        : ['不由其控制的登记：无。']),
      ...(stamps.length > 0 ? [`独立机构的可信时间戳：${stampList(stamps, true)}。`] : []),
      '对干预的技术制约：日志只能追加；登记合约验证前后检查点的一致性，拒绝改写或者缩短的日志；核验不依赖平台在线，也不依赖平台出具结论。',
    ],
    lacks: [
      ...(independent.length === 0
        ? [
            `没有独立的区块链、法院或者公证机构节点参与登记，${stamps.length === 0 ? '未附独立机构的可信时间戳，' : ''}利害关系未因第三方参与而排除。`,
          ]
        : stamps.length === 0
          ? ['未附独立机构的可信时间戳。']
          : []),
      ...(independent.length + stamps.length > 0
        ? ['独立登记和时间戳只固定检查点存在的时间和内容，不涉及此前的取证过程。']
        : []),
      '技术制约不能防止取证时或者存证之前的不当干预，也不能发现从未存证的事实。',
    ],
  };
}

function ofAll(facts: AdmissibilityFacts, seqs: number[]): string {
  const all = facts.exhibited.length;
  if (seqs.length === all) return `有全部${all}件`;
  return seqs.length === 0 ? '没有' : `有${all}件中的${seqs.length}件`;
}

function article18(facts: AdmissibilityFacts): Section {
  const { exhibited, systems, withGenerator, withOperator, withDevice } = facts;
  return {
    heading: '三、在线诉讼规则第十八条：上链存储之前的真实性',
    remark: '逐项证据的情况见附表。',
    points: [
      {
        point: '',
        asks: '具体来源',
        offers: [
          `${exhibited.length}件均载明来源系统，共${systems.length}个：${systems.slice(0, 8).join('、')}${systems.length > 8 ? '等' : ''}。`,
          `载明操作人的${ofAll(facts, withOperator)}，载明设备的${ofAll(facts, withDevice)}。`,
        ],
        lacks: ['来源系统本身的日志、权限和变更记录未随包提交；来源为存证人的陈述。'],
      },
      {
        point: '',
        asks: '生成机制',
        offers: [`载明生成程序的${ofAll(facts, withGenerator)}（程序名称、版本见附表）。`],
        lacks: [
          '没有对生成程序的检测或者说明文件。',
          ...(withGenerator.length < exhibited.length
            ? [`其余${exhibited.length - withGenerator.length}件未载明生成程序。`]
            : []),
        ],
      },
      storage(facts),
      {
        point: '',
        asks: '公证机构公证',
        offers: [],
        lacks: ['没有公证文书。'],
      },
      {
        point: '',
        asks: '第三方见证',
        offers: [],
        lacks: [
          '没有第三方在存证前见证数据的形成；记录中提及的支付机构、认证机构等未就其内容出具确认。',
        ],
      },
      corroboration(facts),
    ],
  };
}

function storage(facts: AdmissibilityFacts): AdmissibilityPoint {
  const { late, lateDays, longestDelay, afterDefault, exhibited } = facts;
  const inTime = exhibited.length - late.length;
  return {
    point: '',
    asks: '存储过程',
    offers: [
      `逐件载明事件时间与存证时间，相隔最长${longestDelay}天；在所属种类的期限（${lateDays}天）内存证的${inTime === 0 ? '没有' : `有${inTime}件`}。`,
      '自存证服务接收时起，原始字节即计算哈希、加密保存，不作格式转换。',
    ],
    lacks: [
      ...(late.length > 0
        ? [
            `${late.length}件超过所属种类的期限（${lateDays}天）才存证：${exhibitsOf(facts, late, '全部证据')}；迟存不等于不真实，但存证之前的真实性不能由区块链印证，其保存过程案件包中没有记录。`,
          ]
        : ['事件发生至存证之间的保存过程，案件包中没有记录。']),
      ...(afterDefault.length > 0
        ? [`${afterDefault.length}件所载事件发生于逾期之前，存证于逾期之后。`]
        : []),
    ],
  };
}

function corroboration(facts: AdmissibilityFacts): AdmissibilityPoint {
  const { context, links, exhibited } = facts;
  const references = links.filter(({ by }) => by === 'reference');
  const digests = links.filter(({ by }) => by === 'digest');
  const linked = new Set(links.flatMap(({ from, to }) => [from, to]));
  const alone = exhibited.map(({ seq }) => seq).filter((seq) => !linked.has(seq));
  return {
    point: '',
    asks: '关联印证数据',
    offers: [
      ...(references.length > 0
        ? [`存证之间有引用${references.length}处，存证时即已固定（见附表）。`]
        : []),
      ...digests.map(
        ({ from, to }) =>
          `${sourceOf(context, [from])}所载文件哈希与${sourceOf(context, [to])}的原始文件一致。`,
      ),
    ],
    lacks: [
      ...(alone.length > 0
        ? [`与其他存证没有引用或者哈希对应关系的：${exhibitsOf(facts, alone, '全部证据')}。`]
        : []),
      '印证均来自存证人自己的系统；支付机构、银行等第三方留存的流水未随包提交，可由法院调取核对。',
    ],
  };
}
