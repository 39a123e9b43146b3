import { pipeline } from 'node:stream/promises';
import { EvidenceError } from '../../evidence/index.ts';
import { parseProofFile } from '../../formats/proof-file.ts';
import { parseReceipt } from '../../formats/receipt.ts';
import { parseStatement } from '../../formats/statement.ts';
import type { Exchange } from '../exchange.ts';
import {
  evidenceNoOf,
  momentOf,
  referenceOf,
  refuseQuery,
  seqOf,
  sizeOf,
} from '../schemas/parameters.ts';
import { recordContent, recordStatements } from './disclosure.ts';

/** GET /v1/loans?reference=: the evidence number of a loan of the lender's books. */
export async function findLoan({ request, response, services }: Exchange): Promise<void> {
  const loan = await services.evidence.findLoan(referenceOf(request));
  if (loan === undefined) {
    const remedy = 'Compare the reference with the core system; a loan begins with a deposit.';
    throw new EvidenceError('LOAN_UNKNOWN', 'no loan has this reference', remedy);
  }
  response.json(loan);
}

/** GET /v1/loans/:evidenceNo: every statement of the loan, in order, and what its times say. */
export async function getHistory(exchange: Exchange): Promise<void> {
  const { request, response, services } = exchange;
  refuseQuery(request);
  const evidenceNo = evidenceNoOf(request);
  const { reference } = await services.evidence.loanByEvidenceNo(evidenceNo);
  const history = await services.evidence.history(evidenceNo);
  await recordStatements(
    exchange,
    evidenceNo,
    history.map(({ statement }) => statement),
  );
  const times = await services.evidence.timesOf(history);
  const entries = history.map(({ leafIndex, statement }, at) => ({
    leafIndex,
    statement,
    times: times[at],
  }));
  response.json({ evidenceNo, reference, entries });
}

/**
 * GET …/entries/:seq/receipt: the signed receipt, the same bytes as at the deposit. Who may deposit
 * has had it before; to anybody else the statement in it is disclosed.
 */
export async function getReceipt(exchange: Exchange): Promise<void> {
  const { request, response, services, caller } = exchange;
  refuseQuery(request);
  const evidenceNo = evidenceNoOf(request);
  const receipt = await services.evidence.receipt(evidenceNo, seqOf(request));
  if (caller?.roles.includes('depositor') !== true) {
    await recordStatements(exchange, evidenceNo, [parseReceipt(receipt).statement]);
  }
  response.type('application/json').send(receipt);
}

/** GET …/entries/:seq/proof?size=: the proof file as of a checkpoint. */
export async function getProof(exchange: Exchange): Promise<void> {
  const { request, response, services } = exchange;
  const size = sizeOf(request);
  const evidenceNo = evidenceNoOf(request);
  const proof = await services.evidence.proof(evidenceNo, seqOf(request), size);
  const statement = parseStatement(parseProofFile(proof).statementText);
  await recordStatements(exchange, evidenceNo, [statement]);
  response.type('application/json').send(proof);
}

/**
 * GET /v1/loans/:evidenceNo/completeness?size= or ?at=: that nothing deposited was left out, as of
 * a checkpoint, or of the first one that was anchored at or after a moment.
 */
export async function getCompleteness({ request, response, services }: Exchange): Promise<void> {
  const { evidence, timeTargets } = services;
  const { size, asOf } = momentOf(request);
  const as = asOf && (await evidence.checkpointAt(asOf, timeTargets()));
  const proof = await evidence.completeness(evidenceNoOf(request), as?.checkpoint.size ?? size);
  response.type('application/json').send(proof);
}

/** GET …/entries/:seq/content: the original bytes. */
export async function getContent(exchange: Exchange): Promise<void> {
  const { request, response, services } = exchange;
  refuseQuery(request);
  const evidenceNo = evidenceNoOf(request);
  const seq = seqOf(request);
  const artifact = await services.evidence.contentStream(evidenceNo, seq);
  const { file } = artifact.statement;
  const checked = await withFirst(artifact.bytes);
  await recordContent(exchange, evidenceNo, seq);
  exchange.log('content.read', { leafIndex: artifact.leafIndex });
  const digest = Buffer.from(file.sha256, 'hex').toString('base64');
  // Deposited files are whatever somebody once sent: never shown as a page of this site.
  response
    .attachment(file.name)
    .setHeader('Content-Type', file.mediaType)
    .setHeader('Content-Length', file.size)
    .setHeader('Content-Digest', `sha-256=:${digest}:`);
  // A byte that was changed further on shows at the end: the connection is then broken.
  if (request.method === 'HEAD') response.end();
  else await pipeline(checked, response);
}

/** Waits for the first bytes, so that what cannot be opened at all is refused with a clear answer. */
async function withFirst(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]();
  let next = await iterator.next();
  return (async function* () {
    for (; next.done !== true; next = await iterator.next()) yield next.value;
  })();
}
