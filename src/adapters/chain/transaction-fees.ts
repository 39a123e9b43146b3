import { formatEther, type Transaction } from 'ethers';
import { AnchorChainError } from '../../evidence/anchor/ports.ts';

/**
 * What a network wants to be paid. `zero`: permissioned chains. `legacy`: one gas price.
 * `1559`: EIP-1559. Amounts are wei; `ceiling` bounds what a replacement may offer per gas
 * (default: ten times the first offer).
 */
export type FeePolicy =
  | { mode: 'zero' }
  | { mode: 'legacy'; gasPrice: bigint; ceiling?: bigint }
  | { mode: '1559'; maxFeePerGas: bigint; maxPriorityFeePerGas: bigint; ceiling?: bigint };

export type FeeFields =
  | { type: 0; gasPrice: bigint }
  | { type: 2; maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };

/** Fee fields of a first attempt. */
export function firstFee(policy: FeePolicy): FeeFields {
  switch (policy.mode) {
    case 'zero':
      return { type: 0, gasPrice: 0n };
    case 'legacy':
      return { type: 0, gasPrice: policy.gasPrice };
    case '1559': {
      const { maxFeePerGas, maxPriorityFeePerGas } = policy;
      if (maxPriorityFeePerGas <= maxFeePerGas) {
        return { type: 2, maxFeePerGas, maxPriorityFeePerGas };
      }
      const what = `priority fee ${maxPriorityFeePerGas} is above the whole fee ${maxFeePerGas}`;
      throw new AnchorChainError('CHAIN_SETTINGS_INVALID', what, 'Lower the priority fee.');
    }
  }
}

/** 12.5 % more, rounded up: nodes ask for at least 10 % to replace a waiting transaction. */
const raise = (fee: bigint) => (fee * 1125n + 999n) / 1000n;

/** Fee fields that may replace `previous`; null when they would pass the ceiling or stay at 0. */
export function raisedFee(policy: FeePolicy, previous: Transaction): FeeFields | null {
  if (policy.mode === 'zero') return null;
  if (policy.mode === 'legacy') {
    const gasPrice = raise(previous.gasPrice ?? policy.gasPrice);
    const fits = gasPrice > 0n && gasPrice <= (policy.ceiling ?? policy.gasPrice * 10n);
    return fits ? { type: 0, gasPrice } : null;
  }
  const maxFeePerGas = raise(previous.maxFeePerGas ?? policy.maxFeePerGas);
  const maxPriorityFeePerGas = raise(previous.maxPriorityFeePerGas ?? policy.maxPriorityFeePerGas);
  const fits = maxFeePerGas > 0n && maxFeePerGas <= (policy.ceiling ?? policy.maxFeePerGas * 10n);
  return fits ? { type: 2, maxFeePerGas, maxPriorityFeePerGas } : null;
}

/** For the operator: what an attempt offers per gas, in wei. */
export function describeFee(fee: FeeFields): string {
  if (fee.type === 0) return `${fee.gasPrice} wei per gas`;
  return `at most ${fee.maxFeePerGas} wei per gas, tip ${fee.maxPriorityFeePerGas}`;
}

/** For the operator: an amount of wei in ether, exactly. */
export function inEther(wei: bigint): string {
  return formatEther(wei).replace(/\.0$/, '');
}

/** The most that a first attempt pays per gas, in wei; 0 where nothing is paid. */
export function highestFee(policy: FeePolicy): bigint {
  const fee = firstFee(policy);
  return fee.type === 0 ? fee.gasPrice : fee.maxFeePerGas;
}
