import { CodedError } from '../../formats/errors.ts';
import type { Readiness } from '../matter/matter.ts';
import { caseIdOf, type MatterRequest } from '../matter/open-matter.ts';
import { type ReadinessRow, summariseReadiness } from '../matter/summarise-readiness.ts';
import type { FilingLedger } from '../submission/ports.ts';
import { type CasePorts, type PreparedCase, prepareCase } from './prepare-case.ts';

/** Where finished packages lie. */
export interface PackageFolder {
  /** Durable when it returns. @returns the path that is kept in the ledger */
  write(name: string, bytes: Uint8Array): Promise<string>;
  /** SHA-256 of the package there, hex; undefined when there is none. */
  digest(path: string): Promise<string | undefined>;
}

export interface FilingPorts extends CasePorts {
  ledger: FilingLedger;
  folder: PackageFolder;
}

/** What became of one loan of a batch. */
export type CaseOutcome = { reference: string; evidenceNo: string; caseId: string } & (
  | { outcome: 'prepared'; row: ReadinessRow; readiness: Readiness; package: FiledPackage }
  | { outcome: 'kept'; package: { path: string; sha256: string; size: number } }
  | { outcome: 'blocked'; row: ReadinessRow; readiness: Readiness }
  | { outcome: 'failed'; code: string; message: string; remedy: string }
);

export interface FiledPackage {
  path: string;
  sha256: string;
  size: number;
  pageCount: number;
  exhibits: number;
}

/** First filing; corrections of the same case count on. */
export const FIRST_REVISION = 1;

/**
 * Prepares a batch of cases, one after the other. One bad loan stops nothing but itself. A case that
 * an earlier run has finished is kept as it is. Write order: package file, then ledger row: a crash
 * between the two leaves a file that the next run writes again.
 */
export async function* fileCases(
  loans: readonly { reference: string; evidenceNo: string }[],
  request: Omit<MatterRequest, 'evidenceNo'>,
  ports: FilingPorts,
): AsyncGenerator<CaseOutcome> {
  for (const { reference, evidenceNo } of loans) {
    const caseId = caseIdOf(evidenceNo, request.cutOff);
    const named = { reference, evidenceNo, caseId };
    try {
      const kept = await finishedBefore(caseId, ports);
      if (kept !== undefined) yield { ...named, outcome: 'kept', package: kept };
      else yield { ...named, ...(await fileCase({ ...request, evidenceNo }, ports)) };
    } catch (error) {
      yield { ...named, outcome: 'failed', ...problemOf(error) };
    }
  }
}

async function finishedBefore(caseId: string, { ledger, folder }: FilingPorts) {
  const [first] = await ledger.events(caseId, FIRST_REVISION);
  if (first === undefined) return undefined;
  const { packagePath: path, packageSha256: sha256, packageSize: size } = first;
  return (await folder.digest(path)) === sha256 ? { path, sha256, size } : undefined;
}

async function fileCase(request: MatterRequest, ports: FilingPorts) {
  const done = await prepareCase(request, FIRST_REVISION, ports);
  const row = rowOf(done);
  const { readiness } = done;
  if (done.prepared === undefined) return { outcome: 'blocked' as const, row, readiness };
  return { outcome: 'prepared' as const, row, readiness, package: await keep(done, ports) };
}

async function keep({ matter, prepared }: PreparedCase, ports: FilingPorts): Promise<FiledPackage> {
  if (prepared === undefined) throw new TypeError('nothing was prepared');
  const { bytes, sha256, pageCount, exhibits } = prepared;
  const path = await ports.folder.write(`${matter.caseId}-r${FIRST_REVISION}.zip`, bytes);
  await ports.ledger.append({
    caseId: matter.caseId,
    revision: FIRST_REVISION,
    court: matter.profile.court.name,
    evidenceNo: matter.evidenceNo,
    state: 'prepared',
    at: ports.clock.now().toISOString(),
    packageSha256: sha256,
    packageSize: bytes.length,
    packagePath: path,
  });
  return { path, sha256, size: bytes.length, pageCount, exhibits };
}

function rowOf(done: PreparedCase): ReadinessRow {
  const [row] = summariseReadiness([done]).rows;
  if (row === undefined) throw new TypeError('a case has one row');
  return row;
}

function problemOf(error: unknown): { code: string; message: string; remedy: string } {
  if (error instanceof CodedError) {
    const { code, message, remedy } = error;
    return { code, message, remedy };
  }
  const message = error instanceof Error ? error.message : 'unknown';
  return { code: 'UNEXPECTED', message, remedy: 'Report this case; the others went on.' };
}
