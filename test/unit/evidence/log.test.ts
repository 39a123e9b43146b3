import { expect } from 'chai';
import { checkpointRoot } from '../../../src/evidence/index.ts';
import { fromHex, toHex } from '../../../src/formats/bytes.ts';
import { parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { verifyConsistency } from '../../../src/formats/merkle.ts';
import { decodeBundle, parseTilePath } from '../../../src/formats/tile.ts';
import { verifyCompleteness } from '../../../src/verify/verify-completeness.ts';
import { verifyFile } from '../../../src/verify/verify-file.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { treeRoot } from '../../vectors/reference-tree.ts';

/** Where the checkpoints lie: small ones, both sides of a full tile, of two tiles, and between. */
const SIZES = [2, 4, 7, 13, 100, 254, 256, 258, 300, 510, 512, 514, 600];

describe('the log', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  let rig: EvidenceRig;
  let leaves: Uint8Array[];

  before(async () => {
    rig = openEvidenceRig(scratch.path);
    for (const size of SIZES) {
      // Some loans come once, some again and again; each checkpoint takes one entry for itself.
      const begin = await rig.evidence.treeSize();
      const count = size - 1 - begin;
      const commands = Array.from({ length: count }, (_, i) =>
        repayment(`L-${(begin + i) % 37}`, `e${begin + i}`),
      );
      await Promise.all(commands.map((command) => rig.evidence.acceptDeposit(command)));
      await rig.evidence.publishCheckpoint();
    }
    const all = await rig.store.leafHashes(0, 600);
    leaves = Array.from({ length: 600 }, (_, i) => all.subarray(32 * i, 32 * i + 32));
  });
  after(() => {
    rig.close();
    scratch.remove();
  });

  it('has a checkpoint at each of the sizes, with the root of the recursive definition', async () => {
    const rows = await rig.evidence.listCheckpoints();
    expect(rows.map((row) => row.size)).to.deep.equal(SIZES);
    for (const row of rows) {
      const root = toHex(new Uint8Array(treeRoot(leaves.slice(0, row.size))));
      expect(checkpointRoot(row), `size ${row.size}`).to.equal(root);
      expect(await rig.evidence.rootAt(row.size)).to.equal(root);
    }
  });

  it('knows its root at every size, published or not', async () => {
    for (let size = 1; size <= 600; size++) {
      const root = toHex(new Uint8Array(treeRoot(leaves.slice(0, size))));
      expect(await rig.evidence.rootAt(size), `size ${size}`).to.equal(root);
    }
  });

  it('serves exactly the tiles and bundles that a reference tiling gives', async () => {
    const paths = (await rig.tiles.list()).filter((path) => path !== 'checkpoint');
    const wanted = new Set<string>();
    for (const size of SIZES) for (const path of tilesAt(size)) wanted.add(path);
    // A checkpoint publishes the tiles that grew since the one before; together, all of them.
    expect([...paths].toSorted()).to.deep.equal([...wanted].toSorted());
    for (const path of paths) {
      const bytes = await rig.tiles.read(path);
      const id = parseTilePath(path);
      if (id === undefined || bytes === undefined) throw new Error(`${path} is no tile`);
      const begin = id.index * 256;
      if (id.level === 'entries') {
        const rows = await rig.store.readEntries(begin, begin + id.width);
        expect(decodeBundle(bytes).map(toHex)).to.deep.equal(rows.map((row) => toHex(row.data)));
      } else {
        const span = 256 ** id.level;
        const hashes = Array.from({ length: id.width }, (_, i) =>
          treeRoot(leaves.slice((begin + i) * span, (begin + i + 1) * span)),
        );
        expect(Buffer.concat(hashes).equals(bytes), path).to.equal(true);
      }
    }
  });

  it('proves that each checkpoint extends each earlier one', async () => {
    const rows = await rig.evidence.listCheckpoints();
    for (const older of rows) {
      for (const newer of rows.filter((row) => row.size >= older.size)) {
        const proof = await rig.evidence.consistencyProof(older.size, newer.size);
        const [from, to] = [parseCheckpoint(older.note), parseCheckpoint(newer.note)];
        const holds = verifyConsistency(
          from.size,
          to.size,
          proof.map((hash) => fromHex(hash)),
          from.root,
          to.root,
        );
        expect(holds, `${older.size} to ${newer.size}`).to.equal(true);
      }
    }
  });

  it('proves every loan complete at every checkpoint, and a loan without entries absent', async () => {
    const loans = await rig.evidence.listLoans();
    expect(loans).to.have.length(37);
    for (const [i, { evidenceNo }] of loans.entries()) {
      for (const size of [SIZES[i % SIZES.length], 600]) {
        const proof = await rig.evidence.completeness(evidenceNo, size);
        const report = verifyCompleteness(proof, rig.context);
        expect(report.verdict, `${evidenceNo} at ${size}`).to.equal('passed');
        const count = (await rig.store.loanEntries(loanKeyOf(proof), size)).length;
        expect(report.facts.entries).to.equal(count);
      }
    }
  });

  it('proves every deposit of a loan in its first checkpoint and in the last', async () => {
    const [loan] = await rig.evidence.listLoans();
    const history = await rig.evidence.history(loan?.evidenceNo ?? '');
    for (const { leafIndex, statement } of history) {
      const first = SIZES.find((size) => size > leafIndex);
      for (const size of [first, undefined]) {
        const proof = await rig.evidence.proof(statement.evidenceNo, statement.seq, size);
        const file = await rig.evidence.content(statement.evidenceNo, statement.seq);
        expect(verifyFile(file, proof, rig.context).verdict).to.equal('passed');
      }
    }
  });

  it('publishes nothing new when nothing was deposited', async () => {
    const last = await rig.evidence.latestCheckpoint();
    expect(await rig.evidence.publishCheckpoint()).to.deep.equal(last);
    expect(await rig.evidence.treeSize()).to.equal(600);
  });

  it('is found sound by its check, also by a new process', async () => {
    expect((await rig.evidence.check()).findings).to.deep.equal([]);
    const again = openEvidenceRig(scratch.path);
    expect((await again.evidence.check()).findings).to.deep.equal([]);
    again.close();
  });
});

/** Paths that a log of `size` publishes; written from the C2SP text, not with the service's code. */
function tilesAt(size: number): string[] {
  const paths: string[] = [];
  for (const [level, span] of [
    ['entries', 1],
    [0, 1],
    [1, 256],
  ] as const) {
    const hashes = Math.floor(size / span);
    for (let index = 0; index * 256 < hashes; index++) {
      const width = Math.min(256, hashes - index * 256);
      const name = String(index).padStart(3, '0');
      paths.push(`tile/${level}/${name}${width < 256 ? `.p/${width}` : ''}`);
    }
  }
  return paths;
}

function loanKeyOf(completeness: string): string {
  const { entries } = JSON.parse(completeness) as { entries: string[] };
  return entries[0] === undefined ? '00'.repeat(32) : (JSON.parse(entries[0]).loan as string);
}
