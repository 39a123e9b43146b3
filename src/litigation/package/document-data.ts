/**
 * What each document template takes. Every value is text exactly as the document prints it: money
 * is formatted, dates are written out, enumerations of the law are named. Type aliases, not
 * interfaces, so that a value is also `Json`. `null` in a choice ticks neither box.
 */

/** A yes/no box of the form: ticked yes, ticked no, or left open. */
export type YesNo = boolean | null;

/** 法人、非法人组织, or a company or other body in the English set. */
export type OrganisationParty = {
  form: 'organisation';
  name: string;
  domicile: string;
  registeredAt: string;
  representative: { name: string; title: string; phone: string };
  creditCode: string;
  /** One of the form's fifteen types, as printed there, e.g. `股份有限公司`; several may apply. */
  kinds: string[];
  /** `国有`, `民营`, `其他`, or empty. */
  ownership: string;
  /** Only with `国有`: `控股`, `参股`, or empty. */
  holding: string;
};

/** 自然人. */
export type PersonParty = {
  form: 'person';
  name: string;
  /** `男`, `女`, or empty. */
  gender: string;
  birthDate: string;
  ethnicity: string;
  employer: string;
  position: string;
  phone: string;
  residence: string;
  habitualResidence: string;
  idType: string;
  idNumber: string;
};

export type Party = OrganisationParty | PersonParty;

export type Agent = {
  name: string;
  firm: string;
  position: string;
  phone: string;
  /** `一般授权`, `特别授权`, or empty. */
  authority: string;
};

/** A rate line of the form: the box is ticked when the line applies. */
export type RateTerm = { applies: boolean; rate: string; clause: string };

/** 民事起诉状, elements form (法〔2025〕82号). Template `cn/complaint`. */
export type CnComplaintData = {
  /** 案由, e.g. `金融借款合同纠纷`. */
  cause: string;
  plaintiffs: Party[];
  /** Empty: the box 无 is ticked. */
  agents: Agent[];
  defendants: Party[];
  thirdParties: Party[];
  /** 可完整表述诉讼请求: free text above the elements; empty when not used. */
  claimsText: string;
  claims: {
    principal: { asOf: string; amount: string };
    interest: {
      asOf: string;
      total: string;
      ordinary: string;
      compound: string;
      penalty: string;
      method: string;
      untilPaid: YesNo;
    };
    acceleration: { claimed: YesNo; prepayment: boolean; rescission: boolean };
    security: { claimed: YesNo; content: string };
    costs: { claimed: YesNo; details: string };
    courtFees: YesNo;
    other: string;
    total: string;
  };
  agreement: {
    forum: { exists: YesNo; content: string };
    preservation: { done: YesNo; court: string; date: string; caseNumber: string };
  };
  /** 可完整表述事实与理由; empty when not used. */
  factsText: string;
  facts: {
    contract: string;
    lender: string;
    borrower: string;
    amount: { agreed: string; disbursed: string };
    term: { expired: YesNo; from: string; to: string };
    rates: {
      interest: RateTerm;
      /** `年`, `季` or `月`. */
      interestPer: string;
      overdueMarkup: RateTerm;
      /** Its rate stays empty when the contract gives none of its own. */
      compound: RateTerm;
      penalty: RateTerm;
    };
    disbursements: { date: string; amount: string }[];
    /** One of the form's six methods as printed there, or any other text (then 其他 is ticked). */
    repaymentMethod: string;
    repaid: { principal: string; interest: string; interestUntil: string };
    overdue: { exists: YesNo; since: string; duration: string };
    collateralContract: { exists: YesNo; signedAt: string };
    collateral: { guarantor: string; object: string };
    maximum: { exists: YesNo; determinedAt: string; limit: string };
    registration: { exists: YesNo; formal: boolean; notice: boolean };
    guarantee: { exists: YesNo; signedAt: string; guarantor: string; content: string };
    /** `一般保证`, `连带责任保证`, or empty. */
    guaranteeKind: string;
    otherSecurity: { exists: YesNo; form: string; signedAt: string };
    basis: { contract: string; law: string };
    other: string;
    evidence: string;
  };
  mediation: {
    understands: YesNo;
    /** The five statements of the form, in its order. */
    benefits: YesNo[];
    /** `yes`, `no`, `undecided`, or empty. */
    willing: 'yes' | 'no' | 'undecided' | '';
  };
  signature: { name: string; date: string };
};

