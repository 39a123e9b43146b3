import type { AnchorContext } from './anchor-context.ts';
import { AnchorHalt } from './anchor-halt.ts';
import { requireSameChain, requireSameLog } from './check-chain.ts';
import { AnchorChainError } from './ports.ts';

/**
 * What a chain in this process knows that this database does not.
 * @returns one line a finding, with the code of the halt
 */
export async function anchorFindings(context: AnchorContext): Promise<string[]> {
  const { chain, store } = context;
  try {
    // At the very first start nothing is pinned yet, and a check writes nothing.
    if ((await store.identity(chain.target)) !== null) await requireSameChain(context);
    await requireSameLog(context);
  } catch (error) {
    if (!(error instanceof AnchorHalt)) throw error;
    return [`${error.code}: ${error.message}`];
  }
  const counted = await chain.nextNonce();
  const own = (await store.nextOwnNonce(chain.target, chain.publisher)) ?? 0;
  if (counted <= own) return [];
  const what = `the chain has ${counted} transactions of ${chain.publisher}, the table has ${own}`;
  return [`evidence.db: table anchor_attempts: ${what}`];
}

/**
 * Of a chain outside only one finding keeps the service from starting: a head that our own key
 * signed for and that the log lacks. Everything else halts this target alone, and is reported there.
 */
export async function remoteFindings(context: AnchorContext): Promise<string[]> {
  try {
    await requireSameLog(context);
    return [];
  } catch (error) {
    if (error instanceof AnchorChainError) return [];
    if (!(error instanceof AnchorHalt)) throw error;
    const isFork = error.code === 'LOG_CONTRADICTS_CHAIN';
    return isFork ? [`${error.code} (${context.chain.target}): ${error.message}`] : [];
  }
}
