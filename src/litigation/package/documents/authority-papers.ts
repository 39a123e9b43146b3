import type { CaseContext } from '../case-context.ts';
import type { PowerOfAttorneyData, RepresentativeCertificateData } from '../filing-paper-data.ts';
import { caseTitle, idNumber, partyName } from './case-parties.ts';
import { courtOf } from './evidence-list.ts';
import { printedDate } from './printed-values.ts';

/**
 * 法定代表人身份证明书, from the filing profile alone.
 * @returns undefined where the profile names no representative with a position
 */
export function representativeCertificate(
  context: CaseContext,
): RepresentativeCertificateData | undefined {
  const { profile, preparedOn } = context.matter;
  const { plaintiff } = profile;
  if (plaintiff.type !== 'legal' || plaintiff.representative?.position === undefined)
    return undefined;
  const { name, position, phone = '' } = plaintiff.representative;
  return {
    court: courtOf(context),
    organisation: {
      name: partyName(true, plaintiff),
      creditCode: idNumber(plaintiff),
      domicile: plaintiff.domicile ?? '',
      phone: plaintiff.phone ?? '',
    },
    representative: { name, title: position, phone },
    date: printedDate('cn', preparedOn),
  };
}

/** 民事诉讼法 Art. 62: what needs special authority, and what does not. */
const POWERS: Record<string, string> = {
  一般授权:
    '一般授权：代为起诉、提交和交换证据、参加调解和庭审、陈述和辩论、签收诉讼文书等诉讼行为；不包括代为承认、放弃、变更诉讼请求，进行和解，提起反诉或者上诉。',
  特别授权:
    '特别授权：除一般诉讼行为外，代为承认、放弃、变更诉讼请求，进行和解，提起反诉或者上诉。',
};

/**
 * 授权委托书 for the agents of the filing profile; what an authority comprises is that of the law.
 * @returns undefined without agents
 */
export function powerOfAttorney(context: CaseContext): PowerOfAttorneyData | undefined {
  const { matter } = context;
  const { plaintiff, agents } = matter.profile;
  if (agents.length === 0) return undefined;
  const representative = plaintiff.type === 'legal' ? plaintiff.representative : undefined;
  const given = [...new Set(agents.map(({ authority }) => authority ?? ''))];
  return {
    court: courtOf(context),
    caseTitle: caseTitle(matter),
    principal: {
      name: partyName(true, plaintiff),
      creditCode: idNumber(plaintiff),
      domicile: plaintiff.domicile ?? '',
      representative: [representative?.name, representative?.position]
        .filter((text) => text !== undefined)
        .join('，'),
    },
    agents: agents.map(({ name, firm, position = '', phone = '', authority = '' }) => {
      return { name, firm, position, phone, authority };
    }),
    powers: given.flatMap((authority) => POWERS[authority] ?? []),
    date: printedDate('cn', matter.preparedOn),
  };
}