/** Claim and particulars of claim. Template `en/complaint`. */
export type EnComplaintData = {
  court: string;
  division: string;
  claimNumber: string;
  claimants: { name: string; description: string; address: string }[];
  defendants: { name: string; description: string; address: string }[];
  /** Heading such as `Particulars of claim`. */
  title: string;
  /** One sentence each: what is claimed and how much. */
  summary: { label: string; amount: string }[];
  /** Sections of numbered paragraphs; numbering runs through the document. */
  sections: { heading: string; paragraphs: { text: string; sources: string }[] }[];
  /** The prayer: what the claimant asks the court to order. */
  prayer: string[];
  statementOfTruth: string;
  signature: { name: string; capacity: string; date: string };
};

export type EvidenceItem = {
  /** `证据1` / `Exhibit 1`. */
  mark: string;
  name: string;
  /** 证据种类, e.g. 书证, 电子数据. */
  kind: string;
  source: string;
  proves: string;
  /** 原件 / 复制件, or `electronic original`, `copy`. */
  form: string;
  /** Pages in the bundle, e.g. `12–15`. */
  pages: string;
  /** Sequence number within the evidence number. */
  seq: string;
  /** Lower-case hex of the file's SHA-256; empty where an exhibit has several files. */
  sha256: string;
  /** Of several files each; empty where the exhibit's own table in the bundle lists them. */
  digests: { seq: string; sha256: string }[];
  /** What stands out: late deposits, and what the check of its signatures found. */
  remarks: string[];
};

/** 证据目录 (证据规定 Art. 19) / Exhibit index. Template `evidence-list`. */
export type EvidenceListData = {
  court: string;
  caseTitle: string;
  submitter: string;
  /** 存证编号: the evidence number that `seq` of each item counts in. */
  evidenceNo: string;
  items: EvidenceItem[];
  /** Remarks printed under the table, e.g. what was deposited late. */
  notes: string[];
  copies: string;
  signature: { name: string; date: string };
};

/** One table of working; cells are printed as given. `weight` shares out the width. */
export type WorkingTable = {
  title: string;
  note: string;
  columns: { title: string; align: 'left' | 'center' | 'right'; weight: number }[];
  rows: string[][];
  /** Last row, set in bold under a rule; empty for none. */
  total: string[];
};

/** 债权计算书 / Statement of account. Template `calculation`. */
export type CalculationData = {
  caseTitle: string;
  parties: { role: string; name: string; identity: string }[];
  contract: { name: string; number: string; date: string; source: string };
  asOf: string;
  currency: string;
  terms: { name: string; value: string; clause: string; source: string }[];
  summary: {
    name: string;
    amount: string;
    /** How the figure comes about, in words or as a formula. */
    derivation: string;
    /** Where it comes from: exhibit or evidence number with sequence. */
    source: string;
    kind: 'item' | 'reduction' | 'total';
  }[];
  workings: WorkingTable[];
  /** Without `from` nothing continues, and `formula` is the sentence that says so. */
  continuing: { from: string; formula: string; basis: string };
  conventions: string[];
  bases: { rule: string; text: string }[];
  signature: { name: string; date: string };
};

/** 存证证明 / Certificate of deposit. Template `certificate`. */
export type CertificateData = {
  certificateNo: string;
  evidenceNo: string;
  depositor: string;
  issuedAt: string;
  items: {
    seq: string;
    title: string;
    kind: string;
    file: { name: string; mediaType: string; size: string; sha256: string; sm3: string };
    occurredAt: string;
    receivedAt: string;
    /** System, program, operator, device, as far as stated. */
    origin: string;
    /** What stands out in its times; empty when nothing does. */
    remarks: string;
    leafIndex: string;
    leafHash: string;
  }[];
  log: { origin: string; keyFingerprint: string };
  checkpoint: { size: string; root: string };
  /** What the loan's map proves: how many deposits there are, as of which checkpoint. */
  completeness: string;
  anchors: {
    name: string;
    chainId: string;
    registry: string;
    transaction: string;
    block: string;
    time: string;
  }[];
  /** What each time stated above is worth, and whose word it is. */
  times: { name: string; value: string; by: string; worth: string }[];
  verification: string[];
  limits: string[];
  /** No personal data: whoever sees the paper can read it. */
  qr: { payload: string; caption: string };
  issuer: string;
};

/** 送达地址确认书. Template `cn/service-address`. */
export type ServiceAddressData = {
  court: string;
  caseNumber: string;
  cause: string;
  party: { role: string; name: string; idType: string; idNumber: string };
  agent: { name: string; phone: string };
  electronic: {
    accepted: YesNo;
    phone: string;
    email: string;
    /** Other electronic addresses, each as it is to be printed. */
    others: string[];
  };
  postal: { recipient: string; address: string; postcode: string; phone: string };
  /** Agreement on service before the dispute (在线诉讼规则 Art. 29): clause and exhibit. */
  agreement: string;
  signature: { name: string; date: string };
};
