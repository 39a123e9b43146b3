import type { IdentityRecord } from '../../claim/records.ts';
import { creditCodeCheckCharacter, organisationCheckCharacter } from './check-digits.ts';

/** The lender of the demonstration. It does not exist; 样本 marks it on every paper. */
export interface Lender {
  name: string;
  shortName: string;
  creditCode: string;
  /** Where the company has its seat. */
  address: string;
  district: string;
  representative: string;
  title: string;
  phone: string;
  hotline: string;
  email: string;
  licence: string;
  account: { bank: string; name: string; number: string };
  /** Court of the seat: an agreed place with an actual connection (民事诉讼法 Art. 35). */
  court: string;
}

/** 9 = registered with the market regulator, 1 = enterprise, then the area code of 宁波鄞州. */
function lenderCreditCode(): string {
  const organisation = 'MADEMX00';
  const body = `91330212${organisation}${organisationCheckCharacter(organisation)}`;
  return body + creditCodeCheckCharacter(body);
}

export const LENDER: Lender = {
  name: '星河消费金融有限公司',
  shortName: '星河消费金融',
  creditCode: lenderCreditCode(),
  address: '浙江省宁波市鄞州区惊驾路555号样本大厦A座12层',
  district: '330212',
  representative: '沈知远',
  title: '董事长',
  phone: '0574-00008888',
  hotline: '400-000-0000',
  email: 'legal@xinghe.example',
  licence: 'X0000H333020001（样本）',
  account: {
    bank: '东海示范银行宁波鄞州支行',
    name: '星河消费金融有限公司',
    number: '3301 0000 0000 0088 001',
  },
  court: '浙江省宁波市鄞州区人民法院',
};

/** A court of a place that neither party nor the contract has anything to do with. */
export const UNCONNECTED_COURT = '新疆维吾尔自治区喀什市人民法院';

/** The lender as a party, for a filing profile. */
export function lenderParty(): IdentityRecord {
  return {
    type: 'legal',
    role: 'lender',
    name: LENDER.name,
    registrationNumber: LENDER.creditCode,
    entityType: '有限责任公司',
    ownership: '民营',
    domicile: LENDER.address,
    registeredAt: LENDER.address,
    representative: {
      name: LENDER.representative,
      position: LENDER.title,
      phone: LENDER.phone,
    },
    phone: LENDER.phone,
    email: LENDER.email,
  };
}
