import { moneyInWords, parseMoney } from '../../../claim/money.ts';
import type { Party } from '../document-data.ts';
import type { PreservationData } from '../filing-paper-data.ts';
import { type FilableCase, recordsIn, sourceOf } from './case-facts.ts';
import { defendantsAs, formParty, partyName } from './case-parties.ts';
import { cnFactsText } from './cn-complaint-facts.ts';
import { courtOf } from './evidence-list.ts';
import { printedDate, printedMoney } from './printed-values.ts';

/**
 * 财产保全申请书 with the elements of 财产保全规定 Art. 1, up to the whole claim.
 * @returns undefined unless the filing profile asks for it
 */
export function preservation(file: FilableCase): PreservationData | undefined {
  const { matter, claim, context } = file;
  const { profile } = matter;
  if (profile.preservation?.requested !== true) return undefined;
  const { property, security } = profile.preservation;
  const { plaintiff } = profile;
  const total = `${claim.currency === 'CNY' ? '' : `${claim.currency} `}${printedMoney(claim.lines.total)}`;
  const words =
    claim.currency === 'CNY' ? `（大写：${moneyInWords(parseMoney(claim.lines.total))}）` : '';
  const parties = defendantsAs(matter, 'borrower', 'co-borrower', 'guarantor');
  const names = parties.map((one) => partyName(true, one)).join('、');
  const name = partyName(true, plaintiff);
  return {
    court: courtOf(context),
    cause: profile.cause,
    applicant: formParty(plaintiff),
    respondents: parties.map((one): Party => formParty(one)),
    service: [plaintiff.domicile, plaintiff.phone, plaintiff.email]
      .filter((text) => text !== undefined)
      .join('，'),
    request: `请求依法查封、扣押、冻结被申请人${names}名下价值${total}元范围内的财产。`,
    amount: `${total}元${words}，即起诉状所列截至${printedDate('cn', claim.cutOff)}的请求总额。`,
    facts: [
      ...cnFactsText(file).split('\n'),
      `申请人已就本案${profile.cause}提起诉讼。为避免判决难以执行，申请人依照民事诉讼法第一百零三条申请财产保全。事实的依据见证据目录。`,
    ].filter((text) => text !== ''),
    property: [property, ...accountLeads(file)],
    security,
    fee: feeText(file),
    signature: { name, date: printedDate('cn', matter.preparedOn) },
  };
}

/** Accounts that the records name: leads in the meaning of Art. 10 (2), no more. */
function accountLeads({ context, matter }: FilableCase): string[] {
  const leads = recordsIn(matter, 'disbursement').flatMap(({ seq, record }) => {
    const { payee, payeeAccount, payeeBank } = record;
    if (payeeAccount === undefined) return [];
    const holder = [payee, payeeBank, payeeAccount].filter((text) => text !== undefined);
    return [`借款收款账户：${holder.join('，')}（${sourceOf(context, [seq])}）。`];
  });
  return [...new Set(leads)];
}

function feeText({ claim }: FilableCase): string {
  if (claim.courtFees === null) return '由人民法院核定。';
  const fee = printedMoney(claim.courtFees.preservation);
  return `按保全数额计算为${fee}元（诉讼费用交纳办法第十四条第二项），以人民法院核定为准。`;
}
