import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createFolderLogFiles } from '../../../src/adapters/log/log-files.ts';
import { toHex } from '../../../src/formats/bytes.ts';
import { logId, parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { encodeEntry, parseEntry } from '../../../src/formats/entry.ts';
import { leafHash } from '../../../src/formats/merkle.ts';
import { parseVerifierKey } from '../../../src/formats/note.ts';
import { decodeBundle, encodeBundle } from '../../../src/formats/tile.ts';
import { type AuditInput, auditLog } from '../../../src/verify/audit/audit-log.ts';
import {
  type AuditState,
  encodeAuditState,
  parseAuditState,
} from '../../../src/verify/audit/audit-state.ts';
import type { LogFiles } from '../../../src/verify/audit/log-files.ts';
import { renderReport } from '../../../src/verify/render-report.ts';
import type { AnchoredHistory } from '../../../src/verify/trust.ts';
import { DishonestLog } from '../../support/dishonest-log.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  policyNaming,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { publishLog } from '../../support/published-log.ts';

const REGISTRY = {
  name: 'judicial',
  chainId: 7,
  genesisHash: `0x${'11'.repeat(32)}`,
  address: `0x${'aa'.repeat(20)}`,
  codeHash: '22'.repeat(32),
  timeWeight: 'independent' as const,
};

describe('log audit: replay from public files', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  const receipts: string[] = [];
  const heads: AnchoredHistory['heads'] = [];
  let rig: EvidenceRig;
  let folders = 0;

  async function deposit(from: number, to: number): Promise<void> {
    for (let i = from; i < to; i++) {
      const { receipt } = await rig.evidence.acceptDeposit(repayment(`L-${i % 7}`, `e${i}`));
      receipts.push(receipt);
    }
    const row = await rig.evidence.publishCheckpoint();
    const { size, root } = parseCheckpoint(row?.note ?? '');
    heads.push({ size, root: toHex(root), blockNumber: heads.length + 1 });
  }

  before(async () => {
    rig = openEvidenceRig(join(scratch.path, 'rig'));
    await deposit(0, 30);
    await deposit(30, 290);
    cpSync(join(scratch.path, 'rig', 'log'), join(scratch.path, 'early'), { recursive: true });
    await deposit(290, 600);
  });
  after(() => {
    rig.close();
    scratch.remove();
  });

  const published = (): string => join(scratch.path, 'rig', 'log');

  /** A copy of the published log to change. */
  function copy(of = published()): string {
    const folder = join(scratch.path, `copy-${folders++}`);
    cpSync(of, folder, { recursive: true });
    return folder;
  }

  const run = (folder: string, more: Partial<AuditInput> = {}) =>
    auditLog({ files: createFolderLogFiles(folder), context: rig.context, ...more });

  /** Failed checks as `id REASON subject`. */
  async function failures(folder: string, more: Partial<AuditInput> = {}): Promise<string[]> {
    const { report, state } = await run(folder, more);
    const failed = report.checks.filter(({ verdict }) => verdict === 'failed');
    if (failed.length > 0) {
      expect(report.verdict).to.equal('failed');
      expect(state, 'nothing to go on from').to.equal(undefined);
    }
    return failed.map(({ id, reason, subject }) => [id, reason, subject].filter(Boolean).join(' '));
  }

  async function stateOf(folder: string): Promise<AuditState> {
    const { state } = await run(folder);
    if (state === undefined) throw new Error('the audit did not pass');
    return parseAuditState(encodeAuditState(state));
  }

  const history = (of = heads): AnchoredHistory => {
    const { address: registry, chainId, genesisHash, codeHash } = REGISTRY;
    const id = toHex(logId(parseVerifierKey(rig.signer.vkey)));
    return { chainId, genesisHash, registry, codeHash, logId: id, heads: of };
  };

  const anchored = () => ({
    context: {
      ...rig.context,
      policy: { ...policyNaming(rig.signer.vkey), registries: [REGISTRY], anchorsRequired: 1 },
    },
  });

  it('passes over an honest log, and says what it does not cover', async () => {
    const { report, state } = await run(published());
    expect(report.verdict).to.equal('passed');
    expect(report.facts).to.include({ checkpointSize: 603, replayed: 603, maps: 3 });
    expect(report.notChecked).to.include.members(['STATEMENTS', 'CHAIN', 'EVENTS_NEVER_DEPOSITED']);
    expect(state?.roots.size).to.equal(3);
    for (const language of ['zh', 'en'] as const) {
      expect(renderReport(report, language)).to.not.include('undefined');
    }
  });

  it('gives no verdict to whoever names no key', async () => {
    const { report, state } = await run(published(), { context: { now: new Date(0) } });
    expect(report.verdict).to.equal('indeterminate');
    expect(state).to.equal(undefined);
  });

  describe('a second audit', () => {
    it('reads only what is new', async () => {
      const state = await stateOf(join(scratch.path, 'early'));
      const asked: string[] = [];
      const read = (path: string) => {
        asked.push(path);
        return createFolderLogFiles(published()).read(path);
      };
      const { report } = await run(published(), { state, files: { read } });
      expect(report.verdict).to.equal('passed');
      expect(report.facts.replayed).to.equal(311);
      expect(report.checks.find(({ id }) => id === 'audit.prefix')).to.include({ reason: 'OK' });
      expect(asked).to.include('tile/entries/001');
      expect(asked).to.not.include.members(['tile/entries/000', 'tile/0/000']);
    });

    it('reads nothing where nothing is new', async () => {
      const state = await stateOf(published());
      const { report } = await run(published(), { state });
      expect(report.verdict).to.equal('passed');
      expect(report.facts.replayed).to.equal(0);
    });

    it('finds an entry rewritten among those of the last audit that it sees again', async () => {
      const folder = copy();
      const state = await stateOf(join(scratch.path, 'early'));
      changeEntry(folder, 1, 10, 'bb');
      expect(await failures(folder, { state })).to.include('audit.entries ENTRY_CHANGED #266');
    });

    it('finds a log that is shorter than before', async () => {
      const state = await stateOf(published());
      expect(await failures(join(scratch.path, 'early'), { state })).to.deep.equal([
        'audit.prefix LOG_SHRANK',
      ]);
    });

    it('proves a fork: a longer log of the same key with another beginning', async () => {
      const state = await stateOf(join(scratch.path, 'early'));
      const fork = await DishonestLog.from(rig, 40);
      while (fork.entries.length < 400) {
        const head = fork.headOf(fork.loanAt(3));
        fork.add({ ...head, commitment: toHex(leafHash(Buffer.from(`${fork.entries.length}`))) });
      }
      fork.addMap();
      const folder = join(scratch.path, `copy-${folders++}`);
      publishLog(folder, fork.entries, fork.sign());
      expect(await failures(folder), 'whole by itself').to.deep.equal([]);
      expect(await failures(folder, { state })).to.include('audit.prefix FORK_PROVEN');
    });

    it('proves a fork: two heads of one size', async () => {
      const state = await stateOf(join(scratch.path, 'early'));
      const fork = await DishonestLog.from(rig, 290);
      fork.add({ type: 'note', text: 'another history' });
      fork.addMap();
      const folder = join(scratch.path, `copy-${folders++}`);
      publishLog(folder, fork.entries, fork.sign());
      expect(await failures(folder, { state })).to.deep.equal(['audit.prefix FORK_PROVEN']);
    });

    it('accuses nobody when the shorter head is not signed by a named key', async () => {
      const state = await stateOf(published());
      const { report } = await run(join(scratch.path, 'early'), {
        state,
        context: { now: new Date(0) },
      });
      expect(report.verdict).to.equal('indeterminate');
    });

    it('refuses a state file that was changed', async () => {
      const bytes = encodeAuditState(await stateOf(published()));
      for (const at of [0, 30, bytes.length - 40, bytes.length - 1]) {
        const bad = bytes.slice();
        bad[at] = (bad[at] ?? 0) ^ 1;
        expect(() => parseAuditState(bad)).to.throw(/audit state/);
      }
    });
  });

  /** Puts another commitment into one entry of a bundle. */
  function changeEntry(folder: string, bundle: number, offset: number, byte: string): void {
    const path = join(folder, `tile/entries/00${bundle}`);
    const entries = decodeBundle(new Uint8Array(readFileSync(path)));
    const entry = parseEntry(entries[offset] ?? new Uint8Array());
    if (entry.type !== 'deposit') throw new Error('not a deposit');
    entries[offset] = encodeEntry({ ...entry, commitment: byte.repeat(32) });
    writeFileSync(path, encodeBundle(entries));
  }

  describe('finds', () => {
    it('an entry that was changed: by its tile, its loan, the map and the root', async () => {
      const folder = copy();
      changeEntry(folder, 0, 100, 'ab');
      const found = await failures(folder);
      expect(found).to.include('audit.tiles TILE_DIFFERS tile/0/000 #100');
      expect(found).to.include('audit.root ROOT_DIFFERS');
      expect(found.some((line) => line.startsWith('audit.entries ENTRY_UNLINKED'))).to.equal(true);
    });

    it('an entry that was dropped', async () => {
      const folder = copy();
      const path = join(folder, 'tile/entries/000');
      const entries = decodeBundle(new Uint8Array(readFileSync(path)));
      writeFileSync(path, encodeBundle(entries.slice(1)));
      expect(await failures(folder)).to.satisfy(([first]: string[]) =>
        first?.startsWith('audit.entries MALFORMED'),
      );
    });

    it('a bundle and a tile that are withheld', async () => {
      const folder = copy();
      rmSync(join(folder, 'tile/entries/001'));
      expect(await failures(folder)).to.deep.equal(['audit.entries FILE_MISSING tile/entries/001']);
      const other = copy();
      rmSync(join(other, 'tile/1'), { recursive: true });
      expect(await failures(other)).to.deep.equal(['audit.tiles FILE_MISSING tile/1/000.p/2']);
    });

    it('a tile that does not match the entries', async () => {
      for (const [path, where] of [
        ['tile/0/001', 'tile/0/001 #256'],
        ['tile/1/000.p/2', 'tile/1/000.p/2'],
        ['tile/0/002.p/91', 'tile/0/002.p/91 #512'],
      ] as const) {
        const folder = copy();
        const bytes = readFileSync(join(folder, path));
        bytes[3] = (bytes[3] ?? 0) ^ 1;
        writeFileSync(join(folder, path), bytes);
        expect(await failures(folder)).to.deep.equal([`audit.tiles TILE_DIFFERS ${where}`]);
      }
    });

    it('a checkpoint whose signature is wrong', async () => {
      const folder = copy();
      const note = readFileSync(join(folder, 'checkpoint'), 'utf8');
      writeFileSync(join(folder, 'checkpoint'), note.replace(/(.{4})==?\n$|(.{4})\n$/, 'AAAA\n'));
      const { report } = await run(folder);
      expect(report.verdict).to.equal('failed');
    });

    it('a map that is not of the entries, and one that leaves a loan as it was', async () => {
      for (const stale of [0, 300]) {
        const log = await DishonestLog.from(rig, 600);
        log.addMap(stale);
        const folder = join(scratch.path, `copy-${folders++}`);
        publishLog(folder, log.entries, log.sign());
        expect(await failures(folder)).to.deep.equal(['audit.map MAP_WRONG #600']);
      }
    });

    it('a map that stands elsewhere, and a checkpoint that ends in no map', async () => {
      const log = await DishonestLog.from(rig, 600);
      log.addMap(600, 599);
      log.add({ type: 'note', text: 'after the map' });
      const folder = join(scratch.path, `copy-${folders++}`);
      publishLog(folder, log.entries, log.sign());
      expect(await failures(folder)).to.have.members([
        'audit.map MAP_MISPLACED #600',
        'audit.map LAST_NOT_MAP',
      ]);
    });

    it('a loan whose entry was dropped before the log was signed anew', async () => {
      const log = await DishonestLog.from(rig, 200);
      log.entries.splice(100, 1);
      log.addMap();
      const folder = join(scratch.path, `copy-${folders++}`);
      publishLog(folder, log.entries, log.sign());
      expect(await failures(folder)).to.satisfy((found: string[]) =>
        found.some((line) => line.startsWith('audit.entries ENTRY_UNLINKED')),
      );
    });

    it('an entry that is none, without losing the rest', async () => {
      const log = await DishonestLog.from(rig, 50);
      log.entries.push(Buffer.from('{"v":1,"type":"surprise"}'));
      log.addMap(50);
      const folder = join(scratch.path, `copy-${folders++}`);
      publishLog(folder, log.entries, log.sign());
      expect(await failures(folder)).to.deep.equal(['audit.entries ENTRY_MALFORMED #50']);
    });

    it('no more than it can tell: twenty of a kind, then their number', async () => {
      const log = await DishonestLog.from(rig, 30);
      for (let i = 0; i < 60; i++) log.entries.push(Buffer.from('{}'));
      log.addMap(30);
      const folder = join(scratch.path, `copy-${folders++}`);
      publishLog(folder, log.entries, log.sign());
      const { report } = await run(folder);
      expect(report.checks.filter(({ id }) => id === 'audit.entries')).to.have.length(21);
      expect(report.checks.some(({ detail }) => detail === '+40')).to.equal(true);
    });
  });

  describe('against the chain', () => {
    it('passes where every anchored head is one of the log', async () => {
      const { report } = await run(published(), { ...anchored(), histories: [history()] });
      expect(report.verdict).to.equal('passed');
      expect(report.facts.anchoredHeads).to.equal(3);
      expect(report.notChecked).to.not.include.members(['CHAIN', 'UNANCHORED_TAIL']);
    });

    it('says which entries the chain does not vouch for yet', async () => {
      const histories = [history(heads.slice(0, 2))];
      const { report } = await run(published(), { ...anchored(), histories });
      expect(report.verdict).to.equal('passed');
      expect(report.notChecked).to.include('UNANCHORED_TAIL');
    });

    it('finds an anchored head that the log never had', async () => {
      const [first, second, third] = heads;
      if (!first || !second || !third) throw new Error('three heads');
      for (const bad of [
        [{ ...first, root: 'cd'.repeat(32) }, second, third],
        [first, { ...second, size: 100 }, third],
      ]) {
        const found = await failures(published(), { ...anchored(), histories: [history(bad)] });
        expect(found).to.have.length(1);
        expect(found[0]).to.match(/^audit.anchors ANCHOR_NOT_IN_LOG/);
      }
    });

    it('finds a log that is behind the chain', async () => {
      const early = join(scratch.path, 'early');
      const found = await failures(early, { ...anchored(), histories: [history()] });
      expect(found).to.have.length(1);
      expect(found[0]).to.match(/^audit.anchors LOG_BEHIND_CHAIN/);
    });

    it('believes no registry that the policy does not name', async () => {
      const stranger = { ...history(), codeHash: '33'.repeat(32) };
      const { report } = await run(published(), { ...anchored(), histories: [stranger] });
      expect(report.verdict).to.equal('indeterminate');
    });

    it('asks for an anchor where the policy does', async () => {
      const { report } = await run(published(), { ...anchored(), histories: [history([])] });
      expect(report.verdict).to.equal('indeterminate');
    });
  });

  describe('against receipts', () => {
    const named = (text: string) => [{ name: 'r.json', text }];

    it('passes where the entry was kept', async () => {
      const all = receipts.slice(0, 5).map((text, i) => ({ name: `r${i}.json`, text }));
      const { report } = await run(published(), { receipts: all });
      expect(report.verdict).to.equal('passed');
      expect(report.checks.filter(({ id }) => id === 'receipt.kept')).to.have.length(5);
    });

    it('proves the omission where another entry stands in its place', async () => {
      const log = await DishonestLog.from(rig, 599);
      log.addMap();
      const folder = join(scratch.path, `copy-${folders++}`);
      const last = log.entries.length - 1;
      publishLog(folder, log.entries, log.sign());
      const receipt = receipts.find((text) => JSON.parse(text).leafIndex === last) ?? '';
      expect(await failures(folder)).to.deep.equal([]);
      expect(await failures(folder, { receipts: named(receipt) })).to.deep.equal([
        'receipt.kept OMISSION_PROVEN r.json',
      ]);
    });

    it('accuses nobody with a receipt from after the checkpoint, or with tiles that do not hold', async () => {
      const early = await run(join(scratch.path, 'early'), {
        receipts: named(receipts.at(-1) ?? ''),
      });
      expect(early.report.checks.at(-1)).to.include({ reason: 'CHECKPOINT_TOO_OLD' });
      const folder = copy();
      const bytes = readFileSync(join(folder, 'tile/0/000'));
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      writeFileSync(join(folder, 'tile/0/000'), bytes);
      const { report } = await run(folder, { receipts: named(receipts[0] ?? '') });
      expect(report.checks.at(-1)).to.include({ id: 'receipt.kept', reason: 'NOT_DECIDABLE' });
    });
  });

  it('makes no verdict of a place where no log stands', async () => {
    const error = await run(join(scratch.path, 'nowhere')).catch((thrown: Error) => thrown);
    expect(error).to.be.an('error').with.property('message', 'the log lacks checkpoint');
  });

  it('stops where the log cannot be read, and makes no verdict of it', async () => {
    const files: LogFiles = {
      read: async (path) => {
        if (path.startsWith('tile/entries')) throw new Error('the network is gone');
        return createFolderLogFiles(published()).read(path);
      },
    };
    const error = await run(published(), { files }).catch((thrown: Error) => thrown);
    expect(error).to.be.an('error').with.property('message', 'the network is gone');
  });
});
