import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { addressOfKey } from '../../../src/adapters/chain/evm-anchor-chain.ts';
import { readAnchorSettings } from '../../../src/anchor-settings.ts';
import { AnchoredInstallation } from '../../support/anchored-installation.ts';
import { type AnvilNode, noAnvil, startAnvil } from '../../support/anvil.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';

const main = join(import.meta.dirname, '../../../bin/cunzheng.mjs');
const ETHER = `0x${(10n ** 18n).toString(16)}`;

describe('cunzheng chain add on a network that is paid', function () {
  this.timeout(60_000);
  let node: AnvilNode;
  let scratch: ReturnType<typeof scratchFolder>;
  let folder: string;
  let adminFile: string;
  let admin: string;

  before(async function () {
    if (noAnvil !== undefined) this.skip();
    scratch = scratchFolder();
    folder = join(scratch.path, 'data');
    await (await new AnchoredInstallation(folder).open()).close();
    node = await startAnvil({ chainId: 31_005, automine: false, baseFee: 1_000_000_000 });
  });
  after(async () => {
    await node?.stop();
    scratch?.remove();
  });
  beforeEach(async () => {
    const key = randomBytes(32);
    admin = addressOfKey(key);
    adminFile = join(scratch.path, `${admin}.key`);
    writeFileSync(adminFile, key.toString('hex'), { mode: 0o600 });
    await node.request('anvil_setBalance', [admin, ETHER]);
  });

  const start = (name: string, maxFee = '3000000000') => {
    const options = ['--rpc', node.url, '--admin-key', adminFile, '--max-fee', maxFee];
    const args = [main, 'chain', 'add', name, ...options, '--tip', '1000000'];
    const env = { ...process.env, CUNZHENG_DATA: folder };
    const child = spawn(process.execPath, args, { env });
    const said = { out: '', err: '' };
    child.stdout.on('data', (bytes) => {
      said.out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      said.err += bytes;
    });
    return { child, said };
  };
  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once('close', resolve));
  const killedAfterSending = async (name: string, maxFee?: string) => {
    const { child, said } = start(name, maxFee);
    const end = ended(child);
    while (!said.err.includes('sent 0x') && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await end;
    expect(child.signalCode, said.err).to.equal('SIGKILL');
  };
  const finished = async (name: string) => {
    await node.request('evm_setIntervalMining', [1]);
    const { child, said } = start(name);
    expect(await ended(child), said.err).to.equal(0);
    await node.request('evm_setIntervalMining', [0]);
    return said.out;
  };
  const transactions = async () =>
    Number(await node.request('eth_getTransactionCount', [admin, 'latest']));
  const registryOf = (name: string) =>
    readAnchorSettings(join(folder, 'anchors.json')).targets.find((one) => one.name === name)
      ?.registry;

  it('killed before the deployment is in a block, and repeated: the same deployment', async () => {
    await killedAfterSending('waiting');
    const out = await finished('waiting');
    expect(await transactions(), 'a deployment and a registration').to.equal(2);
    expect(out).to.match(/publisher 0x[0-9a-f]{40}/);
    expect(out).to.match(/FUND IT {3}0x[0-9a-f]{40} holds 0 ether/);
    expect(readdirSync(folder).filter((name) => name.startsWith('chain-add'))).to.deep.equal([]);
  });

  it('killed, mined meanwhile, and repeated: no second registry', async () => {
    await killedAfterSending('mined');
    await node.mine();
    expect(await transactions()).to.equal(1);
    await finished('mined');
    expect(await transactions()).to.equal(2);
    expect(await node.request('eth_getCode', [registryOf('mined'), 'latest'])).not.to.equal('0x');
  });

  it('killed with a fee that was too low, and repeated with a higher one: it takes its place', async () => {
    await killedAfterSending('low', '1100000000');
    await node.request('anvil_setNextBlockBaseFeePerGas', ['0x59682f00']);
    await node.mine();
    expect(await transactions()).to.equal(0);
    await finished('low');
    expect(await transactions()).to.equal(2);
  });

  it('a note of a deployment that is torn is refused, and the remedy names the file', async () => {
    const path = join(folder, 'chain-add-torn.json');
    writeFileSync(path, '{"v":1,"type":"deployment"', { mode: 0o600 });
    const { child, said } = start('torn');
    expect(await ended(child)).to.equal(2);
    expect(said.err).to.include(`Remove ${path}`);
    expect(await transactions()).to.equal(0);
    rmSync(path);
  });

  it('a name that cannot be used is refused before anything is made', async () => {
    const { child, said } = start('../Elsewhere');
    expect(await ended(child)).to.equal(2);
    expect(said.err).to.include('is no name for a target');
    expect(await transactions()).to.equal(0);
  });
});
