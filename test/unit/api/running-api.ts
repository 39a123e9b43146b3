import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiKeyFile, openApiKeyFile } from '../../../src/adapters/keys/api-key-file.ts';
import { openLogSigner } from '../../../src/adapters/keys/key-files.ts';
import { openKeyVault } from '../../../src/adapters/keys/key-vault.ts';
import { createFileObjectStore } from '../../../src/adapters/objects/file-object-store.ts';
import { createTileFiles } from '../../../src/adapters/objects/tile-files.ts';
import {
  COSIGNATURES_SCHEMA,
  createSqliteCosignatureStore,
} from '../../../src/adapters/sqlite/cosignature-store.ts';
import { createSqliteErasureStore } from '../../../src/adapters/sqlite/erasure-store.ts';
import { createSqliteEvidenceStore } from '../../../src/adapters/sqlite/evidence-store.ts';
import { openDatabase } from '../../../src/adapters/sqlite/open-database.ts';
import {
  createSqliteSecretStore,
  openSecretDatabase,
} from '../../../src/adapters/sqlite/secret-store.ts';
import { systemClock, systemRandom } from '../../../src/adapters/system/system-ports.ts';
import {
  type ApiLimits,
  createApp,
  createServer,
  type ServerLimits,
} from '../../../src/api/app.ts';
import { type LogEvent, ROLES, type Role } from '../../../src/api/ports.ts';
import { Evidence } from '../../../src/evidence/index.ts';
import type { Json } from '../../../src/formats/jcs.ts';

/** A service on a temporary folder and a real port. */
export interface RunningApi {
  url: string;
  port: number;
  folder: string;
  evidence: Evidence;
  server: Server;
  keyFile: ApiKeyFile;
  keys: Record<Role, string>;
  log: LogEvent[];
  /** Number of entries of each commit of the evidence store. */
  commits: number[];
  stop(): Promise<void>;
}

export interface RunOptions {
  limits?: Partial<ApiLimits>;
  serverLimits?: Partial<ServerLimits>;
  maxFileBytes?: number;
  status?: () => Promise<Json>;
}

function openEvidence(folder: string, maxFileBytes: number) {
  const vault = openKeyVault(join(folder, 'keys'), systemRandom);
  const database = openDatabase(join(folder, 'evidence.db'));
  const store = createSqliteEvidenceStore(database, vault.derive('row mac'));
  const secretsDb = openSecretDatabase(join(folder, 'secrets.db'));
  const commits: number[] = [];
  const evidence = new Evidence({
    store: {
      ...store,
      append(batch) {
        commits.push(batch.entries.length);
        return store.append(batch);
      },
    },
    secrets: createSqliteSecretStore(secretsDb),
    objects: createFileObjectStore(join(folder, 'objects')),
    tiles: createTileFiles(join(folder, 'log')),
    cosignatures: createSqliteCosignatureStore(database.exec(COSIGNATURES_SCHEMA)),
    vault,
    signer: openLogSigner(join(folder, 'keys/log.key'), 'example.org/log'),
    clock: systemClock,
    random: systemRandom,
    depositor: '测试消费金融有限公司',
    maxFileBytes,
    retention: {
      erasures: createSqliteErasureStore(database),
      retentionDays: 0,
      openFilings: async () => [],
      removeCopies: async () => undefined,
    },
    anchorsOf: async () => [],
  });
  const close = () => {
    secretsDb.close();
    database.close();
  };
  return { evidence, close, commits };
}

export async function runApi(options: RunOptions = {}): Promise<RunningApi> {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-api-'));
  const { evidence, close, commits } = openEvidence(folder, options.maxFileBytes ?? 100 << 20);
  const ports = { clock: systemClock, random: systemRandom };
  const keyFile = openApiKeyFile(join(folder, 'keys/api-keys.json'), ports);
  const keys = Object.fromEntries(
    ROLES.map((role) => [role, keyFile.createApiKey(`a-${role}`, [role])]),
  ) as Record<Role, string>;
  const log: LogEvent[] = [];
  const app = createApp(
    {
      ...ports,
      evidence,
      checkKey: keyFile.checkKey,
      timeTargets: () => ['embedded'],
      status: options.status ?? (async () => ({ targets: [] })),
      writeLog: (event) => log.push(event),
    },
    options.limits,
  );
  const server = createServer(app, options.serverLimits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    close();
    rmSync(folder, { recursive: true });
  };
  const url = `http://127.0.0.1:${port}`;
  return { url, port, folder, evidence, server, keyFile, keys, log, commits, stop };
}

/** A valid deposit of a record. */
export function repayment(eventId: string, changes: Record<string, unknown> = {}) {
  return {
    loan: 'L-1',
    kind: 'repayment',
    occurredAt: '2026-01-02',
    source: { system: 'core', eventId },
    record: { amount: '12.00', currency: 'CNY', date: '2026-01-02' },
    ...changes,
  };
}

/** The `Cunzheng-Deposit` header of a file. */
export function fileHeader(eventId: string, changes: Record<string, unknown> = {}): string {
  const { record: _, ...metadata } = repayment(eventId, { kind: 'contract', ...changes });
  return Buffer.from(JSON.stringify({ name: '借款合同.pdf', ...metadata })).toString('base64url');
}

export function bearer(key: string): { authorization: string } {
  return { authorization: `Bearer ${key}` };
}

export function postRecord(
  api: RunningApi,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  const fixed = { ...bearer(api.keys.depositor), 'content-type': 'application/json' };
  const init = { method: 'POST', headers: { ...fixed, ...headers }, body: body as string };
  return fetch(`${api.url}/v1/deposits`, init);
}

export function postFile(
  api: RunningApi,
  eventId: string,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return postRecord(api, bytes, {
    'content-type': 'application/pdf',
    'cunzheng-deposit': fileHeader(eventId),
    ...headers,
  });
}

/** JSON of an answer, loosely typed: tests state what they expect of it. */
// biome-ignore lint/suspicious/noExplicitAny: the assertions are the types here
export async function json(response: Response): Promise<any> {
  return response.json();
}
