import { expect } from 'chai';
import { fromHex, toHex } from '../../../src/formats/bytes.ts';
import { logId } from '../../../src/formats/checkpoint.ts';
import {
  type ConsistencyFile,
  encodeConsistencyFile,
  parseConsistencyFile,
} from '../../../src/formats/consistency-file.ts';
import { parseVerifierKey } from '../../../src/formats/note.ts';
import type { TrustedRegistry } from '../../../src/formats/policy.ts';
import { checkAnchors } from '../../../src/verify/check-anchors.ts';
import { ReportBuilder } from '../../../src/verify/report.ts';
import type { ChainObservation } from '../../../src/verify/trust.ts';
import { logKey } from '../../vectors/sample-log.ts';
import { MemoryLog } from '../chain/anchor-fixture.ts';

const key = parseVerifierKey(logKey.vkey);
const log = new MemoryLog();
const early = log.grow(5);
const seed = log.grow(4);
const late = log.grow(6);

function registry(name: string, more: Partial<TrustedRegistry> = {}): TrustedRegistry {
  const digit = name.charCodeAt(0).toString(16);
  return {
    name,
    chainId: name.charCodeAt(0),
    genesisHash: `0x${digit.repeat(32)}`,
    address: `0x${digit.repeat(20)}`,
    codeHash: digit.repeat(32),
    timeWeight: 'none',
    ...more,
  };
}

/** What a registry answered about a head; `holds` false: it does not know the root. */
function seen(at: TrustedRegistry, head: { size: number; root: string }, holds = true) {
  const { chainId, genesisHash, codeHash, address } = at;
  const found = { size: head.size, blockNumber: 3, blockTime: 1_700_000_000 };
  const look: ChainObservation = {
    chainId,
    genesisHash,
    codeHash,
    registry: address.toUpperCase().replace('0X', '0x'),
    logId: toHex(logId(key)),
    root: head.root,
  };
  return holds ? { ...look, found } : look;
}

interface Case {
  registries: TrustedRegistry[];
  anchorsRequired?: number;
  head: { size: number; root: string };
  observations: ChainObservation[];
  links?: ConsistencyFile[];
}

function judged({ registries, anchorsRequired = 1, head, observations, links = [] }: Case) {
  const report = new ReportBuilder();
  const policy = {
    name: 'court',
    logs: [logKey.vkey],
    registries,
    anchorsRequired,
    signingRoots: [],
    tsaRoots: [],
    courts: [],
  };
  const checkpoint = { origin: key.name, size: head.size, root: fromHex(head.root) };
  const context = { policy, observations, links, now: new Date(0) };
  checkAnchors(report, checkpoint, key, [], context);
  const { verdict, checks, facts } = report.finish();
  const reasons = checks.map(({ verdict: one, reason }) => `${one} ${reason}`);
  return { verdict: checks.length === 0 ? 'nothing said' : verdict, reasons, facts };
}

async function link(from: typeof early, to: typeof early): Promise<ConsistencyFile> {
  const file = {
    oldSize: from.size,
    oldRoot: from.root,
    newSize: to.size,
    newRoot: to.root,
    hashes: await log.consistencyProof(from.size, to.size),
  };
  return parseConsistencyFile(encodeConsistencyFile(file));
}

describe('anchors under a policy with several registries', () => {
  const [own, judicial] = [registry('own'), registry('judicial', { timeWeight: 'independent' })];

  it('is content with one of two, and says of the other that it lacks the checkpoint', () => {
    const observations = [seen(own, early), seen(judicial, early, false)];
    const { verdict, reasons } = judged({ registries: [own, judicial], head: early, observations });
    expect(verdict).to.equal('passed');
    expect(reasons).to.deep.equal(['passed OK', 'passed ANCHOR_NOT_REQUIRED']);
  });

  it('fails without the one that is required, however many others hold it', () => {
    const registries = [own, { ...judicial, required: true }];
    const observations = [seen(own, early), seen(judicial, early, false)];
    const { verdict, reasons } = judged({ registries, head: early, observations });
    expect(verdict).to.equal('failed');
    expect(reasons).to.include('failed ANCHOR_MISSING');
  });

  it('stays open while the one that is required was not asked', () => {
    const registries = [own, { ...judicial, required: true }];
    const observations = [seen(own, early)];
    expect(judged({ registries, head: early, observations }).verdict).to.equal('indeterminate');
    const all = [...observations, seen(judicial, early)];
    expect(judged({ registries, head: early, observations: all }).verdict).to.equal('passed');
  });

  it('stays open while another registry could still hold it, and fails when all lack it', () => {
    const base = { registries: [own, judicial], head: early };
    const one = judged({ ...base, observations: [seen(own, early, false)] });
    expect(one.verdict).to.equal('indeterminate');
    const both = [seen(own, early, false), seen(judicial, early, false)];
    expect(judged({ ...base, observations: both }).verdict).to.equal('failed');
  });

  it('fails where a registry holds the root with another size', () => {
    const found = { size: 99, blockNumber: 1, blockTime: 1 };
    const observations = [{ ...seen(own, early), found }, seen(judicial, early)];
    const { verdict } = judged({ registries: [own, judicial], head: early, observations });
    expect(verdict).to.equal('failed');
  });

  it('does not take the record of another log', () => {
    const observations = [{ ...seen(own, early), logId: '00'.repeat(32) }];
    const { verdict } = judged({ registries: [own], head: early, observations });
    expect(verdict).to.equal('indeterminate');
  });
});

describe('anchors of a log that moved to another chain', () => {
  const old = registry('old', { until: seed.size, required: true });
  const fresh = registry('new', { from: seed.size, required: true });

  it('pass before and after the move when the policy names both', () => {
    const registries = [old, fresh];
    const before = [seen(old, early), seen(fresh, early, false)];
    expect(judged({ registries, head: early, observations: before }).verdict).to.equal('passed');
    const after = [seen(old, late, false), seen(fresh, late)];
    expect(judged({ registries, head: late, observations: after }).verdict).to.equal('passed');
  });

  it('stay open for an old checkpoint when only the new chain was asked', () => {
    const observations = [seen(fresh, early, false)];
    const { verdict, reasons } = judged({ registries: [fresh], head: early, observations });
    expect([verdict, ...reasons]).to.deep.equal(['indeterminate', 'indeterminate OTHER_REGISTRY']);
  });

  it('follow an old checkpoint to the first head of the new chain by a consistency proof', async () => {
    const links = [await link(early, seed)];
    const observations = [seen(fresh, early, false), seen(fresh, seed)];
    const result = judged({ registries: [fresh], head: early, observations, links });
    expect(result.verdict).to.equal('passed');
    expect(result.facts.anchors?.[0]).to.include({ target: 'new', laterSize: seed.size });
  });

  it('refuse a consistency proof that does not hold, and one about another checkpoint', async () => {
    const good = await link(early, seed);
    const observations = [seen(fresh, seed)];
    const base = { registries: [fresh], head: early, observations };
    const forged = judged({ ...base, links: [{ ...good, newRoot: late.root }] });
    expect(forged.verdict).to.equal('failed');
    const other = judged({ ...base, links: [await link(seed, late)] });
    expect(other.verdict).to.equal('indeterminate');
    expect(other.reasons).to.include('indeterminate CHECKPOINT_DIFFERS');
  });
});
