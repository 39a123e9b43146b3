import type { IdentityRecord } from '../../../claim/records.ts';
import type { Finding, Matter, Severity } from '../matter.ts';
import { type IdentityNumber, readIdentityNumber } from './identity-number.ts';
import { beginning, isChinese, type Rule, ruleText } from './matter-facts.ts';

type Natural = Extract<IdentityRecord, { type: 'natural' }>;
type Texts = Pick<Finding, 'zh' | 'en' | 'cureZh' | 'cureEn'>;

const CURE = {
  cureZh: '核对身份证件后存证更正的身份信息记录。',
  cureEn: 'Compare with the identity document and deposit a corrected identity record.',
};

const ADULT_AGE = 18;

/** Each defendant must be somebody a court can identify (民事诉讼法 Art. 122: 有明确的被告). */
export const defendantIdentity: Rule = (matter) => {
  const { defendants, profile } = matter;
  const severity = profile.gate.defendantIdentity;
  if (!defendants.some(({ identity }) => (identity.role ?? 'borrower') === 'borrower')) {
    return [
      finding(matter, 'IDENTITY_MISSING', severity, [], {
        zh: '没有借款人身份信息记录。',
        en: 'There is no identity record of the borrower.',
        cureZh: '存证借款人身份信息。',
        cureEn: 'Deposit the identity of the borrower.',
      }),
    ];
  }
  return defendants.flatMap(({ identity, seq }) => [
    ...nameAndNumber(matter, identity, seq),
    ...(identity.type === 'natural' ? person(matter, identity, seq) : []),
  ]);
};

function finding(
  matter: Matter,
  code: string,
  severity: Severity,
  seqs: number[],
  texts: Texts,
  rule = '民事诉讼法第一百二十二条：有明确的被告',
): Finding {
  return { code, severity, rule: ruleText(matter, rule), ...texts, seqs };
}

function nameAndNumber(matter: Matter, identity: IdentityRecord, seq: number): Finding[] {
  const severity = matter.profile.gate.defendantIdentity;
  const out: Finding[] = [];
  if (identity.name === undefined) {
    const texts = {
      zh: '被告没有姓名（名称），仅有客户编号。',
      en: 'A defendant has no name, only a client number.',
      ...CURE,
    };
    out.push(finding(matter, 'IDENTITY_UNNAMED', severity, [seq], texts));
  }
  const number = identity.type === 'natural' ? identity.idNumber : identity.registrationNumber;
  if (number === undefined) {
    const texts = {
      zh: '被告没有证件号码。',
      en: 'A defendant has no identity number.',
      ...CURE,
    };
    out.push(finding(matter, 'IDENTITY_NUMBER_MISSING', severity, [seq], texts));
  }
  return out;
}

const isIdentityCard = (matter: Matter, { idType, idNumber }: Natural): boolean =>
  idNumber !== undefined &&
  (idType === 'resident-identity-card' || (idType === undefined && isChinese(matter)));

function person(matter: Matter, identity: Natural, seq: number): Finding[] {
  const out: Finding[] = [];
  let read: IdentityNumber | undefined;
  if (isIdentityCard(matter, identity)) {
    read = readIdentityNumber(identity.idNumber ?? '');
    out.push(
      ...(read === undefined ? [wrongNumber(matter, seq)] : differs(matter, identity, read, seq)),
    );
  }
  return [...out, ...minor(matter, identity.birthDate ?? read?.birthDate, seq)];
}

function wrongNumber(matter: Matter, seq: number): Finding {
  const texts = {
    zh: '公民身份号码有误：位数、出生日期码或校验码不符。',
    en: 'A citizen identity number is wrong: its length, birth date or check character does not fit.',
    ...CURE,
  };
  const severity = matter.profile.gate.defendantIdentity;
  return finding(matter, 'IDENTITY_NUMBER_INVALID', severity, [seq], texts, 'GB 11643-1999');
}

function differs(matter: Matter, identity: Natural, read: IdentityNumber, seq: number): Finding[] {
  const severity = matter.profile.gate.defendantIdentity;
  const out: Finding[] = [];
  if (identity.birthDate !== undefined && identity.birthDate !== read.birthDate) {
    const texts = {
      zh: '记录的出生日期与公民身份号码中的不一致。',
      en: 'The recorded birth date is not the one in the citizen identity number.',
      ...CURE,
    };
    out.push(
      finding(matter, 'IDENTITY_BIRTH_DATE_DIFFERS', severity, [seq], texts, 'GB 11643-1999'),
    );
  }
  if (identity.gender !== undefined && identity.gender !== read.gender) {
    const texts = {
      zh: '记录的性别与公民身份号码的顺序码不一致。',
      en: 'The recorded gender does not fit the citizen identity number.',
      ...CURE,
    };
    out.push(finding(matter, 'IDENTITY_GENDER_DIFFERS', 'review', [seq], texts, 'GB 11643-1999'));
  }
  return out;
}

/** A minor cannot bind himself to a loan by himself (民法典 17, 19, 145). */
function minor(matter: Matter, birthDate: string | undefined, seq: number): Finding[] {
  const signed = matter.terms?.signedOn ?? matter.terms?.startDate ?? beginning(matter)?.date;
  if (birthDate === undefined || signed === undefined) return [];
  const year = String(Number(birthDate.slice(0, 4)) + ADULT_AGE).padStart(4, '0');
  if (`${year}${birthDate.slice(4)}` <= signed) return [];
  const texts = {
    zh: `被告在合同签订日（${signed}）未满${ADULT_AGE}周岁。`,
    en: `A defendant was under ${ADULT_AGE} when the contract was made on ${signed}.`,
    cureZh: '核对出生日期；如属实，应有法定代理人同意或追认，并列明法定代理人。',
    cureEn: 'Check the birth date; if right, the consent of the legal guardian is needed.',
  };
  const rule = '民法典第十七条、第十九条、第一百四十五条';
  // Elsewhere the age and its consequences differ: the profile says how grave it is.
  const severity = isChinese(matter) ? 'block' : matter.profile.gate.defendantIdentity;
  return [finding(matter, 'IDENTITY_MINOR', severity, [seq], texts, rule)];
}

/** The same person twice, or the lender among the defendants. */
export const duplicateParty: Rule = (matter) => {
  const parties = [
    { seq: -1, keys: keysOf(matter.profile.plaintiff) },
    ...matter.defendants.map(({ identity, seq }) => ({ seq, keys: keysOf(identity) })),
  ];
  const doubled = parties.filter((party, at) =>
    parties.some(
      (other, index) => index !== at && other.keys.some((key) => party.keys.includes(key)),
    ),
  );
  const seqs = doubled.map(({ seq }) => seq).filter((seq) => seq >= 0);
  if (seqs.length === 0) return [];
  return [
    finding(matter, 'DUPLICATE_PARTY', 'review', seqs, {
      zh: `有${doubled.length}名当事人的证件号码或客户编号相同。`,
      en: `${doubled.length} parties share an identity number or a client number.`,
      cureZh: '核对是否为同一人；如是，更正记录中的当事人身份。',
      cureEn: 'Check whether they are one person; if so, correct the records.',
    }),
  ];
};

function keysOf(identity: IdentityRecord): string[] {
  const number = identity.type === 'natural' ? identity.idNumber : identity.registrationNumber;
  const { clientReference } = identity;
  return [
    ...(number === undefined ? [] : [`number ${number}`]),
    ...(clientReference === undefined ? [] : [`client ${clientReference}`]),
  ];
}
