import { addDays } from './calendar-date.ts';
import type { Continuing } from './claim.ts';
import { yearDays } from './day-count.ts';
import {
  exactAmount,
  type Ledger,
  percent,
  total,
  unpaidInterest,
  unpaidPrincipal,
} from './ledger.ts';
import { formatMoney } from './money.ts';
import { minimum, plus, type Rational, rational, times } from './rational.ts';

interface Parts {
  readonly from: string;
  readonly principal: string;
  readonly interest: string;
  readonly rate: string;
  readonly year: number;
  readonly compound: boolean;
  readonly cap: string | null;
}

function formulaOf({ principal, interest, rate, year, compound, cap }: Parts): string {
  const bases = compound ? `(${principal} + ${interest})` : principal;
  const daily = `${bases} × ${rate} / ${year}`;
  return cap === null ? daily : `min(${daily}, ${principal} × ${cap} / ${year})`;
}

function english({ from, principal, interest, rate, year, compound, cap }: Parts): string {
  const onInterest = compound
    ? `, and compound interest on unpaid in-term interest of ${interest} at the same rate`
    : '';
  const limit = cap === null ? '' : `; together at most ${cap} a year on that principal`;
  return `From ${from} until actual payment: interest at ${rate} a year (1/${year} a day) on the principal due and unpaid of ${principal}${onInterest}${limit}.`;
}

function chinese({ from, principal, interest, rate, year, compound, cap }: Parts): string {
  const onInterest = compound ? `，并以欠付期内利息${interest}元为基数按同一利率计收复利` : '';
  const limit = cap === null ? '' : `，总计以到期未还本金的年利率${cap}为限`;
  return `自${from}起至实际清偿之日止，以到期未还本金${principal}元为基数，按年利率${rate}（日利率为年利率÷${year}）计算逾期利息（罚息）${onInterest}${limit}。`;
}

/** What the debt costs each day after the cut-off; null when nothing due bears interest. */
export function continuingClaim(ledger: Ledger): Continuing | null {
  const { rules } = ledger;
  const principal = total(ledger.items, unpaidPrincipal);
  const interest = rules.compound ? total(ledger.items, unpaidInterest) : 0n;
  const rate = rules.penaltyRate(ledger.rate);
  const year = yearDays(rules.penaltyDayCount);
  const daily = (base: bigint, yearly: Rational): Rational =>
    times(times(rational(base), yearly), rational(1n, BigInt(year)));
  const [penalty, compound] = [daily(principal, rate), daily(interest, rate)];
  const uncapped = plus(penalty, compound);
  if (uncapped.n === 0n) return null;
  const limit = rules.cap === null ? uncapped : daily(principal, rules.cap);
  const perDay = minimum(uncapped, limit);
  const capped = perDay !== uncapped;
  const parts = {
    from: addDays(ledger.cutOff, 1),
    principal: formatMoney(principal),
    interest: formatMoney(interest),
    rate: percent(rate),
    year,
    compound: interest > 0n,
    cap: rules.cap === null ? null : percent(rules.cap),
  };
  return {
    from: parts.from,
    perDayPenalty: exactAmount(penalty),
    perDayCompound: exactAmount(compound),
    perDay: exactAmount(perDay),
    capped,
    formula: formulaOf(parts),
    en: english(parts),
    zh: chinese(parts),
  };
}
