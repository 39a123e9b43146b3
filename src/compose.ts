import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EmbeddedInstallation,
  openEmbeddedInstallation,
} from './adapters/chain/embedded-installation.ts';
import { openLogSigner, secretFile } from './adapters/keys/key-files.ts';
import { openKeyVault } from './adapters/keys/key-vault.ts';
import { createFileObjectStore } from './adapters/objects/file-object-store.ts';
import { createTileFiles } from './adapters/objects/tile-files.ts';
import { createLocalAuthority, openLocalSigner } from './adapters/signing/local-authority.ts';
import { anchorTables, createAnchorOutboxStore } from './adapters/sqlite/anchor-outbox-store.ts';
import { checkSchema } from './adapters/sqlite/check-schema.ts';
import { createSqliteCosignatureStore } from './adapters/sqlite/cosignature-store.ts';
import { createSqliteEvidenceStore } from './adapters/sqlite/evidence-store.ts';
import { createSqliteFilingLedger } from './adapters/sqlite/filing-ledger.ts';
import type { SqliteDatabase } from './adapters/sqlite/open-database.ts';
import { ROW_SEALS_SCHEMA, sealTables } from './adapters/sqlite/row-seals.ts';
import { createSqliteSecretStore } from './adapters/sqlite/secret-store.ts';
import { timestampTables } from './adapters/sqlite/timestamp-store.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import {
  anchorFindings,
  anchorLookup,
  EMBEDDED_TARGET,
  embeddedAnchoring,
} from './compose-anchoring.ts';
import { type Databases, OUTER_SCHEMA, openDatabases, requireKeys } from './compose-databases.ts';
import { retentionRules } from './compose-retention.ts';
import { openTimestamping, type Timestamping } from './compose-timestamping.ts';
import type { Config } from './config.ts';
import {
  type Anchorer,
  type AnchorReport,
  createAnchorer,
} from './evidence/anchor/anchor-checkpoints.ts';
import type { AnchorOutboxStore, ChainIdentity } from './evidence/anchor/ports.ts';
import { checkpointRoot, Evidence, type LogCheck } from './evidence/index.ts';
import type { CheckpointRow, LogSigner, RotatingKeyVault, SecretStore } from './evidence/ports.ts';
import { toHex } from './formats/bytes.ts';
import { logId } from './formats/checkpoint.ts';
import { sha256Hex } from './formats/digest.ts';
import { parseVerifierKey } from './formats/note.ts';
import type { TrustPolicy } from './formats/policy.ts';
import type { AnchorRecord } from './formats/proof-file.ts';
import {
  InstallationError,
  type InstallationFacts,
  openInstallationFacts,
} from './installation-facts.ts';
import type { DocumentSigner } from './litigation/ports.ts';
import type { FilingLedger } from './litigation/submission/ports.ts';
import { policyFindings, writePolicy } from './own-policy.ts';

/** A lender's installation, opened: the stores, the keys, the chain. */
export interface Installation {
  config: Config;
  lender: string;
  db: SqliteDatabase;
  vault: RotatingKeyVault;
  secrets: SecretStore;
  evidence: Evidence;
  signer: DocumentSigner;
  embedded: EmbeddedInstallation;
  outbox: AnchorOutboxStore;
  ledger: FilingLedger;
  policy: TrustPolicy;
  /** Publishes a checkpoint over what is new and brings it to the chain. */
  publishAndAnchor(): Promise<{ checkpoint: CheckpointRow | undefined; anchoring: AnchorReport }>;
  anchorsOf(checkpoint: CheckpointRow): Promise<AnchorRecord[]>;
  timestamping: Timestamping;
  /** Recomputes everything and names what was changed. */
  check(): Promise<LogCheck>;
  close(): Promise<void>;
}

/**
 * Opens the installation in the data folder; the first start makes keys, chain and registry. Only
 * one process can have it open: the chain's folder is locked, and the lock falls with the process.
 */
