import type { Request, Response } from 'express';
import type { DepositAdmission } from './batch/deposit-admission.ts';
import type { WeightedGate } from './batch/weighted-gate.ts';
import type { ApiLimits } from './limits.ts';
import type { ApiServices, Caller } from './ports.ts';

/** One request on its way to its answer. */
export interface Exchange {
  request: Request;
  response: Response;
  requestId: string;
  /** Absent on public routes only. */
  caller: Caller | undefined;
  services: ApiServices;
  limits: ApiLimits;
  /** Single deposits under way, of all requests. */
  admission: DepositAdmission;
  /** Bytes of batch lines being worked on, shared by all requests. */
  batchBytes: WeightedGate;
  /** Writes a log line with the request's id. */
  log(event: `${string}.${string}`, details: Record<string, string | number | boolean>): void;
}

/** What a request carries along in `response.locals`. */
export interface ExchangeLocals {
  requestId: string;
  startedAt: number;
  /** Pattern of the route and never the address itself. */
  route?: string;
  caller?: Caller;
  code?: string;
}

/** Typed view of `response.locals`. */
export function localsOf(response: Response): ExchangeLocals {
  return response.locals as ExchangeLocals;
}
