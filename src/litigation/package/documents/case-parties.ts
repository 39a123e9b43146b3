import type { IdentityRecord } from '../../../claim/records.ts';
import type { Matter } from '../../matter/matter.ts';
import type { OrganisationParty, Party, PersonParty } from '../document-data.ts';
import { printedDate } from './printed-values.ts';

type Natural = Extract<IdentityRecord, { type: 'natural' }>;
type Legal = Extract<IdentityRecord, { type: 'legal' }>;

/**
 * What a paper calls a party; a client number is said to be one, no name is invented. The English
 * claim says once, in its caption, why there is no name.
 */
export function partyName(isCn: boolean, identity: IdentityRecord): string {
  if (identity.name !== undefined) return identity.name;
  const number = identity.clientReference ?? '';
  return isCn ? `（姓名未载明，客户编号${number}）` : `Client no. ${number}`;
}

/** `X 诉 Y 案由 案`, or `X v Y`. */
export function caseTitle({ profile, defendants }: Matter): string {
  const isCn = profile.jurisdiction === 'cn';
  const names = defendants.map(({ identity }) => partyName(isCn, identity));
  const plaintiff = partyName(isCn, profile.plaintiff);
  if (isCn) return `${plaintiff}诉${names.join('、')}${profile.cause}案`;
  return `${plaintiff} v ${names.join(', ')}`;
}

const ID_TYPES: Record<string, { cn: string; en: string }> = {
  'resident-identity-card': { cn: '居民身份证', en: 'identity card' },
  passport: { cn: '护照', en: 'passport' },
  'hong-kong-macao-permit': { cn: '港澳居民来往内地通行证', en: 'Hong Kong/Macao permit' },
  'taiwan-permit': { cn: '台湾居民来往大陆通行证', en: 'Taiwan permit' },
  'foreigner-permanent-residence': { cn: '外国人永久居留身份证', en: 'residence card' },
  other: { cn: '其他证件', en: 'identity document' },
};

/** Kind of identity document by name. */
export function idTypeName(isCn: boolean, identity: IdentityRecord): string {
  if (identity.type === 'legal') {
    if (identity.registrationNumber === undefined) return '';
    return isCn ? '统一社会信用代码' : 'register number';
  }
  if (identity.idNumber === undefined && identity.idType === undefined) return '';
  const names = ID_TYPES[identity.idType ?? 'other'];
  return (isCn ? names?.cn : names?.en) ?? '';
}

export function idNumber(identity: IdentityRecord): string {
  return (identity.type === 'legal' ? identity.registrationNumber : identity.idNumber) ?? '';
}

/** A party as the elements form wants it; what is not known stays empty. */
export function formParty(identity: IdentityRecord): Party {
  return identity.type === 'natural' ? person(identity) : organisation(identity);
}

function person(identity: Natural): PersonParty {
  const { gender, birthDate, domicile, residence } = identity;
  return {
    form: 'person',
    name: partyName(true, identity),
    gender: gender === undefined ? '' : gender === 'male' ? '男' : '女',
    birthDate: birthDate === undefined ? '' : printedDate('cn', birthDate),
    ethnicity: identity.ethnicity ?? '',
    employer: identity.employer ?? '',
    position: identity.position ?? '',
    phone: identity.phone ?? '',
    residence: domicile ?? '',
    habitualResidence: residence ?? '',
    idType: idTypeName(true, identity),
    idNumber: identity.idNumber ?? '',
  };
}

function organisation(identity: Legal): OrganisationParty {
  const { representative, ownership = '' } = identity;
  const isState = ownership.startsWith('国有');
  return {
    form: 'organisation',
    name: partyName(true, identity),
    domicile: identity.domicile ?? '',
    registeredAt: identity.registeredAt ?? '',
    representative: {
      name: representative?.name ?? '',
      title: representative?.position ?? '',
      phone: representative?.phone ?? identity.phone ?? '',
    },
    creditCode: identity.registrationNumber ?? '',
    kinds: identity.entityType === undefined ? [] : [identity.entityType],
    ownership: isState ? '国有' : ownership,
    holding: isState ? ownership.slice(2) : '',
  };
}

/** Defendants of a role, in the order of the matter. */
export function defendantsAs(matter: Matter, ...roles: string[]): IdentityRecord[] {
  return matter.defendants
    .filter(({ identity }) => roles.includes(identity.role ?? 'borrower'))
    .map(({ identity }) => identity);
}
