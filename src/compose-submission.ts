import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type RpcEndpoint, startRpcEndpoint } from './adapters/chain/rpc-endpoint.ts';
import { createHttpCourtGateway } from './adapters/court/http-court-gateway.ts';
import { systemClock } from './adapters/system/system-ports.ts';
import type { Installation } from './compose.ts';
import { FieldReader } from './formats/fields.ts';
import { parseJson } from './formats/jcs.ts';
import { type SubmissionResult, submitAll } from './litigation/submission/submit-all.ts';

/** How a lender reaches one court: kept in a file of mode 0600, because it holds the key. */
export interface CourtEntry {
  name: string;
  url: string;
  thumbprint: string;
  apiKey: string;
}

/**
 * Reads a court's entry: `{"v":1,"name","url","thumbprint","apiKey"}`.
 * @throws FormatError JSON_INVALID naming the wrong member
 */
export function readCourtEntry(path: string): CourtEntry {
  const read = new FieldReader(parseJson(readFileSync(path)), 'JSON_INVALID', 'court entry');
  read.constant('v', 1);
  const entry = {
    name: read.text('name', 200),
    url: read.text('url', 500),
    thumbprint: read.text('thumbprint', 64),
    apiKey: read.text('apiKey', 300),
  };
  read.end();
  return entry;
}

/** Serves the embedded chain's JSON-RPC on loopback, as the running service does. */
export function openChainEndpoint(installation: Installation, port: number): Promise<RpcEndpoint> {
  // Asked for anew with each call: the log may have gone on on another embedded chain since.
  const request = (method: string, params: readonly unknown[]) =>
    installation.embedded.chain.request(method, params);
  return startRpcEndpoint({ request, port });
}

/** Hands in every prepared package that has no answer yet. */
export async function submitPrepared(
  installation: Installation,
  court: CourtEntry,
  options: {
    concurrency: number;
    onProgress?: (result: SubmissionResult, done: number, total: number) => void;
  },
): Promise<SubmissionResult[]> {
  const { ledger, evidence, config } = installation;
  const open = (await ledger.latest()).filter(
    ({ state }) => state !== 'answered' && state !== 'refused',
  );
  const cases = open.map(({ caseId, revision, evidenceNo, ...row }) => ({
    caseId,
    revision,
    evidenceNo,
    packagePath: row.packagePath,
    sha256: row.packageSha256,
    size: row.packageSize,
    read: async () =>
      new Uint8Array(await readFile(join(config.dataFolder, 'packages', row.packagePath))),
  }));
  const ports = {
    ledger,
    evidence,
    gateway: createHttpCourtGateway(court),
    clock: systemClock,
    wait: async (milliseconds: number) => {
      await wait(milliseconds);
    },
  };
  const { concurrency, onProgress } = options;
  return submitAll(cases, ports, { concurrency, ...(onProgress ? { onProgress } : {}) });
}
