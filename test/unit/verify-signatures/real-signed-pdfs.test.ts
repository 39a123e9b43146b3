import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { parseRecord } from '../../../src/claim/records.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import { parseJson } from '../../../src/formats/jcs.ts';
import { checkSignedPdf } from '../../../src/verify/check-signed-pdf.ts';

/** A folder of signed files of other makers; not part of the repository. */
const FOLDER = process.env.CUNZHENG_SIGNED_PDFS ?? '';
const MAX_BYTES = 300_000;
const MAX_FILES = 150;

function pdfsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.pdf$/i.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).size < MAX_BYTES)
    .slice(0, MAX_FILES);
}

const judged = (bytes: Uint8Array) =>
  checkSignedPdf(bytes, {
    documentSha256: sha256Hex(bytes),
    receivedAt: new Date('2026-01-01T00:00:00Z'),
    trustedRoots: [],
  });

describe('signed files of other makers', () => {
  it('each get an answer that can be recorded; a changed byte is never found valid', function () {
    this.timeout(60_000);
    if (!existsSync(FOLDER)) this.skip(); // CUNZHENG_SIGNED_PDFS names no folder of signed PDFs
    const answers = new Map<string, number>();
    for (const path of pdfsIn(FOLDER)) {
      const bytes = new Uint8Array(readFileSync(path));
      const found = judged(bytes);
      const record = parseJson(JSON.stringify({ ...found, checkedAt: '2026-01-01T00:00:00.000Z' }));
      expect(() => parseRecord('signature-check', record), path).not.to.throw();
      answers.set(found.result, (answers.get(found.result) ?? 0) + 1);
      if (found.result !== 'valid') continue;
      const changed = Uint8Array.from(bytes);
      changed[15] = (changed[15] ?? 0) ^ 1;
      expect(judged(changed).result, path).to.equal('invalid');
    }
    expect(answers.get('valid'), JSON.stringify([...answers])).to.be.greaterThan(0);
  });
});
