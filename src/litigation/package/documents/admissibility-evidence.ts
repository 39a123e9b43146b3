import type { AdmissibilityData, AdmissibilityPoint } from '../filing-paper-data.ts';
import { type AdmissibilityFacts, marksRun } from './admissibility-facts.ts';
import { limbsOf } from './admissibility-origins.ts';
import { marksOfKind, sourceOf } from './case-facts.ts';
import { signatureLines } from './signature-words.ts';

type Section = AdmissibilityData['sections'][number];

/** 证据规定 Art. 93 and 94, 电子签名法 Art. 13, in the words of each article. */
export function evidenceRuleSections(facts: AdmissibilityFacts): Section[] {
  return [article93(facts), article94(facts), signatureLaw(facts)];
}

const NONE: string[] = [];

function article93(facts: AdmissibilityFacts): Section {
  const { context, deposits, exhibited, orderly, images, depositors } = facts;
  const programs = facts.withGenerator.length;
  const points: Omit<AdmissibilityPoint, 'point'>[] = [
    {
      asks: '生成、存储、传输所依赖的计算机系统的硬件、软件环境是否完整、可靠',
      offers: programs > 0 ? [`${programs}件载明生成程序，存证时即已固定。`] : NONE,
      lacks: ['没有对软硬件环境的检查记录或者鉴定意见。'],
    },
    {
      asks: '环境是否处于正常运行状态，或者不正常时是否有影响',
      offers: [
        `本存证编号之下${deposits}件存证的序号连续、前后相接，无缺号。`,
        ...(orderly ? ['存证时间依序号先后递增，没有倒置。'] : []),
      ],
      lacks: [
        '没有来源系统和存证服务的运行、对时记录。',
        ...(orderly ? NONE : ['部分存证的存证时间先于前一序号，表明服务的时钟曾被调整。']),
      ],
    },
    {
      asks: '是否具备有效的防止出错的监测、核查手段',
      offers: [
        '接收时计算并记录哈希；同一事件重复存证时不产生新条目；存证服务启动时重算全部日志；任何人可凭案件包重新核验。',
      ],
      lacks: ['上述手段只及于存证之后，不及于来源系统。'],
    },
    {
      asks: '是否被完整地保存、传输、提取，方法是否可靠',
      offers: [
        `提取：${exhibited.length}件原始文件逐字节提交，哈希与存证声明一致；结构化记录的打印件取自同一文件。`,
        `保存：截至检查点的${deposits}件存证全部列明，完整性可验证。`,
      ],
      lacks: ['来源系统至存证服务之间的传输没有独立记录。'],
    },
    {
      asks: '是否在正常的往来活动中形成和存储',
      offers: ['各件的业务环节、来源系统和事件时间见附表。'],
      lacks:
        facts.late.length > 0
          ? [`${facts.late.length}件并非在事件发生时存储，见第三部分“存储过程”。`]
          : NONE,
    },
    {
      asks: '保存、传输、提取的主体是否适当',
      offers: [`由存证人${depositors.join('、')}在自己的业务系统中形成，并由其自行存证和提取。`],
      lacks: ['保存、传输、提取均未由中立的第三方进行。'],
    },
    {
      asks: '影响完整性和可靠性的其他因素',
      offers: ['凡本说明所列未提供之处，均如实列明。'],
      lacks:
        images.length > 0
          ? [`${sourceOf(facts.context, images)}为影像，原件是否存在、是否一致，需另行核对。`]
          : NONE,
    },
  ];
  return {
    heading: '四、民事诉讼证据规定第九十三条：电子数据真实性的判断因素',
    remark: context.exhibits.length === 0 ? '本案没有提交证据文件。' : '',
    points: numbered(points),
  };
}

const NUMERALS = ['一', '二', '三', '四', '五', '六', '七'];

function numbered(points: Omit<AdmissibilityPoint, 'point'>[]): AdmissibilityPoint[] {
  return points.map((point, index) => ({ point: `（${NUMERALS[index]}）`, ...point }));
}

/** Marks of the exhibits that rely on a limb of Art. 94. */
function relying({ context, exhibited }: AdmissibilityFacts, limb: string): string {
  const seqs = exhibited.filter(({ kind }) => limbsOf(kind).includes(limb)).map(({ seq }) => seq);
  return marksRun(context, (seq) => seqs.includes(seq));
}

