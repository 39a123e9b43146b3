import { join } from 'node:path';
import { EVIDENCE_PAGE_BYTES } from '../../src/adapters/sqlite/evidence-schema.ts';
import { createSqliteEvidenceStore } from '../../src/adapters/sqlite/evidence-store.ts';
import { openDatabase } from '../../src/adapters/sqlite/open-database.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { seeded } from '../vectors/sample-log.ts';
import { evidenceStoreConformance } from './evidence-store.ts';

for (const role of ['inline', 'thread'] as const) {
  evidenceStoreConformance(`SQLite, index ${role}`, () => {
    const scratch = scratchFolder();
    const path = join(scratch.path, 'evidence.db');
    const open = () => {
      const db = openDatabase(path, EVIDENCE_PAGE_BYTES);
      return { db, store: createSqliteEvidenceStore(db, seeded('row mac'), { role }) };
    };
    let opened = open();
    const close = async () => {
      await opened.store.close();
      opened.db.close();
    };
    return {
      store: opened.store,
      async reopen() {
        await close();
        opened = open();
        return opened.store;
      },
      run: (sql) => opened.db.exec(sql),
      async remove() {
        await close();
        scratch.remove();
      },
    };
  });
}
