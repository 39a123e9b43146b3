import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbeddedInstallation } from './adapters/chain/embedded-installation.ts';
import { openLogSigner, secretFile } from './adapters/keys/key-files.ts';
import { openKeyVault } from './adapters/keys/key-vault.ts';
import { createFileObjectStore } from './adapters/objects/file-object-store.ts';
import { createTileFiles } from './adapters/objects/tile-files.ts';
import { createLocalAuthority, openLocalSigner } from './adapters/signing/local-authority.ts';
import { anchorTables, createAnchorOutboxStore } from './adapters/sqlite/anchor-outbox-store.ts';
import { createSqliteCosignatureStore } from './adapters/sqlite/cosignature-store.ts';
import { createSqliteFilingLedger } from './adapters/sqlite/filing-ledger.ts';
import type { SqliteDatabase } from './adapters/sqlite/open-database.ts';
import { sealTables } from './adapters/sqlite/row-seals.ts';
import { createSqliteSecretStore } from './adapters/sqlite/secret-store.ts';
import { timestampTables } from './adapters/sqlite/timestamp-store.ts';
import { createWrittenPolicies, policyTables } from './adapters/sqlite/written-policies.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import { AnchorSettingsError, readAnchorSettings } from './anchor-settings.ts';
import { Anchoring } from './compose-anchoring.ts';
import { createCheck } from './compose-check.ts';
import { type Databases, openDatabases, requireKeys } from './compose-databases.ts';
import { meetsPolicy, policyFindings, policyOf, writePolicy } from './compose-policy.ts';
import { createPublishing, type Published } from './compose-publishing.ts';
import { retentionRules } from './compose-retention.ts';
import { openSignatureChecks, type WiredSignatureChecks } from './compose-signature-checks.ts';
import { openTimestamping, type Timestamping } from './compose-timestamping.ts';
import { openWritingSide, type WriterPlace } from './compose-writer.ts';
import type { Config } from './config.ts';
import type { AnchorOutboxStore } from './evidence/anchor/ports.ts';
import { Evidence, type LogCheck } from './evidence/index.ts';
import type { CheckpointRow, LogSigner, RotatingKeyVault, SecretStore } from './evidence/ports.ts';
import { toHex } from './formats/bytes.ts';
import { logId } from './formats/checkpoint.ts';
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

/** A lender's installation, opened: the stores, the keys, the chain. */
export interface Installation {
  config: Config;
  lender: string;
  db: SqliteDatabase;
  vault: RotatingKeyVault;
  secrets: SecretStore;
  evidence: Evidence;
  signer: DocumentSigner;
  /** @throws AnchorSettingsError when the embedded chain is off */
  readonly embedded: EmbeddedInstallation;
  anchoring: Anchoring;
  outbox: AnchorOutboxStore;
  ledger: FilingLedger;
  /** Of the signatures of deposited PDFs, after their deposit. */
  signatureChecks: WiredSignatureChecks;
  /** Resolves when nothing can be written any more though nobody closed the installation. */
  failed: Promise<void>;
  /** As it stands now: it changes when the log moves to another chain. */
  readonly policy: TrustPolicy;
  /**
   * Publishes a checkpoint over what is new and brings it to every chain.
   * @param waitMs how long to wait for chains outside of this process, all together
   */
  publishAndAnchor(waitMs?: number): Promise<Published>;
  /** The log leaves one chain and goes on on another; then the policy is another one. */
  moveLog(from: string, to: string): Promise<void>;
  /** Whether the checkpoint is in the registries that this installation's policy requires. */
  isAnchored(checkpoint: CheckpointRow): Promise<boolean>;
  anchorsOf(checkpoint: CheckpointRow): Promise<AnchorRecord[]>;
  timestamping: Timestamping;
  /**
   * Recomputes everything and names what was changed. `quick`: only what can be known in seconds,
   * however large the log is.
   */
  check(options?: { quick?: boolean }): Promise<LogCheck>;
  close(): Promise<void>;
}

/**
 * Opens the installation in the data folder; the first start makes keys, chain and registry. Only
 * one process can have it open: the chain's folder is locked, and the lock falls with the process.
 */
export async function openInstallation(
  config: Config,
  options: { skipCheck?: boolean; writerThread?: boolean } = {},
): Promise<Installation> {
  const installation: Opened = await openUnchecked(config, options.writerThread === true);
  try {
    await installation.evidence.finishPublishing();
    await installation.evidence.custody.finishErasures();
    if (options.skipCheck !== true) await requireSound(installation);
    await installation.anchoring.resume();
    await installation.refreshPolicy();
    return installation;
  } catch (error) {
    await installation.close();
    throw error;
  }
}

/** Up to this size of the log a start recomputes everything: it takes seconds. */
const FULL_CHECK_ENTRIES = 20_000;

/** A service does not go on from data that were changed: it says what, and stops. */
async function requireSound(installation: Installation): Promise<void> {
  const quick = (await installation.evidence.treeSize()) > FULL_CHECK_ENTRIES;
  const { findings } = await installation.check({ quick });
  if (findings.length === 0) return;
  const shown = findings.slice(0, 20).join('\n  ');
  throw new InstallationError(
    'INSTALLATION_DAMAGED',
    `${findings.length} findings in ${installation.config.dataFolder}:\n  ${shown}`,
    'Nothing was changed. Restore what is named from the backup; "cunzheng log check" lists all.',
  );
}

