import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { changes } from './mutate.ts';
import { feed, type Genuine, genuineOf, hostileBytes } from './run-target.ts';
import { foreignFiles, makeSamples, type Samples } from './samples.ts';
import { TARGETS, type Target } from './targets.ts';

// Fixed: a failing run can be repeated, and a passing one does not fail for somebody else.
const SEED = 20260301;
/** A package is judged some ten times a second; everything else hundreds of times. */
const runsOf = ({ samples }: Target): number =>
  samples === 'package' ? 40 : samples === 'pdf' || samples === 'signature' ? 80 : 150;

/** Read elsewhere: nothing of these is text or bytes of others by itself. */
const NOT_PARSERS: Readonly<Record<string, string>> = {
  verifyInclusion: 'typed arguments; property/formats-trees.test.ts',
  verifyConsistency: 'typed arguments; property/formats-trees.test.ts',
  verifySubtreeInclusion: 'typed arguments; unit/formats/foreign-vectors.test.ts',
  verifySubtreeConsistency: 'typed arguments; unit/formats/foreign-vectors.test.ts',
  verifyLoanMap: 'typed arguments; property/formats-trees.test.ts',
  verifyEd25519: 'Wycheproof; unit/formats/foreign-vectors.test.ts',
  verifySignature: 'Wycheproof; unit/verify-signatures/public-key.test.ts',
  verifierKey: 'makes a key, reads none',
  fromRecords: 'fed together with calculateClaim',
};

const READS = /^export (?:async )?function ((?:parse|read|decode|verify|open|from[A-Z])\w*)/gm;

/** Exported functions that by their name read what others wrote. */
function readers(folder: string): string[] {
  const root = join(import.meta.dirname, '../../src', folder);
  return readdirSync(root)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(READS)])
    .map(([, name]) => name ?? '');
}

describe('hostile bytes', function () {
  this.timeout(60_000);
  let samples: Samples;
  const genuine = new Map<string, Genuine>();

  before(async () => {
    samples = await makeSamples();
  });

  it('every parser and verifier of formats, claim and verify is fed here', () => {
    const fed = new Set(TARGETS.map(({ name }) => name));
    const all = ['formats', 'claim', 'verify'].flatMap(readers);
    expect(all.length).to.be.above(40);
    const forgotten = all.filter((name) => !fed.has(name) && !(name in NOT_PARSERS));
    expect(forgotten, 'add a line to test/fuzz/targets.ts').to.deep.equal([]);
  });

  it('what is genuine is read, and passes where it is judged', () => {
    for (const target of TARGETS) genuine.set(target.name, genuineOf(target, samples));
    const judged = TARGETS.filter(({ name }) => name.startsWith('verify'));
    const passing = judged.filter((target) =>
      samples.of[target.samples].every((bytes) => target.run(bytes, samples).passed),
    );
    const unable = judged.filter((target) => !passing.includes(target)).map(({ name }) => name);
    // Its samples are detached signatures: a token of a time-stamping authority has its own test.
    expect(unable).to.deep.equal(['verifyAttachedCms']);
  });

  for (const target of TARGETS) {
    it(`${target.name}: a verdict or an error with a code, and no pass for what was changed`, async () => {
      const known = genuine.get(target.name) ?? genuineOf(target, samples);
      const property = fc.asyncProperty(fc.nat(9), changes, async (sample, list) => {
        feed(
          target,
          await hostileBytes(target, { sample, changes: list }, samples),
          samples,
          known,
        );
      });
      await fc.assert(property, { seed: SEED, numRuns: runsOf(target) });
    });
  }

  it('files of others: JSON, containers, signatures, tokens, certificates, PDFs', function () {
    const others = foreignFiles('vectors', [
      '.json',
      '.zip',
      '.asice',
      '.p7m',
      '.p7s',
      '.cer',
      '.tsr',
      '.crt',
      '.der',
      '.bag',
      '.txt',
    ]);
    const pdfs = foreignFiles('pdfs', ['.pdf']);
    if (others.length + pdfs.length === 0) {
      console.log('      skipped: the test vectors of others are not there');
      this.skip();
    }
    for (const target of TARGETS) {
      const known = genuine.get(target.name) ?? genuineOf(target, samples);
      const files = target.samples === 'pdf' ? pdfs : others;
      for (const bytes of files) feed(target, bytes, samples, known);
    }
  });
});
