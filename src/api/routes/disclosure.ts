import type { Disclosure } from '../../evidence/index.ts';
import type { Statement } from '../../formats/statement.ts';
import { KINDS } from '../../formats/taxonomy.ts';
import { ApiError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';

/**
 * Content goes out: one record each time, before the first byte. The ground may be told by the
 * header `Cunzheng-Ground`, a text percent-encoded as UTF-8: never in the address, which is logged
 * on its way.
 */
export async function recordContent(
  exchange: Exchange,
  evidenceNo: string,
  seq: number,
): Promise<void> {
  const { decision, to } = decisionOf(exchange);
  const disclosure: Disclosure = { kind: 'disclosed', to, what: 'content', seqs: [seq] };
  await exchange.services.evidence.custody.disclose(evidenceNo, decision, disclosure);
}

/**
 * Statements go out, in a history, a proof or a receipt: one record a day for the same key, ground
 * and entries. What the service itself wrote about custody names offices and not persons, and
 * leaves none: else each look at a history would make a longer one.
 */
export async function recordStatements(
  exchange: Exchange,
  evidenceNo: string,
  statements: readonly Statement[],
): Promise<void> {
  const seqs = statements.filter(({ kind }) => !isCustody(kind)).map(({ seq }) => seq);
  const { decision, to } = decisionOf(exchange);
  if (seqs.length === 0) return;
  const disclosure: Disclosure = { kind: 'disclosed', to, what: 'statements', seqs };
  await exchange.services.evidence.custody.discloseDaily(evidenceNo, decision, disclosure);
}

function isCustody(kind: Statement['kind']): boolean {
  return ['custody', 'erasure'].includes(KINDS[kind].stage);
}

function decisionOf({ request, caller }: Exchange) {
  const by = caller?.name ?? 'unknown';
  return { decision: { by, ground: groundOf(request.get('Cunzheng-Ground')) }, to: by };
}

function groundOf(header: string | undefined): string {
  if (header === undefined) return '经授权角色查阅';
  try {
    return decodeURIComponent(header);
  } catch {
    const remedy = 'Percent-encode the ground as UTF-8.';
    throw new ApiError('REQUEST_INVALID', 'the header Cunzheng-Ground does not decode', remedy);
  }
}
