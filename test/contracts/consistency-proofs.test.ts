import { expect } from 'chai';
import { MAX, proofOf, rootOf, spoilt } from './merkle-cases.ts';
import { deployRegistry, logIdOf, type RegistryOnChain } from './registry-on-chain.ts';

describe('EvidenceRegistry: consistency proofs against the recursive definition of RFC 9162', function () {
  this.timeout(60_000);
  let chain: RegistryOnChain;
  const consistent = async (m: number, n: number, old: string, next: string, proof: string[]) =>
    (await chain.view('verifyConsistency', [m, n, old, next, proof]))[0];

  before(async () => {
    chain = await deployRegistry();
  });
  after(() => chain.close());

  it(`accepts the proof of every pair m <= n <= ${MAX}`, async () => {
    const refused: string[] = [];
    for (let n = 1; n <= MAX; n++) {
      for (let m = 1; m <= n; m++) {
        if ((await consistent(m, n, rootOf(m), rootOf(n), proofOf(m, n))) !== true) {
          refused.push(`${m} -> ${n}`);
        }
      }
    }
    expect(refused).to.deep.equal([]);
  });

  it('takes the empty tree as the beginning of every tree, with an empty proof only', async () => {
    for (const n of [0, 1, 2, 7, 64]) {
      expect(await consistent(0, n, rootOf(0), rootOf(n), [])).to.equal(true);
      expect(await consistent(0, n, rootOf(0), rootOf(n), [rootOf(1)])).to.equal(false);
    }
    expect(await consistent(0, 5, rootOf(1), rootOf(5), [])).to.equal(false);
  });

  it('refuses altered, lengthened and truncated proofs of every pair', async () => {
    const accepted: string[] = [];
    const check = async (m: number, n: number) => {
      for (const [how, proof] of spoilt(proofOf(m, n), m + n)) {
        const took = await consistent(m, n, rootOf(m), rootOf(n), proof);
        if (took) accepted.push(`${m} -> ${n} ${how}`);
      }
    };
    for (let n = 1; n <= MAX; n++) {
      for (let m = 1; m <= n; m++) await check(m, n);
    }
    expect(accepted).to.deep.equal([]);
  });

  it('refuses a right proof for another root, another size, or backwards', async () => {
    for (const [m, n] of [
      [3, 7],
      [4, 8],
      [5, 6],
      [6, 64],
      [32, 33],
    ] as const) {
      const proof = proofOf(m, n);
      expect(await consistent(m, n, rootOf(m + 1), rootOf(n), proof)).to.equal(false);
      expect(await consistent(m, n, rootOf(m), rootOf(n - 1), proof)).to.equal(false);
      expect(await consistent(m + 1, n, rootOf(m), rootOf(n), proof)).to.equal(false);
      expect(await consistent(n, m, rootOf(n), rootOf(m), proof)).to.equal(false);
    }
  });

  it(`moves the head from every m to every n <= ${MAX} by anchor, and not by a wrong proof`, async () => {
    const wrong: string[] = [];
    for (let m = 1; m < MAX; m++) {
      const log = logIdOf(m);
      await chain.send(chain.admin, 'registerLog', [
        log,
        chain.admin.address,
        chain.publisher.address,
      ]);
      await chain.send(chain.publisher, 'anchor', [log, m, rootOf(m), []]);
      for (let n = m + 1; n <= MAX; n++) {
        const proof = proofOf(m, n);
        const result = await chain.attempt(chain.publisher, 'anchor', [log, n, rootOf(n), proof]);
        if (result !== null) wrong.push(`${m} -> ${n}: ${result}`);
        if (m % 4 !== n % 4) continue;
        const cut = [log, n, rootOf(n), proof.slice(1)];
        const refusal = await chain.attempt(chain.publisher, 'anchor', cut);
        if (!refusal?.startsWith('EvidenceRegistryInconsistent')) wrong.push(`${m} -> ${n} cut`);
      }
    }
    expect(wrong).to.deep.equal([]);
  });
});
