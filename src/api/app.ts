import type { Express, RequestHandler } from 'express';
import { authenticate, authorise } from './auth/authenticate.ts';
import { DepositAdmission } from './batch/deposit-admission.ts';
import { WeightedGate } from './batch/weighted-gate.ts';
import { problemOf } from './errors.ts';
import { localsOf } from './exchange.ts';
import { closeFrame, openFrame, type Refusal } from './http-frame.ts';
import { API_LIMITS, type ApiLimits } from './limits.ts';
import type { ApiServices } from './ports.ts';
import type { Route } from './routes/route.ts';
import { ROUTES } from './routes/routes.ts';

export { ApiError, type ApiErrorCode, type Problem } from './errors.ts';
export type { ApiLimits } from './limits.ts';
export { createServer, type ServerLimits } from './server.ts';

/**
 * The HTTP interface (docs/api.md). Every answer is JSON, NDJSON, a file of the log or original
 * content; every refusal is a problem document (RFC 9457).
 * @param limits overrides of `API_LIMITS`
 */
export function createApp(services: ApiServices, limits: Partial<ApiLimits> = {}): Express {
  const app = openFrame(services);
  const serve = routeServer(services, { ...API_LIMITS, ...limits });
  for (const route of ROUTES) app[route.method](route.path, serve(route));
  closeFrame(app, ROUTES, { services, docs: 'docs/api.md', refusalOf });
  return app;
}

/** Seconds after which to come again, by status. */
const RETRY_AFTER = new Map([
  [429, 1],
  [503, 5],
]);

function refusalOf(error: unknown, requestId: string): Refusal {
  const problem = problemOf(error, requestId);
  return { problem, retryAfter: RETRY_AFTER.get(problem.status) };
}

function routeServer(services: ApiServices, limits: ApiLimits) {
  const admission = new DepositAdmission(limits);
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
        admission,
        batchBytes,
        log: (event, details) => services.writeLog({ ...details, event, requestId }),
      });
    };
}
