import { type Cents, formatMoney, lesser } from './money.ts';
import { plus, type Rational, rational, roundHalfUp, times, ZERO } from './rational.ts';

/** 诉讼费用交纳办法 Art. 13 (1): upper end of each bracket in yuan and its rate per mille. */
const BRACKETS: readonly { upTo: bigint | null; perMille: bigint }[] = [
  { upTo: 100_000n, perMille: 25n },
  { upTo: 200_000n, perMille: 20n },
  { upTo: 500_000n, perMille: 15n },
  { upTo: 1_000_000n, perMille: 10n },
  { upTo: 2_000_000n, perMille: 9n },
  { upTo: 5_000_000n, perMille: 8n },
  { upTo: 10_000_000n, perMille: 7n },
  { upTo: 20_000_000n, perMille: 6n },
  { upTo: null, perMille: 5n },
];
const FLAT_UP_TO = 10_000n;
const FLAT_FEE = 5_000n;

/** One bracket's share of the fee. */
export interface FeeStep {
  readonly from: string;
  readonly to: string;
  readonly perMille: number;
  readonly fee: string;
}

export interface CourtFees {
  /** The amount in dispute the fees are computed from. */
  readonly amount: string;
  /** 案件受理费, to the cent and, as judgments state it, to the yuan. */
  readonly acceptance: string;
  readonly acceptanceYuan: string;
  /** Halved for the summary procedure (Art. 16). */
  readonly acceptanceHalved: string;
  readonly acceptanceHalvedYuan: string;
  readonly steps: readonly FeeStep[];
  /** 保全申请费 for preserving property to the full amount (Art. 14 (2)). */
  readonly preservation: string;
}

const yuan = (amount: bigint): Cents => amount * 100n;

function acceptanceSteps(amount: Cents): { exact: Rational; steps: FeeStep[] } {
  let exact = rational(FLAT_FEE);
  const flatEnd = yuan(FLAT_UP_TO);
  const steps: FeeStep[] = [
    {
      from: '0.00',
      to: formatMoney(lesser(amount, flatEnd)),
      perMille: 0,
      fee: formatMoney(FLAT_FEE),
    },
  ];
  let from = flatEnd;
  for (const { upTo, perMille } of BRACKETS) {
    if (amount <= from) break;
    const end = upTo === null ? amount : lesser(amount, yuan(upTo));
    const fee = rational((end - from) * perMille, 1000n);
    exact = plus(exact, fee);
    const [low, high] = [formatMoney(from), formatMoney(end)];
    const rounded = formatMoney(roundHalfUp(fee));
    steps.push({ from: low, to: high, perMille: Number(perMille), fee: rounded });
    from = end;
  }
  return { exact, steps };
}

/** Art. 14 (2): 30 yuan up to 1,000; 1 % up to 100,000; 0.5 % above; at most 5,000. */
function preservationFee(amount: Cents): Rational {
  const [low, high, most] = [yuan(1_000n), yuan(100_000n), rational(yuan(5_000n))];
  const middle = amount > high ? high - low : amount > low ? amount - low : 0n;
  const above = amount > high ? amount - high : 0n;
  const fee = plus(rational(yuan(30n)), plus(rational(middle, 100n), rational(above * 5n, 1000n)));
  return fee.n > most.n * fee.d ? most : fee;
}

/**
 * Court fees in China for an amount in dispute, in cents of a yuan, each rounded half up to the
 * cent once. Source: 诉讼费用交纳办法 (State Council order 481) Art. 13, 14, 16.
 */
export function courtFees(amount: Cents): CourtFees {
  const { exact, steps } = acceptanceSteps(amount);
  const half = times(exact, rational(1n, 2n));
  const inYuan = (cents: Rational): string =>
    roundHalfUp(times(cents, rational(1n, 100n))).toString();
  return {
    amount: formatMoney(amount),
    acceptance: formatMoney(roundHalfUp(exact)),
    acceptanceYuan: inYuan(exact),
    acceptanceHalved: formatMoney(roundHalfUp(half)),
    acceptanceHalvedYuan: inYuan(half),
    steps,
    preservation: formatMoney(roundHalfUp(amount <= 0n ? ZERO : preservationFee(amount))),
  };
}
