import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openKeyVault } from '../../../src/adapters/keys/key-vault.ts';
import {
  anchorOutboxSchema,
  anchorTables,
} from '../../../src/adapters/sqlite/anchor-outbox-store.ts';
import { checkSchema } from '../../../src/adapters/sqlite/check-schema.ts';
import { walProblems } from '../../../src/adapters/sqlite/check-wal.ts';
import { ROW_SEALS_SCHEMA, sealTables } from '../../../src/adapters/sqlite/row-seals.ts';
import {
  createTimestampStore,
  timestampSchema,
  timestampTables,
} from '../../../src/adapters/sqlite/timestamp-store.ts';
import { systemRandom } from '../../../src/adapters/system/system-ports.ts';
import { type Installation, openInstallation } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import { openEvidenceRig, repayment, scan, scratchFolder } from '../../support/evidence-rig.ts';
import {
  type Cell,
  filesBelow,
  Intruder,
  logicalDump,
  offsetsOf,
  withFlip,
} from '../../support/tampering.ts';

const open = (folder: string) =>
  openInstallation(readConfig({ CUNZHENG_DATA: folder, CUNZHENG_RETENTION_DAYS: '0' }));

/** A small installation: records and a file, two anchored checkpoints, one deposit after them. */
async function fill(folder: string): Promise<void> {
  const installation = await open(folder);
  const { evidence } = installation;
  await evidence.acceptDeposit(repayment('L-1', 'e1'));
  await evidence.acceptDeposit(scan('L-1', 'e2', randomBytes(20_000)));
  expect((await installation.publishAndAnchor()).anchoring.state).to.equal('IDLE');
  await evidence.acceptDeposit(repayment('L-2', 'e3'));
  expect((await installation.publishAndAnchor()).anchoring.state).to.equal('IDLE');
  await evidence.acceptDeposit(repayment('L-2', 'e4'));
  const { evidenceNo, leafIndex } = await evidence.acceptDeposit(repayment('L-3', 'e5'));
  erasedEntry = leafIndex;
  await evidence.custody.erase(evidenceNo, { ground: 'Art. 47', by: 'office' });
  await installation.ledger.append({
    caseId: 'C-1',
    revision: 1,
    court: 'court.example',
    evidenceNo: 'CZ',
    state: 'prepared',
    at: '2026-03-01T00:00:00Z',
    packageSha256: '0'.repeat(64),
    packageSize: 1,
    packagePath: 'packages/C-1.zip',
  });
  await storeTimestamps(installation);
  await installation.close();
}

/** A token, its renewal and a failure; what is in them matters to a verifier, not to the seals. */
async function storeTimestamps({ db }: Installation): Promise<void> {
  const store = createTimestampStore(db);
  const evidence = {
    tsa: 'tsa',
    token: 'MAMCAQE=',
    certificates: ['MAMCAQI='],
    crls: ['MAMCAQM='],
  };
  const time = '2026-03-01T00:00:00.000Z';
  const base = { evidence, time, endsAt: '2030-01-01T00:00:00.000Z', storedAt: time };
  const at = { logId: '0'.repeat(64), size: 4 };
  const first = await store.insertToken({ ...base, ...at, isRenewal: false }, []);
  const place = { tokenId: first.id, index: 1, listSize: 2, path: ['1'.repeat(64)] };
  await store.insertToken({ ...base, ...at, isRenewal: true }, [place]);
  await store.recordFailure({ tsa: 'tsa', at: time, code: 'TSA_UNREACHABLE', detail: 'no answer' });
}

/** Set by `fill`: the entry of the erased loan. */
let erasedEntry = -1;

/** What was sealed under a destroyed secret opens for nobody, changed or not. */
function isNoise({ table, key, column }: Cell): boolean {
  return (
    table === 'entries' &&
    key[1] === erasedEntry &&
    ['event_key', 'sealed', 'object_id'].includes(column)
  );
}

