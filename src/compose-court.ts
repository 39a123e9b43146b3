import { mkdirSync, readFileSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type FolderLock, lockFolder } from './adapters/chain/folder-lock.ts';
import { createChainObserver } from './adapters/court/chain-observer.ts';
import { openPackageFolder } from './adapters/court/package-folder.ts';
import { openReceiptSigner } from './adapters/court/receipt-signer.ts';
import { createVerifyPool } from './adapters/court/verify-pool.ts';
import { type ApiKeyFile, openApiKeyFile } from './adapters/keys/api-key-file.ts';
import { writeSecretFile } from './adapters/keys/key-files.ts';
import { openKeyVault } from './adapters/keys/key-vault.ts';
import { createSqliteCourtStore } from './adapters/sqlite/court-store.ts';
import { openDatabase } from './adapters/sqlite/open-database.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import { createServer } from './api/app.ts';
import { COURT_LIMITS, createCourtApp } from './api/court/court-app.ts';
import type { WriteLog } from './api/ports.ts';
import { FieldReader } from './formats/fields.ts';
import { parseJson } from './formats/jcs.ts';
import { parsePolicy, type TrustPolicy } from './formats/policy.ts';
import type { IndeterminateRule } from './litigation/court/decide-filing.ts';
import { CourtError } from './litigation/court/errors.ts';
import { createIntake, type Intake } from './litigation/court/intake.ts';
import type { ReceiptSigner } from './litigation/court/ports.ts';

/** Settings of a court's process. It shares nothing with a lender's installation. */
export interface CourtConfig {
  /** The court's own data folder. */
  dataFolder: string;
  /** Name in its receipts; decided at the first start, then it stays. */
  name: string;
  /** 0 takes a free port. */
  port: number;
  /** Address to listen on. */
  host: string;
  /** JSON-RPC nodes of the court's own choice, `URL` or `NAME=URL` with a registry's name in its
   * policy; none: no look-up, every verdict stays open. */
  rpcUrls: string[];
  /** Default: `policy.json` in the data folder. Read anew whenever it changes. */
  policyFile: string | undefined;
  /** What happens to a package whose verdict stays open. */
  indeterminate: IndeterminateRule;
  /** Largest package, bytes. */
  maxPackageBytes: number;
  /** Threads that verify. */
  threads: number;
  writeLog: WriteLog;
}

export const COURT_DEFAULTS: Omit<CourtConfig, 'dataFolder' | 'name'> = {
  port: 8500,
  host: '127.0.0.1',
  rpcUrls: [],
  policyFile: undefined,
  indeterminate: 'return',
  maxPackageBytes: COURT_LIMITS.packageBytes,
  threads: 2,
  writeLog: () => undefined,
};

