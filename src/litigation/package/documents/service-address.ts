import type { CaseContext } from '../case-context.ts';
import type { ServiceAddressData } from '../document-data.ts';
import { clauseName } from './calculation-terms.ts';
import { marksOfKind } from './case-facts.ts';
import { idNumber, idTypeName, partyName } from './case-parties.ts';
import { courtOf } from './evidence-list.ts';
import { printedDate } from './printed-values.ts';

/** 送达地址确认书 of the plaintiff: where this party wants to be served. */
export function serviceAddress(context: CaseContext): ServiceAddressData {
  const { matter } = context;
  const { plaintiff, agents, cause } = matter.profile;
  const [agent] = agents;
  const phone = contactPhone(plaintiff) ?? '';
  const { email } = plaintiff;
  const name = partyName(true, plaintiff);
  return {
    court: courtOf(context),
    caseNumber: '',
    cause,
    party: {
      role: '原告',
      name,
      idType: idTypeName(true, plaintiff),
      idNumber: idNumber(plaintiff),
    },
    agent: { name: agent?.name ?? '', phone: agent?.phone ?? '' },
    electronic: {
      // An address given for it is the consent; without one the box is left to the party.
      accepted: email === undefined ? null : true,
      phone,
      email: email ?? '',
      others: [],
    },
    postal: { recipient: name, address: plaintiff.domicile ?? '', postcode: '', phone },
    agreement: agreement(context),
    signature: { name, date: printedDate('cn', matter.preparedOn) },
  };
}

function contactPhone(plaintiff: CaseContext['matter']['profile']['plaintiff']) {
  if (plaintiff.phone !== undefined) return plaintiff.phone;
  return plaintiff.type === 'legal' ? plaintiff.representative?.phone : undefined;
}

/** What the contract says of service on the defendant, with its exhibits. */
function agreement(context: CaseContext): string {
  const { serviceClause, clauses } = context.matter.terms ?? {};
  if (serviceClause?.agreed !== true) return '';
  const clause = clauseName(true, serviceClause.clause ?? clauses?.service);
  const marks = marksOfKind(context, 'contract', 'service-address').join('、');
  const where = [`借款合同${clause}`, marks].filter((text) => text !== '').join('，');
  return `${where}：${serviceClause.text ?? '双方约定了送达地址。'}`;
}