export async function openInstallation(
  config: Config,
  options: { skipCheck?: boolean } = {},
): Promise<Installation> {
  const installation = await openUnchecked(config);
  try {
    await installation.evidence.finishPublishing();
    await installation.evidence.custody.finishErasures();
    if (options.skipCheck !== true) await requireSound(installation);
    await writePolicy(config.dataFolder, installation.policy);
    return installation;
  } catch (error) {
    await installation.close();
    throw error;
  }
}

/** A service does not go on from data that were changed: it says what, and stops. */
async function requireSound(installation: Installation): Promise<void> {
  const { findings } = await installation.check();
  if (findings.length === 0) return;
  const shown = findings.slice(0, 20).join('\n  ');
  throw new InstallationError(
    'INSTALLATION_DAMAGED',
    `${findings.length} findings in ${installation.config.dataFolder}:\n  ${shown}`,
    'Nothing was changed. Restore what is named from the backup; "cunzheng log check" lists all.',
  );
}

async function openUnchecked(config: Config): Promise<Installation> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  requireKeys(config.dataFolder);
  const databases = openDatabases(config.dataFolder);
  try {
    return await assemble(config, databases);
  } catch (error) {
    databases.close();
    throw error;
  }
}

async function assemble(config: Config, databases: Databases): Promise<Installation> {
  const at = (...parts: string[]) => join(config.dataFolder, ...parts);
  const facts = openInstallationFacts(at('installation.json'), config, systemRandom, systemClock);
  const logSigner = openLogSigner(at('keys', 'log.key'), facts.origin);
  const id = toHex(logId(parseVerifierKey(logSigner.vkey)));
  const chainKey = (name: string) =>
    new Uint8Array(secretFile(at('keys', `${name}.key`), () => systemRandom.bytes(32)));
  const keys = { admin: chainKey('chain-admin'), publisher: chainKey('chain-publisher') };
  const outbox = createAnchorOutboxStore(databases.db);
  const embedded = await openEmbeddedInstallation({
    folder: at('chain'),
    keys,
    now: () => systemClock.now(),
    random: systemRandom,
    logId: id,
    expected: await outbox.identity(EMBEDDED_TARGET),
  });
  try {
    return await wire({ config, databases, facts, logSigner, id, keys, outbox, embedded });
  } catch (error) {
    await embedded.close();
    throw error;
  }
}

interface Parts {
  config: Config;
  databases: Databases;
  facts: InstallationFacts;
  logSigner: LogSigner;
  /** Log id, hex. */
  id: string;
  keys: { publisher: Uint8Array };
  outbox: AnchorOutboxStore;
  embedded: EmbeddedInstallation;
}

const SEALED_TABLES = [...anchorTables, 'filing_events', ...timestampTables, 'erasures'];

