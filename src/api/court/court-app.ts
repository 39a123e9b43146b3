import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { toHex } from '../../formats/bytes.ts';
import { authenticate, authorise } from '../auth/authenticate.ts';
import { drainBody } from '../body.ts';
import { ApiError, failureDetails } from '../errors.ts';
import { localsOf } from '../exchange.ts';
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

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * The court's HTTP interface. Every answer is JSON, every refusal a problem document (RFC 9457);
 * a defective package is no refusal: it gets a signed receipt.
 * @param limits overrides of `COURT_LIMITS`
 */
export function createCourtApp(
  services: CourtServices,
  limits: Partial<CourtLimits> = {},
): express.Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple');
  app.use(openExchange(services));
  const shared = {
    services,
    limits: { ...COURT_LIMITS, ...limits },
    inFlight: new Map<string, number>(),
  };
  for (const route of COURT_ROUTES) app[route.method](route.path, serve(route, shared));
  for (const path of new Set(COURT_ROUTES.map((route) => route.path))) {
    app.all(path, refuseMethod(path));
  }
  app.use(() => {
    const what = 'there is nothing at this address';
    throw new ApiError('ROUTE_UNKNOWN', what, 'See docs/court-protocol.md.');
  });
  app.use(answerError(services));
  return app;
}

function openExchange({ clock, random, writeLog }: CourtServices): RequestHandler {
  return (request, response, next) => {
    const startedAt = clock.now().getTime();
    const requestId = toHex(random.bytes(12));
    Object.assign(localsOf(response), { requestId, startedAt });
    response.set({ ...HEADERS, 'X-Request-Id': requestId });
    response.once('close', () => {
      const { route = 'none', caller, code } = localsOf(response);
      writeLog({
        event: response.writableFinished ? 'request.answered' : 'request.aborted',
        requestId,
        method: request.method,
        route,
        status: response.statusCode,
        ms: clock.now().getTime() - startedAt,
        ...(caller === undefined ? {} : { caller: caller.name }),
        ...(code === undefined ? {} : { code }),
      });
    });
    next();
  };
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

function refuseMethod(path: string): RequestHandler {
  const methods = COURT_ROUTES.filter((route) => route.path === path).map(({ method }) => method);
  const allow = methods.map((method) => (method === 'get' ? 'GET, HEAD' : 'PUT')).join(', ');
  return (_request, response) => {
    response.setHeader('Allow', allow);
    const what = `this address takes ${allow}`;
    throw new ApiError('METHOD_NOT_ALLOWED', what, 'See docs/court-protocol.md.');
  };
}

function answerError(services: CourtServices): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return async (error, request, response, _next) => {
    const { requestId } = localsOf(response);
    const { problem, retryAfter } = courtProblemOf(error, requestId);
    if (request.destroyed && !request.complete) {
      localsOf(response).code = 'UPLOAD_ABORTED';
      response.destroy();
      return;
    }
    localsOf(response).code = problem.code;
    if (problem.status >= 500 && problem.status !== 503) {
      services.writeLog({ ...failureDetails(error), event: 'request.failed', requestId });
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    await drainBody(request, response);
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    response.removeHeader('Location');
    const text = JSON.stringify(problem);
    response.status(problem.status).type('application/problem+json').send(text);
  };
}
