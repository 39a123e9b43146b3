import type { Party, WorkingTable } from './document-data.ts';

/** What the templates of the papers beside claim and account take; the same rules hold as there. */

/** One point of a rule: what it asks for, what the package has for it, and what it has not. */
export type AdmissibilityPoint = {
  /** `（一）`, or a number. */
  point: string;
  asks: string;
  offers: string[];
  lacks: string[];
};

/** 电子数据审查说明 / Reliability statement. Template `admissibility`. */
export type AdmissibilityData = {
  caseTitle: string;
  submitter: string;
  evidenceNo: string;
  opening: string[];
  sections: { heading: string; remark: string; points: AdmissibilityPoint[] }[];
  /** Source, making, times and corroboration, one row an exhibit. */
  origins: WorkingTable;
  signature: { name: string; date: string };
};

/** 法定代表人身份证明书. Template `cn/representative-certificate`. */
export type RepresentativeCertificateData = {
  court: string;
  organisation: { name: string; creditCode: string; domicile: string; phone: string };
  representative: { name: string; title: string; phone: string };
  date: string;
};

/** 授权委托书. Template `cn/power-of-attorney`. */
export type PowerOfAttorneyData = {
  court: string;
  caseTitle: string;
  principal: { name: string; creditCode: string; domicile: string; representative: string };
  agents: { name: string; firm: string; position: string; phone: string; authority: string }[];
  /** What each kind of authority that is given comprises. */
  powers: string[];
  date: string;
};

/** 财产保全申请书 (财产保全规定 Art. 1). Template `cn/preservation`. */
export type PreservationData = {
  court: string;
  cause: string;
  applicant: Party;
  respondents: Party[];
  /** 送达地址、联系方式 of the applicant. */
  service: string;
  request: string;
  amount: string;
  facts: string[];
  property: string[];
  security: string;
  fee: string;
  signature: { name: string; date: string };
};
