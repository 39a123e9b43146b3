import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Response,
} from 'express';
import type { Clock, RandomSource } from '../evidence/ports.ts';
import { toHex } from '../formats/bytes.ts';
import { drainBody } from './body.ts';
import { ApiError, failureDetails, type Problem } from './errors.ts';
import { localsOf } from './exchange.ts';
import type { WriteLog } from './ports.ts';

/** What the frame of every HTTP interface of this project needs. */
export interface FrameServices {
  writeLog: WriteLog;
  clock: Clock;
  /** For request ids. */
  random: RandomSource;
}

/** A problem document (RFC 9457), and after how many seconds to come back. */
export interface Refusal {
  problem: Problem;
  retryAfter?: number | undefined;
}

// Nothing here is a page: no script runs, nothing is framed, nothing personal is cached.
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** An Express application with strict routing, safe headers, request ids and a log line a request. */
export function openFrame(services: FrameServices): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple');
  app.use(openExchange(services));
  return app;
}

function openExchange({ clock, random, writeLog }: FrameServices): RequestHandler {
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

/**
 * Closes the frame behind the routes: other methods, unknown addresses, and every error as a
 * problem document.
 * @param docs the document that lists the addresses
 */
export function closeFrame(
  app: Express,
  routes: readonly { method: 'get' | 'post' | 'put'; path: string }[],
  options: {
    services: FrameServices;
    docs: string;
    refusalOf(error: unknown, requestId: string): Refusal;
  },
): void {
  const see = `See ${options.docs}.`;
  for (const path of new Set(routes.map((route) => route.path))) {
    const own = routes.filter((route) => route.path === path).map(({ method }) => method);
    const allow = own.map((m) => (m === 'get' ? 'GET, HEAD' : m.toUpperCase())).join(', ');
    app.all(path, (_request, response) => {
      response.setHeader('Allow', allow);
      throw new ApiError('METHOD_NOT_ALLOWED', `this address takes ${allow}`, see);
    });
  }
  app.use(() => {
    throw new ApiError('ROUTE_UNKNOWN', 'there is nothing at this address', see);
  });
  app.use(answerError(options));
}

function answerError({
  services,
  refusalOf,
}: {
  services: FrameServices;
  refusalOf(error: unknown, requestId: string): Refusal;
}): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return async (error, request, response, _next) => {
    const { requestId } = localsOf(response);
    const refusal = refusalOf(error, requestId);
    if (request.destroyed && !request.complete) {
      localsOf(response).code = 'UPLOAD_ABORTED';
      response.destroy();
      return;
    }
    const { code, status } = refusal.problem;
    localsOf(response).code = code;
    if (status >= 500 && status !== 503) {
      services.writeLog({ ...failureDetails(error), event: 'request.failed', requestId });
    }
    if (response.headersSent) {
      // In the middle of an answer: the broken connection is what tells the caller.
      response.destroy();
      return;
    }
    await drainBody(request, response);
    sendProblem(response, refusal);
  };
}

function sendProblem(response: Response, { problem, retryAfter }: Refusal): void {
  for (const name of ['Content-Disposition', 'Content-Digest', 'Content-Length', 'Location']) {
    response.removeHeader(name);
  }
  response.setHeader('Cache-Control', 'no-store');
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
  const text = JSON.stringify(problem);
  response.status(problem.status).type('application/problem+json').send(text);
}
