import type { Request, Response } from 'express';
import type { Clock, RandomSource } from '../../evidence/ports.ts';
import type { Intake } from '../../litigation/court/intake.ts';
import type { EcPublicJwk } from '../../verify/jws.ts';
import type { Access } from '../auth/authenticate.ts';
import type { ApiKeyCheck, Caller, WriteLog } from '../ports.ts';

/** What the court's HTTP interface needs of the rest. */
export interface CourtServices {
  intake: Intake;
  /** Name, public receipt key and its thumbprint: what a lender writes into its policy. */
  court: { name: string; jwk: EcPublicJwk; thumbprint: string };
  /** Keys of senders (role `depositor`) and of the court's own staff (`clerk`, `auditor`). */
  checkKey: ApiKeyCheck;
  writeLog: WriteLog;
  clock: Clock;
  /** For request ids. */
  random: RandomSource;
}

export interface CourtLimits {
  /** Largest package, bytes. */
  packageBytes: number;
  /** Packages being taken in at the same time; beyond it the answer is 429. */
  inFlight: number;
  /** Of one sender. */
  inFlightOfSender: number;
}

export const COURT_LIMITS: CourtLimits = {
  packageBytes: 512 << 20,
  inFlight: 32,
  inFlightOfSender: 16,
};

/** One request on its way to its answer. */
export interface CourtExchange {
  request: Request;
  response: Response;
  requestId: string;
  /** Absent on public routes only. */
  caller: Caller | undefined;
  services: CourtServices;
  limits: CourtLimits;
  /** Packages being taken in, by sender. */
  inFlight: Map<string, number>;
}

/** One address of the interface. */
export interface CourtRoute {
  method: 'get' | 'put';
  path: string;
  access: Access;
  handle(exchange: CourtExchange): Promise<void>;
}