/** What only the opening needs. */
interface Opened extends Installation {
  refreshPolicy(): Promise<void>;
}

async function openUnchecked(config: Config, writerThread: boolean): Promise<Opened> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  requireKeys(config.dataFolder);
  const databases = openDatabases(config.dataFolder);
  try {
    return await assemble(config, databases, writerThread);
  } catch (error) {
    databases.close();
    throw error;
  }
}

async function assemble(
  config: Config,
  databases: Databases,
  writerThread: boolean,
): Promise<Opened> {
  const at = (...parts: string[]) => join(config.dataFolder, ...parts);
  const facts = openInstallationFacts(at('installation.json'), config, systemRandom, systemClock);
  const logSigner = openLogSigner(at('keys', 'log.key'), facts.origin);
  const id = toHex(logId(parseVerifierKey(logSigner.vkey)));
  const chainKey = (name: string) =>
    new Uint8Array(secretFile(at('keys', `${name}.key`), () => systemRandom.bytes(32)));
  const keys = { admin: chainKey('chain-admin'), publisher: chainKey('chain-publisher') };
  const outbox = createAnchorOutboxStore(databases.db);
  const settings = readAnchorSettings(at('anchors.json'));
  const { dataFolder } = config;
  const anchoring = await Anchoring.open({ dataFolder, settings, outbox, keys, logId: id });
  try {
    const opened = { config, databases, facts, logSigner, id, outbox, anchoring };
    return await wire({ ...opened, writerThread });
  } catch (error) {
    await anchoring.close();
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
  outbox: AnchorOutboxStore;
  anchoring: Anchoring;
  /** Whether the log is written in a thread of its own. */
  writerThread: boolean;
}

const SEALED_TABLES = [
  ...anchorTables,
  ...policyTables,
  'filing_events',
  ...timestampTables,
  'erasures',
];

async function wire(parts: Parts): Promise<Opened> {
  const { config, databases, facts, logSigner, id, outbox, anchoring } = parts;
  const { db } = databases;
  const at = (...names: string[]) => join(config.dataFolder, ...names);
  const vault = openKeyVault(at('keys'), systemRandom);
  const secrets = createSqliteSecretStore(databases.secretsDb);
  const timestamping = openTimestamping(config.dataFolder, db, id, () => evidence);
  const ledger = createSqliteFilingLedger(db, vault.derive('filing ledger mac'));
  const writing = await openWritingSide(db, vault.derive('row mac'), writerPlace(parts));
  const evidence: Evidence = new Evidence({
    ...writing.ports,
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
    anchorsOf: anchoring.anchorsOf,
    timestampsOf: (checkpoint) => timestamping.timestampsOf(checkpoint),
  });
  await anchoring.attach(evidence);
  const signer = await openSigner(at('keys', 'signing'), facts.lender);
  const derivePolicy = async () =>
    policyOf(facts.lender, logSigner.vkey, await anchoring.trust(), signer, timestamping);
  let policy: TrustPolicy | undefined;
  const written = createWrittenPolicies(db);
  const ownPolicy = async () => policyFindings(config.dataFolder, await derivePolicy(), written);
  const refreshPolicy = async () => {
    policy = await derivePolicy();
    await writePolicy(config.dataFolder, policy, written);
  };
  const seals = sealTables(db, vault.derive('row seals'), SEALED_TABLES);
  const check = createCheck({ evidence, db, seals, ledger, anchoring, policyFindings: ownPolicy });
  const { settled, ...publishing } = createPublishing(evidence, anchoring, refreshPolicy);
  const signatureChecks = openSignatureChecks(config.dataFolder, evidence);
  return {
    check,
    config,
    lender: facts.lender,
    db,
    vault,
    secrets,
    evidence,
    signer,
    anchoring,
    outbox,
    ledger,
    failed: writing.failed,
    refreshPolicy,
    signatureChecks,
    get embedded() {
      return requireEmbedded(anchoring);
    },
    get policy() {
      if (policy === undefined)
        throw new TypeError('the policy is read before the opening is over');
      return policy;
    },
    ...publishing,
    anchorsOf: anchoring.anchorsOf,
    isAnchored: async (checkpoint) =>
      meetsPolicy(await anchoring.anchorsOf(checkpoint), await derivePolicy()),
    timestamping,
    async close() {
      await signatureChecks.close();
      await settled();
      await anchoring.close();
      await writing.close();
      databases.close();
    },
  };
}

/** Where the writer finds the installation, when it has a thread of its own. */
function writerPlace({ config, facts, writerThread }: Parts): WriterPlace | undefined {
  return writerThread ? { dataFolder: config.dataFolder, origin: facts.origin } : undefined;
}

/** @throws AnchorSettingsError when the embedded chain is off */
function requireEmbedded({ embedded }: Anchoring): EmbeddedInstallation {
  if (embedded !== null) return embedded;
  const remedy = 'Look at the chains in anchors.json instead; "cunzheng chain status" lists them.';
  throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', 'the embedded chain is off', remedy);
}

async function openSigner(folder: string, lender: string): Promise<DocumentSigner> {
  if (existsSync(folder)) return openLocalSigner(folder);
  const subject = { commonName: lender, organization: lender, country: 'CN' };
  return createLocalAuthority({ folder, subject, now: systemClock.now(), random: systemRandom });
}
