import { join } from 'node:path';
import { createSqliteEvidenceStore } from '../../src/adapters/sqlite/evidence-store.ts';
import { openDatabase } from '../../src/adapters/sqlite/open-database.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { seeded } from '../vectors/sample-log.ts';
import { evidenceStoreConformance } from './evidence-store.ts';

evidenceStoreConformance('SQLite', () => {
  const scratch = scratchFolder();
  const path = join(scratch.path, 'evidence.db');
  let db = openDatabase(path);
  const store = createSqliteEvidenceStore(db, seeded('row mac'));
  return {
    store,
    reopen() {
      db.close();
      db = openDatabase(path);
      return createSqliteEvidenceStore(db, seeded('row mac'));
    },
    run: (sql) => db.exec(sql),
    remove() {
      db.close();
      scratch.remove();
    },
  };
});