async function wire(parts: Parts): Promise<Installation> {
  const { config, databases, facts, logSigner, id, keys, outbox, embedded } = parts;
  const { db } = databases;
  const at = (...names: string[]) => join(config.dataFolder, ...names);
  const vault = openKeyVault(at('keys'), systemRandom);
  const anchorsOf = anchorLookup(outbox, id, embedded.identity);
  const secrets = createSqliteSecretStore(databases.secretsDb);
  const timestamping = openTimestamping(config.dataFolder, db, id, () => evidence);
  const ledger = createSqliteFilingLedger(db, vault.derive('filing ledger mac'));
  const store = createSqliteEvidenceStore(db, vault.derive('row mac'), { say: sayIndexMadeAnew });
  const evidence: Evidence = new Evidence({
    store,
    secrets,
    objects: createFileObjectStore(at('objects')),
    tiles: createTileFiles(at('log')),
    cosignatures: createSqliteCosignatureStore(db),
    vault,
    signer: logSigner,
    clock: systemClock,
    random: systemRandom,
    depositor: facts.lender,
    maxFileBytes: config.maxFileBytes,
    retention: retentionRules(config, db, ledger),
    anchorsOf,
    timestampsOf: (checkpoint) => timestamping.timestampsOf(checkpoint),
  });
  const anchoring = embeddedAnchoring(embedded, keys.publisher, outbox, evidence, id);
  const anchorer = createAnchorer(anchoring);
  const signer = await openSigner(at('keys', 'signing'), facts.lender);
  const policy = policyOf(facts.lender, logSigner.vkey, embedded.identity, signer, timestamping);
  const seals = sealTables(db, vault.derive('row seals'), SEALED_TABLES);
  const check = async () => {
    const findings: string[] = [];
    // SQLite throws where a page is damaged: that is a finding, and the other parts still speak.
    const collect = async (what: string, look: () => string[] | Promise<string[]>) => {
      try {
        findings.push(...(await look()));
      } catch (error) {
        findings.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    let log: LogCheck = { entries: 0, checkpoints: 0, files: 0, objects: 0, erased: 0, findings };
    await collect('evidence.db', async () => {
      log = await evidence.check();
      return log.findings;
    });
    await collect('evidence.db', () => checkSchema(db, OUTER_SCHEMA + ROW_SEALS_SCHEMA));
    await collect('evidence.db', () => seals.check());
    await collect('evidence.db', () => ledger.checkIntegrity());
    await collect('evidence.db', () => anchorFindings(anchoring));
    findings.push(...policyFindings(config.dataFolder, policy));
    return { ...log, findings };
  };
  return {
    check,
    config,
    lender: facts.lender,
    db,
    vault,
    secrets,
    evidence,
    signer,
    embedded,
    outbox,
    ledger,
    policy,
    publishAndAnchor: () => publishAndAnchor(evidence, anchorer),
    anchorsOf,
    timestamping,
    async close() {
      await embedded.close();
      await store.close();
      databases.close();
    },
  };
}

/** Nothing is lost with an index; whoever runs the service should know of it all the same. */
function sayIndexMadeAnew(reason: string): void {
  const at = systemClock.now().toISOString();
  process.stderr.write(`${JSON.stringify({ at, event: 'index.rebuilt', reason })}\n`);
}

async function publishAndAnchor(evidence: Evidence, anchorer: Anchorer) {
  const before = await anchorer.tick();
  // Signing on from here would make a second history of a log that the chain knows already.
  if (before.reason?.code === 'LOG_CONTRADICTS_CHAIN') {
    return { checkpoint: await evidence.latestCheckpoint(), anchoring: before };
  }
  const checkpoint = await evidence.publishCheckpoint();
  if (checkpoint !== undefined) {
    await anchorer.enqueue({ size: checkpoint.size, root: checkpointRoot(checkpoint) });
  }
  return { checkpoint, anchoring: await anchorer.tick() };
}

async function openSigner(folder: string, lender: string): Promise<DocumentSigner> {
  if (existsSync(folder)) return openLocalSigner(folder);
  const subject = { commonName: lender, organization: lender, country: 'CN' };
  return createLocalAuthority({ folder, subject, now: systemClock.now(), random: systemRandom });
}

function policyOf(
  lender: string,
  vkey: string,
  identity: ChainIdentity,
  signer: DocumentSigner,
  { roots, settings }: Timestamping,
): TrustPolicy {
  const root = signer.certificates.at(-1) ?? new Uint8Array();
  return {
    name: lender,
    logs: [vkey],
    registries: [
      {
        name: EMBEDDED_TARGET,
        chainId: identity.chainId,
        genesisHash: identity.genesisHash,
        address: identity.registry,
        codeHash: identity.codeHash,
        // The lender runs this chain itself: its clock proves nothing to others.
        timeWeight: 'none',
      },
    ],
    anchorsRequired: 1,
    signingRoots: [{ name: `${lender} CA`, sha256: sha256Hex(root) }],
    tsaRoots: roots,
    ...(settings.required === 0 ? {} : { timestampsRequired: settings.required }),
    courts: [],
  };
}