/** A court, opened. */
export interface Court {
  name: string;
  signer: ReceiptSigner;
  intake: Intake;
  /** Keys of senders (role `depositor`) and staff (`clerk`, `auditor`). */
  senders: ApiKeyFile;
  /** Starts the HTTP service. @returns its address */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens a court's data folder; the first start makes `keys/`, `court.db`, `packages/` and
 * `court.json`. `policy.json` and the senders' keys come from the operator. Filings that a crash
 * left undecided are decided before it returns. Only one process can have it open: a second one
 * would take uploads in progress for left-overs.
 * @throws CourtError COURT_IN_USE, COURT_DAMAGED naming every changed row and file; FormatError POLICY_INVALID
 */
export async function openCourt(config: CourtConfig): Promise<Court> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  const lock = lockCourt(config.dataFolder);
  try {
    return await openLocked(config, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The keys of senders and staff alone: can be changed while the service runs, which sees it at the
 * next request.
 */
export function openCourtKeys(dataFolder: string): ApiKeyFile {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const ports = { clock: systemClock, random: systemRandom };
  return openApiKeyFile(join(dataFolder, 'senders.json'), ports);
}

async function openLocked(config: CourtConfig, lock: FolderLock): Promise<Court> {
  const at = (...parts: string[]) => join(config.dataFolder, ...parts);
  const signer = openReceiptSigner(at('keys', 'receipt.key'));
  const name = settleName(at('court.json'), config.name, signer.thumbprint);
  const vault = openKeyVault(at('keys'), systemRandom);
  const policy = policyReader(config.policyFile ?? at('policy.json'));
  policy();
  const packages = await openPackageFolder(at('packages'), config.maxPackageBytes);
  const senders = openCourtKeys(config.dataFolder);
  const db = openDatabase(at('court.db'));
  const pool = createVerifyPool(at('packages'), config.threads);
  const close = async () => {
    await pool.close();
    db.close();
    lock.release();
  };
  try {
    const intake = createIntake({
      name,
      store: createSqliteCourtStore(db, vault.derive('court row mac')),
      packages,
      verifier: pool,
      policy,
      observe: createChainObserver(config.rpcUrls, () => systemClock.now()),
      signer,
      clock: systemClock,
      indeterminate: config.indeterminate,
    });
    const findings = await intake.check();
    if (findings.length > 0) throw damaged(findings);
    await intake.resume();
    return assemble(config, { name, signer, intake, senders, close });
  } catch (error) {
    await close();
    throw error;
  }
}

function assemble(
  config: CourtConfig,
  parts: Pick<Court, 'name' | 'signer' | 'intake' | 'senders' | 'close'>,
): Court {
  const { name, signer, intake, senders } = parts;
  let server: Server | undefined;
  return {
    ...parts,
    async listen() {
      const app = createCourtApp(
        {
          intake,
          court: { name, jwk: signer.jwk, thumbprint: signer.thumbprint },
          checkKey: senders.checkKey,
          writeLog: config.writeLog,
          clock: systemClock,
          random: systemRandom,
        },
        { packageBytes: config.maxPackageBytes },
      );
      const started = createServer(app);
      server = started;
      await new Promise<void>((resolve, reject) => {
        started.once('error', reject);
        started.listen(config.port, config.host, resolve);
      });
      const { port } = started.address() as AddressInfo;
      const host = config.host.includes(':') ? `[${config.host}]` : config.host;
      return `http://${host}:${port}`;
    },
    async close() {
      const running = server;
      if (running !== undefined) {
        running.closeAllConnections();
        await new Promise((resolve) => running.close(resolve));
      }
      await parts.close();
    },
  };
}

/** Reads the policy, and again when the file has changed; undefined while there is none. */
function policyReader(path: string): () => TrustPolicy | undefined {
  let seen = '';
  let policy: TrustPolicy | undefined;
  return () => {
    const stats = statSync(path, { throwIfNoEntry: false });
    const version = stats === undefined ? 'none' : `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
    if (version !== seen) {
      policy = stats === undefined ? undefined : parsePolicy(readFileSync(path));
      seen = version;
    }
    return policy;
  };
}

/**
 * A court's name belongs to its key for ever: receipts under one key with two names would be
 * refused by every lender that knows it.
 */
function settleName(path: string, wanted: string, thumbprint: string): string {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    const text = JSON.stringify({ v: 1, name: wanted, thumbprint }, null, 2);
    writeSecretFile(path, `${text}\n`);
    return wanted;
  }
  const read = new FieldReader(parseJson(readFileSync(path)), 'JSON_INVALID', 'court.json');
  read.constant('v', 1);
  const name = read.text('name', 200);
  const known = read.text('thumbprint', 64);
  read.end();
  if (known === thumbprint) return name;
  throw damaged([`court.json: names the key ${known}, keys/receipt.key is ${thumbprint}`]);
}

function lockCourt(folder: string): FolderLock {
  try {
    return lockFolder(folder);
  } catch (cause) {
    const what = `another process has the court in ${folder} open`;
    const remedy = 'Stop it first, or give this court its own data folder.';
    throw new CourtError('COURT_IN_USE', what, remedy, { cause });
  }
}

function damaged(findings: string[]): CourtError {
  const shown = findings.slice(0, 20).join('; ');
  const more = findings.length > 20 ? `; and ${findings.length - 20} more` : '';
  return new CourtError(
    'COURT_DAMAGED',
    `the court's data was changed: ${shown}${more}`,
    'Stop, keep the folder as it is, and restore the backup.',
  );
}
