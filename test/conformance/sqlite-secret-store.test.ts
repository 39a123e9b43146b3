import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  createSqliteSecretStore,
  openSecretDatabase,
} from '../../src/adapters/sqlite/secret-store.ts';
import { toHex } from '../../src/formats/bytes.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { seeded } from '../vectors/sample-log.ts';
import { secretStoreConformance } from './secret-store.ts';

function openInScratch() {
  const scratch = scratchFolder();
  const path = join(scratch.path, 'secrets.db');
  let db = openSecretDatabase(path);
  return {
    path,
    store: createSqliteSecretStore(db),
    reopen() {
      db.close();
      db = openSecretDatabase(path);
      return createSqliteSecretStore(db);
    },
    remove() {
      db.close();
      scratch.remove();
    },
    damage: (sql: string) => db.exec(sql),
  };
}

secretStoreConformance('SQLite', openInScratch);

describe('secrets.db', () => {
  let subject: ReturnType<typeof openInScratch>;
  beforeEach(() => {
    subject = openInScratch();
  });
  afterEach(() => subject.remove());

  /** Whether bytes stand in any file of the store. */
  const holds = (bytes: Uint8Array) => {
    const folder = join(subject.path, '..');
    return readdirSync(folder).some((name) =>
      readFileSync(join(folder, name)).includes(Buffer.from(bytes)),
    );
  };

  it('holds no byte of a destroyed secret, neither in the database nor in its log', async () => {
    const names = Array.from({ length: 300 }, (_, i) => toHex(seeded(`loan ${i}`)));
    await subject.store.put(
      names.map((loanKey) => ({ loanKey, wrapped: seeded(`wrapped ${loanKey}`) })),
    );
    const gone = names.filter((_, i) => i % 3 === 0);
    const left = names.filter((_, i) => i % 3 !== 0);
    expect(gone.every((name) => holds(seeded(`wrapped ${name}`)))).to.equal(true);
    await subject.store.destroy(gone);
    expect(gone.filter((name) => holds(seeded(`wrapped ${name}`)))).to.deep.equal([]);
    expect(left.filter((name) => !holds(seeded(`wrapped ${name}`)))).to.deep.equal([]);
    expect(statSync(`${subject.path}-wal`).size).to.equal(0);
  });

  it('can be read by its owner alone, the write-ahead log too', async function () {
    if (process.platform === 'win32') this.skip();
    await subject.store.put([{ loanKey: '00', wrapped: seeded('a') }]);
    expect(existsSync(`${subject.path}-wal`)).to.equal(true);
    for (const end of ['', '-wal', '-shm']) {
      expect(statSync(subject.path + end).mode & 0o777, end).to.equal(0o600);
    }
  });

  it('names what was changed in its structure', async () => {
    subject.damage('CREATE TRIGGER keep AFTER DELETE ON secrets BEGIN SELECT 1; END');
    expect(await subject.store.checkIntegrity()).to.deep.equal([
      'secrets.db: schema: trigger keep does not belong there',
    ]);
  });
});
