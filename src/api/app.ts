import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import { toHex } from '../formats/bytes.ts';
import { authenticate, authorise } from './auth/authenticate.ts';
import { WeightedGate } from './batch/weighted-gate.ts';
import { drainBody } from './body.ts';
import { ApiError, failureDetails, problemOf } from './errors.ts';
import { localsOf } from './exchange.ts';
import { API_LIMITS, type ApiLimits } from './limits.ts';
import type { ApiServices } from './ports.ts';
import type { Route } from './routes/route.ts';
import { ROUTES } from './routes/routes.ts';

export { ApiError, type ApiErrorCode, type Problem } from './errors.ts';
export type { ApiLimits } from './limits.ts';
export { createServer, type ServerLimits } from './server.ts';

// Nothing here is a page: no script runs, nothing is framed, nothing personal is cached.
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/**
 * The HTTP interface (docs/api.md). Every answer is JSON, NDJSON, a file of the log or original
 * content; every refusal is a problem document (RFC 9457).
 * @param limits overrides of `API_LIMITS`
 */
export function createApp(services: ApiServices, limits: Partial<ApiLimits> = {}): express.Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple');
  app.use(openExchange(services));
  const serve = routeServer(services, { ...API_LIMITS, ...limits });
  for (const route of ROUTES) app[route.method](route.path, serve(route));
  for (const path of new Set(ROUTES.map((route) => route.path))) app.all(path, refuseMethod(path));
  app.use(refuseAddress);
  app.use(answerError(services));
  return app;
}

function openExchange({ clock, random, writeLog }: ApiServices): RequestHandler {
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

function routeServer(services: ApiServices, limits: ApiLimits) {
  const batchBytes = new WeightedGate(limits.batchBytesInFlight);
  return (route: Route): RequestHandler =>
    async (request, response) => {
      const locals = localsOf(response);
      const { requestId } = locals;
      locals.route = route.path.replaceAll('\\', '');
      const { authorization } = request.headers;
      const caller = await authenticate(route.access, authorization, services.checkKey);
      // Remembered before the role is looked at: the log names who was refused, too.
      if (caller !== undefined) locals.caller = caller;
      authorise(route.access, caller);
      await route.handle({
        request,
        response,
        requestId,
        caller,
        services,
        limits,
        batchBytes,
        log: (event, details) => services.writeLog({ ...details, event, requestId }),
      });
    };
}

function refuseMethod(path: string): RequestHandler {
  const methods = ROUTES.filter((route) => route.path === path).map(({ method }) => method);
  const allow = methods.map((method) => (method === 'get' ? 'GET, HEAD' : 'POST')).join(', ');
  return (_request, response) => {
    response.setHeader('Allow', allow);
    throw new ApiError('METHOD_NOT_ALLOWED', `this address takes ${allow}`, 'See docs/api.md.');
  };
}

const refuseAddress: RequestHandler = () => {
  throw new ApiError('ROUTE_UNKNOWN', 'there is nothing at this address', 'See docs/api.md.');
};

function answerError(services: ApiServices): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return async (error, request, response, _next) => {
    const { requestId } = localsOf(response);
    const problem = problemOf(error, requestId);
    if (request.destroyed && !request.complete) {
      localsOf(response).code = 'UPLOAD_ABORTED';
      response.destroy();
      return;
    }
    localsOf(response).code = problem.code;
    if (problem.status >= 500) {
      services.writeLog({ ...failureDetails(error), event: 'request.failed', requestId });
    }
    if (response.headersSent) {
      // In the middle of an answer: the broken connection is what tells the caller.
      response.destroy();
      return;
    }
    await drainBody(request, response);
    sendProblem(response, problem.status, JSON.stringify(problem));
  };
}

function sendProblem(response: Response, status: number, text: string): void {
  for (const name of ['Content-Disposition', 'Content-Digest', 'Content-Length', 'Location']) {
    response.removeHeader(name);
  }
  response.setHeader('Cache-Control', 'no-store');
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (status === 503) response.setHeader('Retry-After', '5');
  response.status(status).type('application/problem+json').send(text);
}
