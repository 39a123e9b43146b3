import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { holdBack } from './body.ts';

/** Bounds on a connection; milliseconds unless said otherwise. */
export interface ServerLimits {
  /** Until the last header is there. */
  headersTimeout: number;
  /** Until the last byte of the body is there. */
  requestTimeout: number;
  /** A connection on which nothing moves is closed. */
  idleTimeout: number;
  /** How often the first two are looked at. */
  checkInterval: number;
  /** All headers together, bytes; beyond it the answer is 431. */
  headerBytes: number;
  /** Connections at the same time. */
  connections: number;
}

const SERVER_LIMITS: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 3_600_000,
  idleTimeout: 60_000,
  checkInterval: 5_000,
  headerBytes: 20 << 10,
  connections: 1_000,
};

/**
 * An HTTP server that slow or greedy clients cannot exhaust. A client that asks before it sends its
 * body ("Expect: 100-continue") is only told to go on once key, role and metadata were accepted.
 */
export function createServer(app: RequestListener, limits: Partial<ServerLimits> = {}): Server {
  const set = { ...SERVER_LIMITS, ...limits };
  const options = {
    headersTimeout: set.headersTimeout,
    requestTimeout: set.requestTimeout,
    connectionsCheckingInterval: set.checkInterval,
    maxHeaderSize: set.headerBytes,
    keepAliveTimeout: 5_000,
  };
  const server = createHttpServer(options, app);
  server.maxConnections = set.connections;
  server.setTimeout(set.idleTimeout);
  server.on('checkContinue', (request, response) => {
    holdBack(request);
    app(request, response);
  });
  return server;
}
