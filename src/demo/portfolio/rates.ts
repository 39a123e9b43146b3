/** A rate such as "0.239" as parts per ten thousand: 2390n. Rates here have at most 4 digits. */
export function rateUnits(rate: string): bigint {
  return BigInt(rate.replace(/^0\.?/, '').padEnd(4, '0'));
}

/** A rate as papers show it: "0.239" is "23.9%". */
export function percent(rate: string): string {
  return percentOf(rateUnits(rate));
}

/** Parts per ten thousand as a percentage without trailing zeros. */
export function percentOf(units: bigint): string {
  const fraction = String(units % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return `${units / 100n}${fraction === '' ? '' : `.${fraction}`}%`;
}

/** `value × numerator ÷ denominator`, half a unit rounded up; for values that are not negative. */
export function scaled(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return (2n * value * numerator + denominator) / (2n * denominator);
}
