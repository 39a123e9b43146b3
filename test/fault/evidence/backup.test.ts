import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { describePart, readPart } from '../../../src/adapters/backup/backup-manifest.ts';
import { cutJournal } from '../../../src/adapters/chain/cut-journal.ts';
import { holdsAll, recordedTransactions } from '../../../src/adapters/sqlite/copy-database.ts';
import { openInstallation } from '../../../src/compose.ts';
import { createBackup } from '../../../src/compose-backup.ts';
import { forgetErased } from '../../../src/compose-forget.ts';
import { restoreBackup, verifyBackup } from '../../../src/compose-restore.ts';
import { readConfig } from '../../../src/config.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import { loanKey } from '../../../src/formats/evidence-number.ts';
import { codeOf } from '../../support/code-of.ts';
import { cunzheng } from '../../support/command-line.ts';
import { repayment, scratchFolder } from '../../support/evidence-rig.ts';

const configOf = (folder: string) =>
  readConfig({ CUNZHENG_DATA: folder, CUNZHENG_RETENTION_DAYS: '0' });

async function deposit(folder: string, events: [string, string][]): Promise<string[]> {
  const installation = await openInstallation(configOf(folder));
  const numbers: string[] = [];
  for (const [loan, event] of events) {
    const done = await installation.evidence.acceptDeposit(repayment(loan, event));
    numbers.push(done.evidenceNo);
    await installation.publishAndAnchor();
  }
  const file = Buffer.from(`${events[0]?.[1]} `.repeat(9000));
  await installation.evidence.acceptDeposit({
    ...repayment(events[0]?.[0] ?? '', `file ${events[0]?.[1]}`),
    kind: 'contract',
    content: { form: 'file', name: 'a.txt', mediaType: 'text/plain', bytes: file },
  });
  await installation.close();
  return numbers;
}

