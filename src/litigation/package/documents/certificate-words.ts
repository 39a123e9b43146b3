/** The standing texts of the certificate: what each time is worth, how to check, what is not proven. */
export interface CertificateWords {
  issuer: string;
  qrCaption: string;
  eachItem: string;
  /** A chain that the depositor runs; `isBuiltIn`: the development chain inside the program. */
  ownChain(isBuiltIn: boolean): string;
  /** The number of a chain with the technical name of the target. */
  chainId(id: string, target: string): string;
  completeness(deposits: string, size: string, exhibited: string): string;
  times: {
    event: string;
    received: string;
    checkpoint: string;
    block: string;
    /** `laterSize`: the token is over a later checkpoint of that many entries. */
    stamp(laterSize: string | undefined): string;
  };
  by: {
    depositor: string;
    service: string;
    lenderChain: string;
    network: string;
    authority(name: string, isIndependent: boolean): string;
  };
  worth: {
    event: string;
    received: string;
    checkpoint: string;
    lenderChain: string;
    network: string;
    authority: string;
    ownAuthority: string;
  };
  verification: string[];
  limits(hasIndependentTime: boolean): string[];
}

const CN: CertificateWords = {
  issuer: '存证（Cunzheng），由存证人自行运行',
  qrCaption: '存证编号、检查点条目总数、根哈希前32位；不含个人信息。',
  eachItem: '见各项',
  ownChain: (isBuiltIn) => (isBuiltIn ? '本机演示链（存证人自行运行）' : '存证人自行运行的链'),
  chainId: (id, target) => `${id}（技术名称：${target}）`,
  completeness: (deposits, size, exhibited) =>
    `截至条目总数为${size}的检查点，本存证编号之下共有${deposits}件存证，其中${exhibited}件作为证据提交，其余列于案件包proof/history.json。案件包中的完整性证明表明：该检查点时没有其他存证被隐去。它不能证明发生过的一切都已存证。`,
  times: {
    event: '事件时间',
    received: '接收时间',
    checkpoint: '检查点发布时间',
    block: '区块时间：',
    stamp: (laterSize) =>
      laterSize === undefined ? '可信时间戳' : `可信时间戳（针对其后条目总数${laterSize}的检查点）`,
  },
  by: {
    depositor: '存证人（来源系统）',
    service: '存证服务的时钟',
    lenderChain: '存证人自行运行的链',
    network: '独立运行的区块链网络',
    authority: (name, isIndependent) =>
      isIndependent ? `时间戳机构：${name}` : `${name}（由存证人自行运行）`,
  },
  worth: {
    event: '存证人的陈述，由来源说明和关联证据印证；本证明不为其作证。',
    received: '由存证人自行运行的服务记录；对他人本身不具证明力。',
    checkpoint: '同上。检查点的签名只证明内容，不证明时间。',
    lenderChain:
      '该链由存证人自行运行，区块时间对他人本身没有证明力；锚定只表明内容在该链上有记录。',
    network: '该网络不由存证人控制，可证明检查点及其所含存证不晚于此时已存在。',
    authority:
      '由该机构以其签名作证（RFC 3161）：检查点及其所含存证不晚于此时已存在。不证明事件发生的时间。',
    ownAuthority:
      '该时间戳服务由存证人自行运行，其时间对他人本身没有证明力；仅用于演示或者内部记录。',
  },
  verification: [
    '核对文件：对案件包中的原始文件计算SHA-256，与上列哈希值比对；或在案件包目录中执行 sha256sum -c manifest-sha256.txt。',
    '不用本系统：在案件包目录中执行 sh verify.sh，仅需openssl与sha256sum，逐项核对文件、存证说明、承诺值、日志条目、包含证明与检查点签名。',
    '独立复核：用自己取得的程序执行 cunzheng verify 案件包.zip --policy 信任策略.json，并以 --rpc 接入所述区块链核对锚定；不需要账号，不上传文件。',
    '随包的verify.html可离线打开，但它来自提交人，只作便利；法院应使用自行取得的程序和信任策略。',
    '日志公钥指纹应通过案件包以外的途径与存证人公布的信息核对。',
  ],
  limits: (hasIndependentTime) => [
    '不证明存证之前的内容真实：只证明存证之后未被改动（在线诉讼规则第十六条、第十八条）。',
    '不证明事件时间，也不证明事件的发生；其证明力见第三部分。',
    '不证明未存证的事实不存在。',
    ...(hasIndependentTime
      ? []
      : ['没有独立第三方的时间：未附独立机构的可信时间戳，锚定所在的链由存证人自行运行。']),
    '不是司法鉴定意见或者公证书，也不声明符合任何未经认证的标准。',
  ],
};

