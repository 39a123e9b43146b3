import { expect } from 'chai';
import { flip, leaves, MAX, pathOf, proofOf, rootOf, spoilt } from './merkle-cases.ts';
import { deployRegistry, hex, logIdOf, type RegistryOnChain } from './registry-on-chain.ts';

const LOG = logIdOf(1000);

describe('EvidenceRegistry: inclusion proofs against the recursive definition of RFC 9162', function () {
  this.timeout(60_000);
  let chain: RegistryOnChain;
  const leafAt = (i: number) => hex(leaves[i] as string);
  const check = async (n: number, i: number, leaf: string, path: string[]) =>
    (await chain.view('verifyInclusion', [LOG, rootOf(n), leaf, i, path]))[0];

  /** Names of the wrong inputs for entry i of n that the contract takes for right. */
  const accepted = async (n: number, i: number): Promise<string[]> => {
    const path = pathOf(i, n);
    const wrong: [string, number, string, string[]][] = [
      ...spoilt(path, i + n).map(
        ([how, bad]) => [how, i, leafAt(i), bad] as [string, number, string, string[]],
      ),
      ['index beyond the tree', n, leafAt(i), path],
      ['altered leaf', i, flip(leafAt(i), i), path],
    ];
    if (n > 1) wrong.push(['index of the neighbour', i ^ 1, leafAt(i), path]);
    const names: string[] = [];
    for (const [how, index, leaf, bad] of wrong) {
      if (await check(n, index, leaf, bad)) names.push(`${i} of ${n}: ${how}`);
    }
    return names;
  };

  before(async () => {
    chain = await deployRegistry();
    const accounts = [chain.admin.address, chain.publisher.address];
    await chain.send(chain.admin, 'registerLog', [LOG, ...accounts]);
    for (let n = 1; n <= MAX; n++) {
      const step = [LOG, n, rootOf(n), n === 1 ? [] : proofOf(n - 1, n)];
      expect((await chain.send(chain.publisher, 'anchor', step)).succeeded).to.equal(true);
    }
  });
  after(() => chain.close());

  it(`proves every entry of every anchored tree up to ${MAX}`, async () => {
    const refused: string[] = [];
    for (let n = 1; n <= MAX; n++) {
      for (let i = 0; i < n; i++) {
        if ((await check(n, i, leafAt(i), pathOf(i, n))) !== true) refused.push(`${i} of ${n}`);
      }
    }
    expect(refused).to.deep.equal([]);
  });

  it('refuses altered, lengthened and truncated paths, other leaves and other places', async () => {
    const wrong: string[] = [];
    for (let n = 1; n <= MAX; n++) {
      for (let i = n % 9; i < n; i += 9) wrong.push(...(await accepted(n, i)));
    }
    expect(wrong).to.deep.equal([]);
  });

  it('knows nothing of a root that was never anchored, even with a right path', async () => {
    const args = [logIdOf(1001), rootOf(8), leafAt(3), 3, pathOf(3, 8)];
    expect(await chain.view('verifyInclusion', args)).to.deep.equal([false]);
  });
});
