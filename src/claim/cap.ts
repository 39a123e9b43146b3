import type { CapWorking } from './claim.ts';
import { decimal, exactAmount, type Ledger, total } from './ledger.ts';
import { type Cents, formatMoney, lesser } from './money.ts';
import { maximum, minus, plus, rational, roundUp, ZERO } from './rational.ts';

/**
 * The yearly cap on interest, penalty, compound interest and fees (法发〔2017〕22号 art. 2: 24 %).
 * Two tests, the stricter counts: no stretch of time may cost more than the cap on the principal
 * then outstanding; and all stretches together with the fees may not. Cheap months therefore do
 * not pay for dear ones. Charges already paid count too, so that paying never costs the borrower
 * a reduction. Costs of enforcing the claim (实现债权的费用) are no price of the credit and stay
 * outside. The reduction is rounded up to the cent and cannot exceed what is claimed.
 * @param claimed what is unpaid of interest, penalty, compound interest and fees under the cap
 */
export function capWorking(
  ledger: Ledger,
  claimed: Cents,
): { working: CapWorking; reduction: Cents } | null {
  const { cap } = ledger.rules;
  if (cap === null) return null;
  const over = ledger.segments
    .map((segment) => ({ ...segment, excess: minus(segment.charged, segment.allowed) }))
    .filter((segment) => segment.excess.n > 0n);
  const sum = (values: readonly { n: bigint; d: bigint }[]) => values.reduce(plus, ZERO);
  const charged = sum(ledger.segments.map((segment) => segment.charged));
  const allowed = sum(ledger.segments.map((segment) => segment.allowed));
  const ofSegments = sum(over.map((segment) => segment.excess));
  const fees = rational(total(ledger.fees, (fee) => (fee.underCap ? fee.amount : 0n)));
  const left = minus(charged, ofSegments);
  const withFees = fees.n === 0n ? ZERO : maximum(ZERO, minus(plus(left, fees), allowed));
  const reduction = lesser(roundUp(plus(ofSegments, withFees)), claimed);
  const working = {
    annualRate: decimal(cap),
    charged: exactAmount(charged),
    allowed: exactAmount(allowed),
    fees: formatMoney(fees.n),
    segments: over.map((segment) => ({
      from: segment.from,
      to: segment.to,
      charged: exactAmount(segment.charged),
      allowed: exactAmount(segment.allowed),
      excess: exactAmount(segment.excess),
    })),
    excessOfSegments: exactAmount(ofSegments),
    excessWithFees: exactAmount(withFees),
    reduction: formatMoney(reduction),
  };
  return { working, reduction };
}
