import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogSigner } from '../../src/adapters/keys/key-files.ts';
import { openKeyVault } from '../../src/adapters/keys/key-vault.ts';
import { createFileObjectStore } from '../../src/adapters/objects/file-object-store.ts';
import { createTileFiles } from '../../src/adapters/objects/tile-files.ts';
import {
  COSIGNATURES_SCHEMA,
  createSqliteCosignatureStore,
} from '../../src/adapters/sqlite/cosignature-store.ts';
import { createSqliteErasureStore } from '../../src/adapters/sqlite/erasure-store.ts';
import { EVIDENCE_PAGE_BYTES } from '../../src/adapters/sqlite/evidence-schema.ts';
import { createSqliteEvidenceStore } from '../../src/adapters/sqlite/evidence-store.ts';
import { openDatabase, type SqliteDatabase } from '../../src/adapters/sqlite/open-database.ts';
import {
  createSqliteSecretStore,
  openSecretDatabase,
} from '../../src/adapters/sqlite/secret-store.ts';
import { systemRandom } from '../../src/adapters/system/system-ports.ts';
import { Evidence, type EvidencePorts, type RetentionRules } from '../../src/evidence/index.ts';
import type {
  Clock,
  DepositCommand,
  EvidenceStore,
  LogSigner,
  ObjectStore,
  RotatingKeyVault,
  SecretStore,
  TileFiles,
} from '../../src/evidence/ports.ts';
import type { TrustPolicy } from '../../src/formats/policy.ts';
import type { VerifierContext } from '../../src/verify/trust.ts';

export const RIG_ORIGIN = 'rig.example/log';

/** A folder under the system's temporary one; `remove` deletes it. */
export function scratchFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cunzheng-evidence-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A clock that goes on by one second at each look. */
export function steppingClock(start = Date.parse('2026-03-01T00:00:00Z')): Clock {
  let at = start;
  return {
    now() {
      at += 1000;
      return new Date(at);
    },
  };
}

/** The evidence side on its real adapters, without a chain. */
export interface EvidenceRig {
  folder: string;
  db: SqliteDatabase;
  secretsDb: SqliteDatabase;
  store: EvidenceStore;
  secrets: SecretStore;
  objects: ObjectStore;
  tiles: TileFiles;
  vault: RotatingKeyVault;
  signer: LogSigner;
  evidence: Evidence;
  /** Names the log's key and asks for no anchor. */
  context: VerifierContext;
  /** From now on proofs carry the tokens that this gives. */
  stampedBy(timestampsOf: NonNullable<EvidencePorts['timestampsOf']>): void;
  close(): void;
}

/**
 * Opens what is in `folder`, or makes it.
 * @param replace adapters to put in place of the real ones, which it is given
 * @param rules of retention, and where the clock starts
 */
export function openEvidenceRig(
  folder: string,
  replace: (real: Adapters) => Partial<Adapters> = () => ({}),
  { start, ...rules }: Partial<RetentionRules> & { start?: string } = {},
): EvidenceRig {
  mkdirSync(folder, { recursive: true });
  const db = openDatabase(join(folder, 'evidence.db'), EVIDENCE_PAGE_BYTES);
  const vault = openKeyVault(join(folder, 'keys'), systemRandom);
  const secretsDb = openSecretDatabase(join(folder, 'secrets.db'));
  const signer = openLogSigner(join(folder, 'keys', 'log.key'), RIG_ORIGIN);
  const real = {
    store: createSqliteEvidenceStore(db, vault.derive('row mac')),
    secrets: createSqliteSecretStore(secretsDb),
    objects: createFileObjectStore(join(folder, 'objects')),
    tiles: createTileFiles(join(folder, 'log')),
    clock: steppingClock(...(start === undefined ? [] : [Date.parse(start)])),
  };
  const adapters = { ...real, ...replace(real) };
  let timestampsOf: NonNullable<EvidencePorts['timestampsOf']> = async () => [];
  const evidence = new Evidence({
    ...adapters,
    cosignatures: createSqliteCosignatureStore(db.exec(COSIGNATURES_SCHEMA)),
    vault,
    signer,
    random: systemRandom,
    depositor: '示例贷款机构',
    maxFileBytes: 1 << 20,
    retention: {
      erasures: createSqliteErasureStore(db),
      retentionDays: 0,
      openFilings: async () => [],
      removeCopies: async () => undefined,
      ...rules,
    },
    anchorsOf: adapters.anchorsOf ?? (async () => []),
    timestampsOf: (checkpoint) => timestampsOf(checkpoint),
  });
  const context = { policy: policyNaming(signer.vkey), now: new Date('2026-06-01T00:00:00Z') };
  const close = () => {
    void real.store.close();
    secretsDb.close();
    db.close();
  };
  const stampedBy: EvidenceRig['stampedBy'] = (source) => {
    timestampsOf = source;
  };
  return { stampedBy, folder, db, secretsDb, vault, signer, evidence, context, ...adapters, close };
}

interface Adapters {
  /** What chains recorded; nothing unless a test says so. */
  anchorsOf?: EvidencePorts['anchorsOf'];
  clock: Clock;
  store: EvidenceStore;
  secrets: SecretStore;
  objects: ObjectStore;
  tiles: TileFiles;
}

/** A verifier's policy that trusts one log key and asks for no anchor. */
export function policyNaming(vkey: string): TrustPolicy {
  return {
    name: 'verifier',
    logs: [vkey],
    registries: [],
    anchorsRequired: 0,
    signingRoots: [],
    tsaRoots: [],
    courts: [],
  };
}

/** A repayment of a loan; `eventId` identifies it. */
export function repayment(
  loan: string,
  eventId: string,
  more: Partial<DepositCommand> = {},
): DepositCommand {
  return {
    loan,
    kind: 'repayment',
    occurredAt: '2026-01-02',
    source: { system: 'core', eventId },
    content: {
      form: 'record',
      record: { amount: '12.00', date: '2026-01-02', extra: { event: eventId } },
    },
    ...more,
  };
}

/** A file of `size` bytes that nobody can compress or guess. */
export function scan(loan: string, eventId: string, bytes: Uint8Array): DepositCommand {
  const content = { form: 'file', name: 'scan.pdf', mediaType: 'application/pdf', bytes } as const;
  return repayment(loan, eventId, { kind: 'contract', content });
}
