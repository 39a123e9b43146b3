import { z } from 'zod';
import { CourtError } from '../../litigation/court/errors.ts';
import type { FilingState } from '../../litigation/court/ports.ts';
import { bodyStream, drainBody, singleHeader } from '../body.ts';
import { ApiError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { checkShape } from '../schemas/check-shape.ts';
import { pathText } from '../schemas/parameters.ts';
import type { CourtExchange } from './court-exchange.ts';

const whole = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, { error: 'is not a whole number above 0' })
  .transform(Number);
const senderName = z.string().min(1).max(64);
const listQuery = z.strictObject({
  limit: whole.exactOptional(),
  below: whole.exactOptional(),
  sender: senderName.exactOptional(),
});
const oneQuery = z.strictObject({ sender: senderName.exactOptional() });
const MAX_PAGE = 500;

/** PUT /v1/filings/{sha256}: hands in one package; the same again gives the same answer. */
export async function putFiling(exchange: CourtExchange): Promise<void> {
  const { request, response, services } = exchange;
  checkShape(z.strictObject({}), { ...request.query });
  const sha256 = digestOf(exchange);
  const sender = exchange.caller?.name ?? '';
  checkHeaders(exchange, sha256);
  await seated(exchange, sender, async () => {
    const bytes = lazily(exchange);
    const { filing, decision, repeated } = await services.intake.receive({ sender, sha256, bytes });
    // A known package was answered without reading it: let the sender get to the answer.
    await drainBody(request, response);
    response
      .status(repeated ? 200 : 201)
      .location(`/v1/filings/${sha256}`)
      .json(stateToJson({ filing, decision }));
  });
}

/** GET /v1/filings/{sha256}: how a package stands, with its receipt. */
export async function getFiling(exchange: CourtExchange): Promise<void> {
  exchange.response.json(stateToJson(await stateOf(exchange)));
}

/** GET /v1/filings/{sha256}/report: every check, as the receipt's `reportSha256` binds it. */
export async function getReport(exchange: CourtExchange): Promise<void> {
  const { decision } = await stateOf(exchange);
  if (decision === undefined) {
    const what = 'the filing is not decided';
    throw new CourtError('FILING_UNKNOWN', what, 'Ask again when it has a receipt.');
  }
  exchange.response.type('application/json').send(Buffer.from(decision.report));
}

/** GET /v1/filings: the queue, latest first; a sender sees its own filings only. */
export async function listFilings(exchange: CourtExchange): Promise<void> {
  const { request, response, services } = exchange;
  const query = checkShape(listQuery, { ...request.query });
  const sender = scopeOf(exchange, query.sender);
  const limit = Math.min(query.limit ?? 100, MAX_PAGE);
  const page = await services.intake.list({
    limit,
    ...(sender === undefined ? {} : { sender }),
    ...(query.below === undefined ? {} : { below: query.below }),
  });
  const last = page.at(-1)?.filing.id;
  const next = page.length === limit && last !== undefined && last > 1 ? last : null;
  response.json({ filings: page.map(stateToJson), next });
}

function stateOf(exchange: CourtExchange): Promise<FilingState> {
  const { sender } = checkShape(oneQuery, { ...exchange.request.query });
  const whose = scopeOf(exchange, sender);
  if (whose !== undefined) return exchange.services.intake.filing(whose, digestOf(exchange));
  throw new ApiError('REQUEST_INVALID', '"sender": is missing', 'Say whose filing: ?sender=name.');
}

/** Whose filings are asked for: staff may name anybody, a sender only itself. */
function scopeOf({ caller }: CourtExchange, wanted: string | undefined): string | undefined {
  if (caller?.roles.some((role) => role === 'clerk' || role === 'auditor')) return wanted;
  if (wanted === undefined || wanted === caller?.name) return caller?.name ?? '';
  const remedy = 'Leave "sender" out: you see your own filings.';
  throw new ApiError('ROLE_MISSING', 'these are filings of another sender', remedy);
}

function digestOf({ request }: CourtExchange): string {
  const sha256 = pathText(request, 'sha256');
  if (/^[0-9a-f]{64}$/.test(sha256)) return sha256;
  const remedy = 'Put the SHA-256 of the package into the address.';
  throw new ApiError('REQUEST_INVALID', 'the address does not end in 64 hex digits', remedy);
}

function checkHeaders({ request, limits }: CourtExchange, sha256: string): void {
  const key = singleHeader(request, 'idempotency-key');
  // The digest is the key; another one would promise something that is not kept.
  if (key !== undefined && key.replace(/^"(.*)"$/, '$1') !== sha256) {
    const remedy = 'Send the SHA-256 of the package as the key, or leave the header out.';
    throw new ApiError('REQUEST_INVALID', 'the Idempotency-Key is not the digest', remedy);
  }
  const { packageBytes } = limits;
  if (Number(request.headers['content-length'] ?? 0) > packageBytes) {
    const what = `the package is larger than ${packageBytes} bytes`;
    throw new CourtError('PACKAGE_TOO_LARGE', what, 'Split the case, or ask the court.');
  }
}

/** Takes a seat for the time of the request: a court that is full says so instead of slowing down. */
async function seated(
  { inFlight, limits }: CourtExchange,
  sender: string,
  work: () => Promise<void>,
): Promise<void> {
  const own = inFlight.get(sender) ?? 0;
  const all = [...inFlight.values()].reduce((sum, count) => sum + count, 0);
  if (all >= limits.inFlight || own >= limits.inFlightOfSender) {
    const what = `${own} packages of this sender are being taken in, ${all} of all`;
    throw new CourtError('COURT_BUSY', what, 'Send fewer at the same time, and this one again.');
  }
  inFlight.set(sender, own + 1);
  try {
    await work();
  } finally {
    const left = (inFlight.get(sender) ?? 1) - 1;
    if (left > 0) inFlight.set(sender, left);
    else inFlight.delete(sender);
  }
}

/** The body, asked for only when somebody reads it: a known package is then not sent again. */
async function* lazily({ request, response }: CourtExchange): AsyncGenerator<Uint8Array> {
  // `bodyStream` reads nothing else of an exchange than these two.
  yield* bodyStream({ request, response } as Exchange);
}

function stateToJson({ filing, decision, refusal }: FilingState) {
  const { sha256, sender, size, receivedAt, id } = filing;
  return {
    id,
    sha256,
    sender,
    size,
    receivedAt,
    state: decision?.decision ?? (refusal === undefined ? 'undecided' : 'refused'),
    caseId: decision?.caseId ?? null,
    revision: decision?.revision ?? null,
    evidenceNo: decision?.evidenceNo ?? null,
    decidedAt: decision?.decidedAt ?? null,
    receipt: decision?.receipt ?? null,
    refusal: refusal === undefined ? null : { code: refusal.code, detail: refusal.detail },
  };
}
