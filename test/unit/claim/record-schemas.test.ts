import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { aboutKinds, recordSchemaFiles } from '../../../scripts/build-record-schemas.ts';
import { RECORD_SCHEMAS, recordDefects } from '../../../src/claim/records.ts';
import { KINDS, type Kind } from '../../../src/formats/taxonomy.ts';

const PROJECT = join(import.meta.dirname, '../../..');

describe('the published record schemas', () => {
  it('and the tables of the documents are those that the sources make', () => {
    for (const [path, text] of recordSchemaFiles()) {
      expect(readFileSync(join(PROJECT, path), 'utf8'), path).to.equal(text);
    }
    const published = readdirSync(join(PROJECT, 'schemas', 'records')).sort();
    const expected = Object.keys(RECORD_SCHEMAS).map((kind) => `${kind}.json`);
    expect(published).to.deep.equal(expected.sort());
  });

  it('say of every kind when to deposit it and on what ground, with an example that is accepted', () => {
    const about = aboutKinds();
    expect(Object.keys(about)).to.have.members(Object.keys(KINDS));
    for (const [kind, { when, law, example }] of Object.entries(about)) {
      expect(
        [when.zh, when.en, law].every((text) => text.length > 2),
        kind,
      ).to.equal(true);
      expect(example !== undefined, kind).to.equal(kind in RECORD_SCHEMAS);
      if (example === undefined) continue;
      expect(recordDefects(kind as Kind, example), kind).to.deep.equal([]);
    }
  });

  it('exist for every kind that is a record, but for those of any content', () => {
    const without = Object.entries(KINDS).filter(
      ([kind, { form }]) => form !== 'file' && !(kind in RECORD_SCHEMAS),
    );
    const free = ['other', 'disclosed', 'exported', 'erased'];
    expect(without.map(([kind]) => kind).filter((kind) => !free.includes(kind))).to.deep.equal([]);
  });
});
