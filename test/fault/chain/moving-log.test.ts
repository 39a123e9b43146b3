import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Installation } from '../../../src/compose.ts';
import { replayChain } from '../../../src/compose-chain.ts';
import { openChainEndpoint } from '../../../src/compose-submission.ts';
import { observeChain } from '../../../src/compose-verify.ts';
import { parseChainMove } from '../../../src/formats/chain-move.ts';
import type { ConsistencyFile } from '../../../src/formats/consistency-file.ts';
import { parseEntry } from '../../../src/formats/entry.ts';
import { parsePolicy, type TrustPolicy } from '../../../src/formats/policy.ts';
import { verifyFile } from '../../../src/verify/verify-file.ts';
import { AnchoredInstallation, headOf } from '../../support/anchored-installation.ts';
import { type AnvilNode, noAnvil, startAnvil } from '../../support/anvil.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';

const now = new Date();

/** The verdict on one proof, with look-ups on these nodes. */
async function judge(
  proof: string,
  policy: TrustPolicy,
  rpcs: string[],
  links: ConsistencyFile[] = [],
) {
  const material = { form: 'proof', bytes: new TextEncoder().encode(proof) } as const;
  const observations = await observeChain(material, policy, rpcs, links);
  return verifyFile(undefined, proof, { policy, observations, links, now });
}

async function linkOf({ evidence }: Installation, oldSize: number, newSize: number) {
  return {
    oldSize,
    oldRoot: await evidence.rootAt(oldSize),
    newSize,
    newRoot: await evidence.rootAt(newSize),
    hashes: await evidence.consistencyProof(oldSize, newSize),
  };
}

const only = (policy: TrustPolicy, name: string): TrustPolicy => ({
  ...policy,
  registries: policy.registries.filter((registry) => registry.name === name),
});

describe('a log that moves to another chain', function () {
  this.timeout(60_000);
  let scratch: ReturnType<typeof scratchFolder>;
  let lender: AnchoredInstallation;
  let installation: Installation;
  let node: AnvilNode | undefined;

  beforeEach(() => {
    scratch = scratchFolder();
    lender = new AnchoredInstallation(join(scratch.path, 'data'));
  });
  afterEach(async () => {
    await installation?.close();
    await node?.stop();
    node = undefined;
    scratch.remove();
  });
  const deposited = async (event: string) => {
    await lender.deposit(installation, event);
    const { checkpoint } = await installation.publishAndAnchor();
    return headOf(checkpoint);
  };
  const proofOf = (seq: number, size: number) =>
    installation.evidence.proof(lender.acknowledged[0]?.evidenceNo ?? '', seq, size);
  const published = () => parsePolicy(readFileSync(join(lender.folder, 'policy.json')));

  it('goes on as a new embedded chain by itself when the old one is full', async () => {
    lender.change((settings) => ({
      ...settings,
      embedded: { ...settings.embedded, maxBlocks: 5 },
    }));
    installation = await lender.open();
    const first = await deposited('e1');
    const second = await deposited('e2');
    expect(installation.anchoring.embeddedTarget).to.equal('embedded');
    // Two blocks set the registry up, three hold heads: now it is full.
    const third = await deposited('e3');
    expect(installation.anchoring.embeddedTarget).to.equal('embedded-2');
    const [move] = await installation.outbox.moves();
    const note = parseChainMove(move?.note ?? '');
    expect(note.head?.size).to.be.above(second.size);
    expect(third.size).to.be.above(note.head?.size ?? 0);
    const seed = await installation.outbox.firstItem('embedded-2', logIdOf(installation));
    expect(seed).to.include({ size: note.head?.size, root: note.head?.root, state: 'FINAL' });
    expect(published()).to.deep.equal(installation.policy);
    expect(await lender.problems(installation)).to.deep.equal([]);
    const { chainId, genesisHash } = installation.embedded.identity;
    expect(note.from.chainId).not.to.equal(chainId);
    expect(note.from.genesisHash).not.to.equal(genesisHash);

    // The note is an entry of the log, inside the next checkpoint.
    const rows = await noteTexts(installation);
    expect(rows).to.deep.equal([move?.note]);

    const rpc = await openChainEndpoint(installation, 0);
    const late = await proofOf(2, third.size);
    expect((await judge(late, published(), [rpc.url])).verdict).to.equal('passed');
    const early = await proofOf(0, first.size);
    expect((await judge(early, published(), [rpc.url])).verdict).to.equal('indeterminate');
    const link = await linkOf(installation, first.size, note.head?.size ?? 0);
    const followed = await judge(early, only(published(), 'embedded-2'), [rpc.url], [link]);
    expect(followed.verdict).to.equal('passed');
    expect(followed.facts.anchors?.[0]?.laterSize).to.equal(note.head?.size);
    await rpc.close();

    // The old chain's journal stays as evidence and answers again.
    const old = await replayChain(lender.config, 'embedded', 0);
    expect((await judge(early, published(), [old.endpoint.url])).verdict).to.equal('passed');
    await old.close();

    await installation.close();
    installation = await lender.open();
    expect(installation.anchoring.embeddedTarget).to.equal('embedded-2');
    expect(await noteTexts(installation)).to.have.length(1);
    // Set-up, seed and two heads: the second one is full as well.
    const fourth = await deposited('e4');
    expect(fourth.size).to.be.above(third.size);
    expect(installation.anchoring.embeddedTarget).to.equal('embedded-3');
    expect(await noteTexts(installation)).to.have.length(2);
    expect(await lender.problems(installation)).to.deep.equal([]);
  });

  it('leaves the embedded chain for a real node, which begins with the last head', async function () {
    if (noAnvil !== undefined) this.skip();
    node = await startAnvil({ chainId: 31_002, automine: true });
    installation = await lender.open();
    const first = await deposited('e1');
    await installation.close();
    await lender.add('outside', node.url);
    installation = await lender.open();
    await installation.moveLog('embedded', 'outside');
    const second = await deposited('e2');
    const targets = installation.policy.registries.map(({ name, from, until }) => ({
      name,
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
    }));
    expect(targets[0]).to.deep.equal({ name: 'embedded', until: first.size });
    expect(targets[1]?.name).to.equal('outside');
    const late = await proofOf(1, second.size);
    expect((await judge(late, published(), [node.url])).verdict).to.equal('passed');
    const anchors = (await installation.anchorsOf(await installation.evidence.checkpoint())).map(
      ({ target }) => target,
    );
    expect(anchors).to.deep.equal(['outside']);

    // The same move again changes nothing; another one is refused.
    await installation.close();
    installation = await lender.open();
    expect(installation.anchoring.embedded).to.equal(null);
    expect(await noteTexts(installation)).to.have.length(1);
    expect(await lender.problems(installation)).to.deep.equal([]);
  });
});

const logIdOf = ({ anchoring }: Installation): string => anchoring.contexts()[0]?.log.logId ?? '';

/** The notes of the log, by its public entries. */
async function noteTexts({ evidence, db }: Installation): Promise<string[]> {
  const size = await evidence.treeSize();
  const rows = db
    .prepare('SELECT data FROM entries WHERE leaf_index < ? ORDER BY leaf_index')
    .all(size);
  return (rows as { data: Uint8Array }[]).flatMap(({ data }) => {
    const entry = parseEntry(new Uint8Array(data));
    return entry.type === 'note' ? [entry.text] : [];
  });
}