describe('a backup', function () {
  this.timeout(120_000);
  let scratch: ReturnType<typeof scratchFolder>;
  let numbers: string[];
  const at = (...names: string[]) => join(scratch.path, ...names);
  const parts = () => ({ records: at('records'), secrets: at('secrets') });

  before(async () => {
    scratch = scratchFolder();
    numbers = await deposit(at('data'), [
      ['张三 13800138000', 'e1'],
      ['L-2', 'e2'],
    ]);
    mkdirSync(at('data', 'packages'));
    writeFileSync(at('data', 'packages', 'parties-2026-03-31.csv'), 'a whole batch, in clear');
    await createBackup(at('data'), parts());
    await deposit(at('data'), [['L-3', 'e3']]);
  });
  after(() => scratch.remove());

  /** A copy of both parts that a test may spoil. */
  function spoiled(name: string, spoil: (records: string, secrets: string) => void) {
    const [records, secrets] = [at(`${name}-r`), at(`${name}-s`)];
    cpSync(at('records'), records, { recursive: true });
    cpSync(at('secrets'), secrets, { recursive: true });
    spoil(records, secrets);
    return { records, secrets };
  }

  async function refusal(folder: string): Promise<string> {
    try {
      await (await openInstallation(configOf(folder))).close();
      return 'started';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  it('is sound, and says nothing of a person', async () => {
    const { findings, isFull, entries } = await verifyBackup(parts(), configOf(at('data')));
    expect(findings).to.deep.equal([]);
    expect(isFull).to.equal(true);
    expect(entries).to.equal(5);
    for (const folder of [at('records'), at('secrets')]) {
      for (const name of ['backup.json', 'files.sha256']) {
        const text = readFileSync(join(folder, name), 'utf8');
        expect(text).to.not.match(/张三|13800138000|L-2/);
      }
    }
    expect(readdirSync(scratch.path).filter((name) => name.startsWith('.'))).to.deep.equal([]);
  });

  it('keeps keys, loan secrets and whatever is not known to be harmless apart', () => {
    expect(readdirSync(at('records')).toSorted()).to.deep.equal([
      'backup.json',
      'chain',
      'evidence.db',
      'files.sha256',
      'installation.json',
      'objects',
      'policy.json',
    ]);
    expect(readdirSync(at('secrets'))).to.include.members(['keys', 'packages', 'secrets.db']);
    expect(statSync(at('secrets')).mode & 0o777).to.equal(0o700);
    expect(statSync(at('secrets', 'keys', 'log.key')).mode & 0o777).to.equal(0o600);
  });

  it('is never written over another, nor into the data folder', async () => {
    expect(await codeOf(createBackup(at('data'), parts()))).to.equal('BACKUP_TARGET_EXISTS');
    const inside = createBackup(at('data'), { records: at('data', 'backup') });
    expect(await codeOf(inside)).to.equal('BACKUP_SOURCE_INVALID');
    expect(existsSync(at('data', 'backup'))).to.equal(false);
  });

  it('is restored to an installation that starts, and stays as it was itself', async () => {
    await restoreBackup(parts(), { to: at('again') });
    expect(await refusal(at('again'))).to.equal('started');
    const { findings } = await verifyBackup(parts(), configOf(at('data')));
    expect(findings, 'the backup itself was not touched').to.deep.equal([]);
  });

  it('that is older than a published head is refused before anything is written', async () => {
    const head = readFileSync(at('data', 'log', 'checkpoint'), 'utf8');
    const stale = restoreBackup(parts(), { to: at('stale'), head });
    expect(await codeOf(stale)).to.equal('BACKUP_STALE');
    expect(existsSync(at('stale')) || existsSync(at('stale.partial'))).to.equal(false);
    const { findings } = await verifyBackup(parts(), configOf(at('data')), head);
    expect(findings).to.have.length(1);
    expect(findings[0]).to.include('the backup knows 4');
  });

  it('that is older than its chain does not start, and signs nothing', async () => {
    await restoreBackup(parts(), { to: at('behind') });
    rmSync(at('behind', 'chain'), { recursive: true });
    cpSync(at('data', 'chain'), at('behind', 'chain'), { recursive: true });
    const published = readFileSync(at('behind', 'log', 'checkpoint'));
    expect(await refusal(at('behind'))).to.include('LOG_CONTRADICTS_CHAIN');
    expect(readFileSync(at('behind', 'log', 'checkpoint')).equals(published)).to.equal(true);
  });

  it('has of the chain what its database knows, although the chain had gone on', () => {
    const journal = (folder: string) => readFileSync(join(folder, 'chain', 'journal.ndjson'));
    const known = recordedTransactions(at('records', 'evidence.db'), 'embedded');
    const [then, now] = [journal(at('records')), journal(at('data'))];
    expect(now.length).to.be.above(then.length);
    expect(then.equals(cutJournal(now, known))).to.equal(true);
    const torn = now.subarray(0, then.length - 5);
    expect(cutJournal(torn, known).at(-1)).to.equal(0x0a);
  });

  it('names each file that was changed, taken away or added', async () => {
    const found = async (name: string, spoil: (records: string, secrets: string) => void) =>
      (await verifyBackup(spoiled(name, spoil), configOf(at('data')))).findings.join('\n');
    const object = [...readPart(at('records'), 'records').files.keys()].find((path) =>
      path.startsWith('objects/'),
    );
    const flip = (path: string, place: number) => {
      const bytes = readFileSync(path);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    };
    expect(await found('a', (r) => flip(join(r, 'evidence.db'), 20_000))).to.equal(
      'evidence.db: was changed',
    );
    expect(await found('b', (r) => rmSync(join(r, object ?? '')))).to.equal(
      `${object}: is missing`,
    );
    expect(await found('c', (_, s) => writeFileSync(join(s, 'extra'), 'x'))).to.equal(
      'extra: does not belong to the backup',
    );
    const list = spoiled('d', (r) => flip(join(r, 'files.sha256'), 3));
    expect(await codeOf(verifyBackup(list, configOf(at('data'))))).to.equal('BACKUP_DAMAGED');
    const restore = restoreBackup(
      spoiled('e', (_, s) => flip(join(s, 'keys', 'log.key'), 40)),
      { to: at('never') },
    );
    expect(await codeOf(restore)).to.equal('BACKUP_DAMAGED');
    expect(existsSync(at('never')) || existsSync(at('never.partial'))).to.equal(false);
  });

  it('whose list was made anew over a changed entry is found out by the root', async () => {
    const forged = spoiled('f', (records) => {
      const path = join(records, 'evidence.db');
      const db = new Database(path);
      db.exec('DROP TRIGGER entries_no_update');
      const data = db.prepare('SELECT data FROM entries WHERE leaf_index = 0').pluck().get();
      const bytes = Buffer.from(data as Buffer);
      bytes[bytes.length - 4] = (bytes.at(-4) ?? 0) ^ 1;
      db.prepare('UPDATE entries SET data = ? WHERE leaf_index = 0').run(bytes);
      db.close();
      const { facts, files } = readPart(records, 'records');
      files.set('evidence.db', sha256Hex(readFileSync(path)));
      const listed = [...files].map(([name, sha256]) => ({ path: name, sha256, size: 0 }));
      for (const [name, text] of Object.entries(describePart(facts, listed))) {
        writeFileSync(join(records, name), text);
      }
    });
    const { findings } = await verifyBackup({ records: forged.records }, configOf(at('data')));
    expect(findings).to.deep.equal([
      'checkpoint of size 4: its root is not the one of its entries',
    ]);
    const restore = restoreBackup(forged, { to: at('forged') });
    expect(await codeOf(restore)).to.equal('BACKUP_DAMAGED');
  });

  it('is not put together from the halves of two', async () => {
    await createBackup(at('data'), { records: at('r2'), secrets: at('s2') });
    const mixed = { records: at('records'), secrets: at('s2') };
    expect(await codeOf(restoreBackup(mixed, { to: at('mixed') }))).to.equal('BACKUP_PARTS_DIFFER');
  });

  it('does not take an erasure or a rotation between two looks for nothing', () => {
    const [a, b, c] = [1, 2, 3].map((n) => Buffer.alloc(32, n));
    const all = Buffer.concat([a, b, c].map((one) => one ?? Buffer.alloc(0)));
    expect(holdsAll(b ?? all, all), 'new loans').to.equal(true);
    expect(holdsAll(all, all.subarray(0, 64)), 'one gone').to.equal(false);
    expect(holdsAll(all, Buffer.concat([all.subarray(0, 32), all.subarray(64)]))).to.equal(false);
  });

  it('forgets the secret of a loan that was erased since, and of no other', async () => {
    const installation = await openInstallation(configOf(at('data')));
    const decision = { ground: '个人信息保护法第四十七条', by: '个人信息保护负责人' };
    await installation.evidence.custody.erase(numbers[0] ?? '', decision);
    await installation.close();
    const { records, secrets } = spoiled('g', () => {});
    const keyOf = (no = '') => Buffer.from(loanKey(no));
    const bytes = () => readFileSync(join(secrets, 'secrets.db'));
    expect(bytes().includes(keyOf(numbers[0]))).to.equal(true);
    const said = await cunzheng(['backup', 'forget-erased', secrets], at('data'));
    expect(said.stdout, said.stderr).to.include('1 loan secrets, 1 packages');
    expect(bytes().includes(keyOf(numbers[0])), 'not even in free pages').to.equal(false);
    expect(bytes().includes(keyOf(numbers[1]))).to.equal(true);
    expect(existsSync(join(secrets, 'packages', 'parties-2026-03-31.csv'))).to.equal(false);
    expect(readdirSync(secrets).filter((name) => name.startsWith('secrets.db'))).to.have.length(1);
    const listed = readPart(secrets, 'secrets').files.get('secrets.db');
    expect(listed).to.equal(sha256Hex(bytes()));
    await restoreBackup({ records, secrets }, { to: at('forgotten') });
    expect(await refusal(at('forgotten'))).to.include(numbers[0]);
    const readable = await openInstallation(configOf(at('forgotten')), { skipCheck: true });
    const content = await readable.evidence.content(numbers[1] ?? '', 0);
    expect(content.length, 'the other loans can be read').to.be.above(0);
    await readable.close();
    expect(await forgetErased(at('data'), secrets)).to.deep.equal({ secrets: 0, packages: 0 });
    const other = forgetErased(at('r2'), secrets);
    expect(await codeOf(other), 'of another installation').to.equal('BACKUP_PARTS_DIFFER');
  });
});
