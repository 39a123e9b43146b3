import type { Allocation } from './claim-rules.ts';
import { type Cents, lesser } from './money.ts';

/** The parts of a debt that money can be set against. */
export type Part = 'fees' | 'interest' | 'penalty' | 'compound' | 'principal';

/** One part of one item of the debt (an instalment, the accelerated rest, a fee). */
export interface Bucket {
  readonly part: Part;
  /** Position of the item in order of falling due, from 0. */
  readonly item: number;
  readonly owed: Cents;
}

export interface AllocatedPart extends Bucket {
  readonly paid: Cents;
}

export interface AllocationResult {
  readonly parts: readonly AllocatedPart[];
  /** What is left when nothing more is due. */
  readonly rest: Cents;
}

/**
 * 民法典 561: costs, then interest, then principal. Within interest the in-term interest comes
 * first: it alone bears compound interest, so it is the part that weighs most on the debtor
 * (the thought of 民法典 560).
 */
const BY_LAW: readonly Part[] = ['fees', 'interest', 'penalty', 'compound', 'principal'];
const PRINCIPAL_FIRST: readonly Part[] = ['principal', 'interest', 'penalty', 'compound', 'fees'];

/** The buckets in the order in which money goes into them; what fell due earlier comes first. */
export function allocationOrder(buckets: readonly Bucket[], allocation: Allocation): Bucket[] {
  const ranks = allocation === 'principal-first' ? PRINCIPAL_FIRST : BY_LAW;
  const rank = (bucket: Bucket): number => ranks.indexOf(bucket.part);
  const group = (bucket: Bucket): number => {
    if (allocation !== 'instalment-by-instalment') return rank(bucket);
    return bucket.part === 'fees' ? -1 : bucket.item;
  };
  return [...buckets].sort((a, b) => group(a) - group(b) || a.item - b.item || rank(a) - rank(b));
}

function fill(amount: Cents, buckets: readonly Bucket[]): AllocationResult {
  const parts: AllocatedPart[] = [];
  let rest = amount;
  for (const bucket of buckets) {
    const paid = lesser(rest, bucket.owed);
    if (paid <= 0n) continue;
    parts.push({ ...bucket, paid });
    rest -= paid;
  }
  return { parts, rest };
}

function lessPaid(buckets: readonly Bucket[], paid: readonly AllocatedPart[]): Bucket[] {
  return buckets.map((bucket) => {
    const taken = paid
      .filter((part) => part.part === bucket.part && part.item === bucket.item)
      .reduce((sum, part) => sum + part.paid, 0n);
    return { ...bucket, owed: bucket.owed - taken };
  });
}

/**
 * Sets money against what is due. First what the parties designated (民法典 560 ¶1), each part up
 * to what is owed on it; then the rest in the agreed order, or that of 民法典 561. Every cent is
 * in `parts` or in `rest`.
 */
export function allocate(
  amount: Cents,
  buckets: readonly Bucket[],
  allocation: Allocation,
  designated: Partial<Record<Part, Cents>> = {},
): AllocationResult {
  const parts: AllocatedPart[] = [];
  let rest = amount;
  for (const part of BY_LAW) {
    const wanted = designated[part] ?? 0n;
    const limit = lesser(wanted, rest);
    const own = buckets.filter((bucket) => bucket.part === part);
    const filled = fill(limit, allocationOrder(own, 'fees-interest-principal'));
    parts.push(...filled.parts);
    rest -= limit - filled.rest;
  }
  const remaining = allocationOrder(lessPaid(buckets, parts), allocation);
  const general = fill(rest, remaining);
  return { parts: [...parts, ...general.parts], rest: general.rest };
}
