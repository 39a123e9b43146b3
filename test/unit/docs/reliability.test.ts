import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const docs = join(import.meta.dirname, '../../../docs');
const page = readFileSync(join(docs, 'reliability.md'), 'utf8');
const LINK = /\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g;

describe('docs/reliability.md', () => {
  it('names a test in every row of its tables', () => {
    const rows = page.split('\n').filter((line) => /^\| (?!fault )/.test(line));
    expect(rows.length).to.be.above(25);
    const without = rows.filter((row) => row.match(LINK)?.length !== 1);
    expect(without).to.deep.equal([]);
  });

  it('names no test that does not exist', () => {
    const missing = [...page.matchAll(LINK)].filter(([, title = '', path = '']) => {
      const file = join(docs, path);
      return !existsSync(file) || !readFileSync(file, 'utf8').includes(title);
    });
    expect(missing.map(([text]) => text)).to.deep.equal([]);
  });
});