function article94(facts: AdmissibilityFacts): Section {
  const [adverse, ordinary] = [relying(facts, '（一）'), relying(facts, '（三）')];
  const points: Omit<AdmissibilityPoint, 'point'>[] = [
    {
      asks: '由当事人提交或者保管的于己不利的电子数据',
      offers: adverse === '' ? NONE : [`${adverse}：原告自行提交，减少其债权或者对其不利。`],
      lacks: adverse === '' ? ['没有证据主张本项。'] : NONE,
    },
    {
      asks: '由记录和保存电子数据的中立第三方平台提供或者确认的',
      offers: NONE,
      lacks: ['没有证据主张本项：存证平台由存证人自行运行，不是中立第三方平台。'],
    },
    {
      asks: '在正常业务活动中形成的',
      offers: ordinary === '' ? NONE : [`${ordinary}：贷款业务各环节的系统所生成或者收取。`],
      lacks: [
        ...(ordinary === '' ? ['没有证据主张本项。'] : NONE),
        ...(facts.late.length > 0 && ordinary !== ''
          ? ['存证迟于事件的，其形成时间不能由存证证明。']
          : NONE),
      ],
    },
    {
      asks: '以档案管理方式保管的',
      offers: NONE,
      lacks: ['没有证据主张本项：案件包中没有档案管理制度和归档记录。'],
    },
    {
      asks: '以当事人约定的方式保存、传输、提取的',
      offers: NONE,
      lacks: [
        '没有证据主张本项：合同要素中没有关于存证方式的记载；合同另有约定的，以合同原文为准。',
      ],
    },
  ];
  return {
    heading: '五、民事诉讼证据规定第九十四条：各项证据所依据的情形',
    remark: '各项证据所依据的项见附表末栏；有足以反驳的相反证据的除外。',
    points: [
      ...numbered(points),
      {
        point: '第二款　',
        asks: '电子数据的内容经公证机关公证的',
        offers: NONE,
        lacks: ['没有公证文书。'],
      },
    ],
  };
}

function signatureLaw(facts: AdmissibilityFacts): Section {
  const { context, signatures } = facts;
  const record = sourceOf(
    context,
    signatures.map(({ seq }) => seq),
  );
  const authorities = [...new Set(signatures.flatMap((one) => one.authorities))].join('、');
  const faces = marksOfKind(context, 'face-check').join('、');
  const same = signatures.filter(({ digestOf }) => digestOf.length > 0);
  const missing = record === '' ? ['案件包中没有电子签名验证记录。'] : NONE;
  const points: Omit<AdmissibilityPoint, 'point'>[] = [
    {
      asks: '签名制作数据用于电子签名时，属于电子签名人专有',
      offers: authorities === '' ? NONE : [`${record}载明签名证书的颁发机构：${authorities}。`],
      lacks: [...missing, '没有颁发机构出具的证书核验文件和申请证书时核实身份的记录。'],
    },
    {
      asks: '签署时签名制作数据仅由电子签名人控制',
      offers: faces === '' ? NONE : [`${faces}：人脸识别与活体检测记录，用以说明由本人操作。`],
      lacks: [
        ...(faces === '' ? ['没有人脸识别或者其他本人操作的记录。'] : NONE),
        '没有签名密钥使用的日志；不能仅凭本案件包排除他人持其手机和验证码操作。',
      ],
    },
    {
      asks: '签署后对电子签名的任何改动能够被发现',
      offers: [
        ...(record === '' ? NONE : [`${record}及合同原文的哈希已存证，存证后的改动可以发现。`]),
        ...signatureLines(facts, 'valid'),
      ],
      lacks: [
        ...missing,
        ...signatureLines(facts, 'other'),
        ...(facts.checked.length === 0 ? ['案件包中没有对合同文件内电子签名的核验结果。'] : NONE),
        '存证服务的核验不查询证书吊销状态，不代替电子认证服务机构的验证报告。',
      ],
    },
    {
      asks: '签署后对数据电文内容和形式的任何改动能够被发现',
      offers: same.map(
        ({ seq, digestOf }) =>
          `${sourceOf(context, [seq])}所载签署文件的SHA-256与${sourceOf(context, digestOf)}的原始文件一致。`,
      ),
      lacks:
        same.length === 0
          ? ['没有签名记录载明与所提交合同文件一致的哈希。']
          : ['该哈希由存证人的签名记录载明，签署至存证之间的改动须结合签名证书判断。'],
    },
  ];
  return {
    heading: '六、电子签名法第十三条：电子签名的可靠条件',
    remark: record === '' ? '' : `所涉证据：${record}。`,
    points: numbered(points),
  };
}