/** What a start says, or nothing when it starts. */
async function refusalOf(folder: string): Promise<string | undefined> {
  try {
    await (await open(folder)).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The checks of a start that concern the database, without the chain's second of work. */
async function databaseFindings(folder: string): Promise<string[]> {
  const wal = walProblems(join(folder, 'evidence.db'));
  if (wal.length > 0) return wal;
  try {
    const rig = openEvidenceRig(folder);
    try {
      const vault = openKeyVault(join(folder, 'keys'), systemRandom);
      const seals = sealTables(rig.db, vault.derive('row seals'), [
        ...anchorTables,
        'filing_events',
        ...timestampTables,
      ]);
      const tables = anchorOutboxSchema + timestampSchema + ROW_SEALS_SCHEMA;
      const schema = checkSchema(rig.db, tables);
      return [...(await rig.evidence.check()).findings, ...seals.check(), ...schema];
    } finally {
      rig.close();
    }
  } catch (error) {
    return [`evidence.db: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Deterministic choice of places, so that a failure can be seen again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

/** What a changed byte of the write-ahead log does to the entries that a reader sees. */
function flippedWal(
  folder: string,
  wal: Buffer,
  offset: number,
): 'named' | 'harmless' | 'last commit' {
  const path = join(folder, 'evidence.db');
  const changed = Buffer.from(wal);
  changed[offset] = (changed[offset] ?? 0) ^ 16;
  writeFileSync(`${path}-wal`, changed);
  const problems = walProblems(path);
  if (problems.length > 0) {
    expect(problems.join()).to.include('evidence.db-wal');
    return 'named';
  }
  const probe = `${folder}-probe`;
  cpSync(folder, probe, { recursive: true });
  const rig = openEvidenceRig(probe);
  const size = rig.db.prepare('SELECT count(*) FROM entries').pluck().get() as number;
  rig.close();
  rmSync(probe, { recursive: true });
  if (size === 6) return 'harmless';
  expect(size, `byte ${offset} undid more than one commit`).to.equal(5);
  return 'last commit';
}

describe('a byte changed anywhere in an installation is named', function () {
  this.timeout(60_000);
  const scratch = scratchFolder();
  const folder = join(scratch.path, 'data');
  let installation: Installation;

  before(async () => fill(folder));
  after(() => scratch.remove());

  describe('while the service runs', () => {
    before(async () => {
      installation = await open(folder);
      expect((await installation.check()).findings).to.deep.equal([]);
    });
    after(() => installation.close());

    it('in any file of the published log', async () => {
      const files = filesBelow(join(folder, 'log'));
      expect(files).to.include('checkpoint').and.to.have.length.above(4);
      for (const file of files) {
        const path = join(folder, 'log', file);
        for (const offset of offsetsOf(readFileSync(path).length, 8)) {
          const { findings } = await withFlip(path, offset, () => installation.check());
          expect(findings.join('\n'), `${file} at ${offset}`).to.include(`log/${file}`);
        }
      }
    });

    it('in any sealed object', async () => {
      const files = filesBelow(join(folder, 'objects'));
      expect(files).to.have.length(1);
      for (const file of files) {
        const path = join(folder, 'objects', file);
        for (const offset of offsetsOf(readFileSync(path).length, 16)) {
          const { findings } = await withFlip(path, offset, () => installation.check());
          expect(findings.join('\n')).to.include(`object ${file.replace('/', '')} was changed`);
        }
      }
    });

    it('in the policy', async () => {
      const path = join(folder, 'policy.json');
      for (const offset of offsetsOf(readFileSync(path).length, 20)) {
        const { findings } = await withFlip(path, offset, () => installation.check());
        expect(findings.join('\n'), `at ${offset}`).to.include('policy.json');
      }
    });

    it('in any column of any row of any table', async () => {
      const intruder = new Intruder(join(folder, 'evidence.db'));
      let changed = 0;
      for (const table of intruder.tables) {
        for (const cell of intruder.cells(table)) {
          if (isNoise(cell)) continue;
          const undo = intruder.change(cell);
          const { findings } = await installation.check();
          const where = `${table}.${cell.column} of ${String(cell.key[1])}`;
          expect(findings.join('\n'), where).to.include(`table ${table}`);
          undo();
          changed++;
        }
      }
      intruder.close();
      expect(changed).to.be.above(200);
      expect((await installation.check()).findings).to.deep.equal([]);
    });

    it('when any row of any table is deleted', async () => {
      const intruder = new Intruder(join(folder, 'evidence.db'));
      for (const table of intruder.tables) {
        const keys = new Map(intruder.cells(table).map((cell) => [String(cell.key[1]), cell]));
        // This installation never moved to another chain, and nobody has cosigned its log.
        const mayBeEmpty = ['anchor_moves', 'cosignatures'].includes(table);
        if (!mayBeEmpty) expect(keys.size, table).to.be.above(0);
        for (const [key, cell] of keys) {
          const undo = intruder.remove(cell);
          const { findings } = await installation.check();
          expect(findings.join('\n'), `${table} ${key}`).to.include(`table ${table}`);
          undo();
        }
      }
      intruder.close();
      expect((await installation.check()).findings).to.deep.equal([]);
    });

    it('in any row of the loan secrets, changed or deleted', async () => {
      const intruder = new Intruder(join(folder, 'secrets.db'));
      const cells = intruder.cells('secrets');
      expect(cells.length).to.equal(4);
      for (const cell of cells) {
        for (const deed of ['change', 'remove'] as const) {
          const undo = intruder[deed](cell);
          const { findings } = await installation.check();
          expect(findings.join('\n'), `${deed} ${cell.column}`).to.include('secrets.db');
          undo();
        }
      }
      intruder.close();
      expect((await installation.check()).findings).to.deep.equal([]);
    });

    it('when a trigger that keeps a table insert-only is gone, or another one is added', async () => {
      const { db } = installation;
      const sql = db
        .prepare(`SELECT sql FROM sqlite_master WHERE name = 'entries_no_update'`)
        .pluck()
        .get() as string;
      db.exec('DROP TRIGGER entries_no_update');
      const gone = (await installation.check()).findings;
      db.exec(sql);
      db.exec(`CREATE TRIGGER leak AFTER INSERT ON loans BEGIN SELECT 1; END`);
      const added = (await installation.check()).findings;
      db.exec('DROP TRIGGER leak');
      expect(gone).to.deep.equal(['evidence.db: schema: trigger entries_no_update is missing']);
      expect(added).to.deep.equal(['evidence.db: schema: trigger leak does not belong there']);
    });
  });

  describe('before the service starts', () => {
    it('in installation.json', async () => {
      const path = join(folder, 'installation.json');
      for (const offset of offsetsOf(readFileSync(path).length, 30)) {
        const refusal = await withFlip(path, offset, () => refusalOf(folder));
        expect(refusal, `at ${offset}`).to.include('installation.json');
      }
    });

    it('in the journal and the genesis of the chain', async () => {
      for (const [file, name] of [
        ['journal.ndjson', /journal|genesis/],
        ['genesis.json', /genesis/],
      ] as const) {
        const path = join(folder, 'chain', file);
        for (const offset of offsetsOf(readFileSync(path).length, 20)) {
          const refusal = await withFlip(path, offset, () => refusalOf(folder));
          expect(refusal, `${file} at ${offset}`).to.match(name);
        }
      }
    });

    it('in the published checkpoint, which is not quietly written again', async () => {
      const path = join(folder, 'log', 'checkpoint');
      const size = readFileSync(path, 'utf8').split('\n')[1] ?? '';
      const offset = readFileSync(path, 'utf8').indexOf(`\n${size}\n`) + 1;
      const refusal = await withFlip(path, offset, async () => {
        const before = readFileSync(path);
        const said = await refusalOf(folder);
        expect(readFileSync(path).equals(before), 'left as it was found').to.equal(true);
        return said;
      });
      expect(refusal).to.include('log/checkpoint');
    });

    it('in any page of the database: named, or no fact in it changed', async () => {
      const copy = join(scratch.path, 'copy');
      cpSync(folder, copy, { recursive: true });
      const path = join(copy, 'evidence.db');
      const sound = readFileSync(path);
      const dump = logicalDump(path);
      const pageSize = sound.readUInt16BE(16);
      const next = numbers(20_260_301);
      const counts = { named: 0, harmless: 0 };
      for (let page = 0; page < sound.length / pageSize; page++) {
        for (let round = 0; round < 4; round++) {
          const offset = page * pageSize + ((next() >> 8) % pageSize);
          const changed = Buffer.from(sound);
          changed[offset] = (changed[offset] ?? 0) ^ (1 << ((next() >> 8) % 8));
          writeFileSync(path, changed);
          const findings = await databaseFindings(copy);
          if (findings.length > 0) {
            expect(findings.join('\n'), `at ${offset}`).to.match(/evidence\.db|log\//);
            counts.named++;
          } else {
            expect(logicalDump(path), `offset ${offset} was changed unnoticed`).to.equal(dump);
            counts.harmless++;
          }
          for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
        }
      }
      expect(counts.named).to.be.above(20);
    });

    it('in a write-ahead log that a crash left, unless it is in its last commit', async () => {
      const copy = join(scratch.path, 'wal');
      const rig = openEvidenceRig(join(scratch.path, 'wal-source'));
      for (let i = 0; i < 6; i++) await rig.evidence.acceptDeposit(repayment('L-1', `w${i}`));
      // Copied while open: what a killed process leaves.
      cpSync(rig.folder, copy, { recursive: true });
      rig.close();
      const wal = readFileSync(join(copy, 'evidence.db-wal'));
      expect(walProblems(join(copy, 'evidence.db'))).to.deep.equal([]);
      const next = numbers(7);
      const seen = { named: 0, harmless: 0, 'last commit': 0 };
      for (let round = 0; round < 60; round++) {
        seen[flippedWal(copy, wal, (next() >> 4) % wal.length)]++;
      }
      expect(seen.named).to.be.above(30);
      expect(seen['last commit']).to.be.below(20);
    });

    it('starts again once everything is as it was', async () => {
      expect(await refusalOf(folder)).to.equal(undefined);
      expect(existsSync(join(folder, 'evidence.db-wal'))).to.equal(false);
    });
  });
});
