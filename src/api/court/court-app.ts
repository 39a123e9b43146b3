import type { Express, RequestHandler } from 'express';
import { authenticate, authorise } from '../auth/authenticate.ts';
import { localsOf } from '../exchange.ts';
import { closeFrame, openFrame } from '../http-frame.ts';
import {
  COURT_LIMITS,
  type CourtExchange,
  type CourtLimits,
  type CourtRoute,
  type CourtServices,
} from './court-exchange.ts';
import { courtProblemOf } from './court-problem.ts';
import { getFiling, getReport, listFilings, putFiling } from './filings.ts';

export { COURT_LIMITS, type CourtLimits, type CourtServices } from './court-exchange.ts';

const FILING = '/v1/filings/:sha256';
const READERS = ['depositor', 'clerk', 'auditor'] as const;

/** Every address of the court's interface (docs/court-protocol.md). */
export const COURT_ROUTES: readonly CourtRoute[] = [
  { method: 'put', path: FILING, access: ['depositor'], handle: putFiling },
  { method: 'get', path: FILING, access: READERS, handle: getFiling },
  { method: 'get', path: `${FILING}/report`, access: READERS, handle: getReport },
  { method: 'get', path: '/v1/filings', access: READERS, handle: listFilings },
  { method: 'get', path: '/v1/court', access: 'public', handle: getCourt },
  { method: 'get', path: '/healthz', access: 'public', handle: getHealth },
];

/**
 * The court's HTTP interface. Every answer is JSON, every refusal a problem document (RFC 9457);
 * a defective package is no refusal: it gets a signed receipt.
 * @param limits overrides of `COURT_LIMITS`
 */
export function createCourtApp(
  services: CourtServices,
  limits: Partial<CourtLimits> = {},
): Express {
  const app = openFrame(services);
  const shared = {
    services,
    limits: { ...COURT_LIMITS, ...limits },
    inFlight: new Map<string, number>(),
  };
  for (const route of COURT_ROUTES) app[route.method](route.path, serve(route, shared));
  const docs = 'docs/court-protocol.md';
  closeFrame(app, COURT_ROUTES, { services, docs, refusalOf: courtProblemOf });
  return app;
}

function serve(
  route: CourtRoute,
  shared: Pick<CourtExchange, 'services' | 'limits' | 'inFlight'>,
): RequestHandler {
  return async (request, response) => {
    const locals = localsOf(response);
    const { requestId } = locals;
    locals.route = route.path;
    const { authorization } = request.headers;
    const caller = await authenticate(route.access, authorization, shared.services.checkKey);
    if (caller !== undefined) locals.caller = caller;
    authorise(route.access, caller);
    await route.handle({ request, response, requestId, caller, ...shared });
  };
}

/** GET /v1/court: who this is; a lender compares the thumbprint with what the court told it. */
async function getCourt({ response, services }: CourtExchange): Promise<void> {
  response.json(services.court);
}

/** GET /healthz: whether the store answers. */
async function getHealth({ response, services }: CourtExchange): Promise<void> {
  await services.intake.list({ limit: 1 });
  response.json({ status: 'ok' });
}
