import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createRegistryReader } from '../../../src/adapters/chain/evidence-registry.ts';
import { addressOfKey } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import { parseEntry } from '../../../src/formats/entry.ts';
import { AnchoredInstallation, headOf } from '../../support/anchored-installation.ts';
import { type AnvilNode, noAnvil, startAnvil } from '../../support/anvil.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';

const script = join(import.meta.dirname, 'move-until-killed.ts');
const points = [
  'the move is a row, its note is not in the log',
  'the note is in the log, the new chain has nothing to hold',
  'the first head is not signed yet',
  'the first head is signed and not sent',
];

describe('kill -9 in the middle of a move to another chain', function () {
  this.timeout(60_000);
  let node: AnvilNode;
  let scratch: ReturnType<typeof scratchFolder>;
  let lender: AnchoredInstallation;
  let template: string;
  let registry: string;
  let untouched: unknown;

  before(async function () {
    if (noAnvil !== undefined) this.skip();
    node = await startAnvil({ chainId: 31_004, automine: true });
    scratch = scratchFolder();
    lender = new AnchoredInstallation(join(scratch.path, 'data'));
    const installation = await lender.open();
    await lender.deposit(installation, 'e1');
    await installation.publishAndAnchor();
    await installation.close();
    ({ registry } = await lender.add('outside', node.url, { resendSeconds: 0 }));
    template = join(scratch.path, 'before');
    cpSync(lender.folder, template, { recursive: true });
  });
  after(async () => {
    await node?.stop();
    scratch?.remove();
  });
  beforeEach(async () => {
    untouched = await node.request('evm_snapshot', []);
    rmSync(lender.folder, { recursive: true });
    cpSync(template, lender.folder, { recursive: true });
  });
  afterEach(() => node.request('evm_revert', [untouched]));

  for (const point of points) {
    it(`${point}: the next start finishes it, with one note and one first head`, async () => {
      const child = spawnSync(process.execPath, [script, lender.folder, point], {
        encoding: 'utf8',
      });
      expect(child.signal, child.stdout + child.stderr).to.equal('SIGKILL');
      const installation = await lender.open();
      try {
        const { checkpoint, targets } = await installation.publishAndAnchor();
        expect(targets.map(({ target, state }) => [target, state])).to.deep.equal([
          ['outside', 'IDLE'],
        ]);
        const logId = installation.anchoring.contexts()[0]?.log.logId ?? '';
        const reader = createRegistryReader(node.request, registry);
        expect(await reader.head(logId)).to.deep.equal(headOf(checkpoint));
        const [move, ...others] = await installation.outbox.moves();
        expect(others).to.deep.equal([]);
        const rows = installation.db
          .prepare('SELECT data FROM entries ORDER BY leaf_index')
          .pluck()
          .all() as Uint8Array[];
        const notes = rows
          .map((data) => parseEntry(new Uint8Array(data)))
          .flatMap((entry) => (entry.type === 'note' ? [entry.text] : []));
        expect(notes).to.deep.equal([move?.note]);
        const items = await installation.outbox.list({ target: 'outside', limit: 50 });
        expect(new Set(items.map(({ size }) => size)).size).to.equal(items.length);
        const publisher = addressOfKey(lender.publisherKey('outside'));
        const sent = await node.request('eth_getTransactionCount', [publisher, 'latest']);
        expect(Number(sent), 'no anchor is doubled').to.equal(items.length);
        expect(installation.policy.registries[0]).to.have.property('until');
        expect(await lender.problems(installation)).to.deep.equal([]);
      } finally {
        await installation.close();
      }
    });
  }
});