const EN: CertificateWords = {
  issuer: 'Cunzheng, run by the depositor',
  qrCaption:
    'Evidence number, size of the checkpoint, first 32 digits of its root; no personal data.',
  eachItem: 'with each item',
  ownChain: (isBuiltIn) =>
    isBuiltIn ? 'development chain run by the depositor' : 'chain run by the depositor',
  chainId: (id, target) => `${id} (technical name: ${target})`,
  completeness: (deposits, size, exhibited) =>
    `At the checkpoint of ${size} entries this evidence number has ${deposits} deposits; ${exhibited} are exhibited, all are listed in proof/history.json of the package. The completeness proof in the package shows that no other deposit was left out as of that checkpoint. It does not show that everything that happened was deposited.`,
  times: {
    event: 'Event',
    received: 'Deposit',
    checkpoint: 'Checkpoint',
    block: 'Block: ',
    stamp: (laterSize) =>
      laterSize === undefined ? 'Time stamp' : `Time stamp (over the later head of ${laterSize})`,
  },
  by: {
    depositor: 'the depositor (source system)',
    service: 'the clock of the service',
    lenderChain: 'a chain that the depositor runs',
    network: 'an independent network',
    authority: (name, isIndependent) =>
      isIndependent ? `the authority ${name}` : `${name}, run by the depositor`,
  },
  worth: {
    event:
      "The depositor's word, to be judged by its source and by what corroborates it; not attested here.",
    received:
      'Recorded by a service that the depositor runs; by itself it proves no time to others.',
    checkpoint: 'As above: the signature attests the content, not the time.',
    lenderChain:
      'The depositor runs this chain: its clock proves no time to others. The anchor shows only that the content is recorded there.',
    network:
      'The depositor does not control this network: the checkpoint, and every deposit in it, existed no later than this.',
    authority:
      'Signed by the authority (RFC 3161): the checkpoint, and every deposit in it, existed no later than this. It says nothing of when an event was.',
    ownAuthority:
      'The depositor runs this time-stamping service: its time proves nothing to others. For demonstration or internal records.',
  },
  verification: [
    'The files: compute SHA-256 of the originals in the package and compare with the digests above, or run sha256sum -c manifest-sha256.txt there.',
    'Without this system: run sh verify.sh in the unpacked package. It needs openssl and sha256sum alone and checks files, statements, commitments, log entries, inclusion and the signature of the checkpoint.',
    'By yourself: run cunzheng verify PACKAGE.zip --policy POLICY.json with a copy of the program that you obtained yourself, and --rpc URL to look the anchor up on its chain. No account is needed and nothing is uploaded.',
    'verify.html in the package opens offline, but it comes from the party that filed it: a convenience, not a witness.',
    'Compare the key fingerprint with what the depositor publishes by another way than this package.',
  ],
  limits: (hasIndependentTime) => [
    'That a file was right before it was deposited: only that it has not changed since.',
    'That an event happened, or when: see part 3.',
    'That what was not deposited did not happen.',
    ...(hasIndependentTime
      ? []
      : [
          'An independent time: no time-stamp of an independent authority is attached, and the chain of the anchor is run by the depositor.',
        ]),
    'It is no expert opinion and no notarial act, and claims conformity with no standard.',
  ],
};

/** Texts of one language. */
export function certificateWords(isCn: boolean): CertificateWords {
  return isCn ? CN : EN;
}
