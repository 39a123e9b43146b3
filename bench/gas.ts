import { randomBytes } from 'node:crypto';
import { Interface, type InterfaceAbi } from 'ethers';
import { compileContracts, compiledContract } from '../scripts/compile-contracts.ts';
import { genesisRecord } from '../src/adapters/chain/embedded-genesis.ts';
import { addressOfKey, signTransaction } from '../src/adapters/chain/evm-anchor-chain.ts';
import { startSimulatedNetwork } from '../src/adapters/chain/simulated-network.ts';
import { toHex } from '../src/formats/bytes.ts';
import { consistencyProof, inclusionProof, rangeRoot } from '../src/formats/merkle.ts';
import { buildSyntheticTree } from './synthetic-tree.ts';

export interface GasLine {
  operation: string;
  /** Nodes in the proof that was sent; null where there is none. */
  proofNodes: number | null;
  gas: number;
}

export interface GasReport {
  lines: GasLine[];
  /** Gas for each of 1,000 deposits: one anchor for all, and one transaction for each hash. */
  perDeposit: { deposits: number; anchored: number; oneTransactionEach: number; factor: number };
}

interface Contract {
  transact(name: string, args: unknown[]): Promise<number>;
  /** Gas of a read, without the 21,000 that a transaction costs by itself. */
  viewGas(name: string, args: unknown[]): Promise<number>;
}

const CHAIN_ID = 20_262;
const DEPOSITS = 1_000;
const hex = (bytes: Uint8Array) => `0x${toHex(bytes)}`;
const logIdOf = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;

async function startBench() {
  const key = randomBytes(32);
  const address = addressOfKey(key);
  const seed = { chainId: CHAIN_ID, initialDate: 1_700_000_000, coinbase: `0x${'c0'.repeat(20)}` };
  const { request, close } = await startSimulatedNetwork(genesisRecord(seed, [address]));
  const fee = { type: 0, gasPrice: 0n } as const;
  let nonce = 0;
  const send = async (to: string | null, data: string) => {
    const fields = { chainId: CHAIN_ID, nonce: nonce++, to, data, gasLimit: 5_000_000n, fee };
    const hash = await request('eth_sendRawTransaction', [signTransaction(fields, key).raw]);
    const receipt = await request('eth_getTransactionReceipt', [hash]);
    const { status, gasUsed, contractAddress } = receipt as Record<string, string>;
    if (status !== '0x1') throw new Error('a measured transaction was reverted');
    return { gas: Number(gasUsed), address: contractAddress ?? null };
  };
  const deploy = async (abi: InterfaceAbi, bytecode: string) => {
    const code = new Interface(abi);
    const { gas, address: to } = await send(null, bytecode);
    const contract: Contract = {
      transact: async (name, args) => (await send(to, code.encodeFunctionData(name, args))).gas,
      async viewGas(name, args) {
        const call = { from: address, to, data: code.encodeFunctionData(name, args) };
        return Number(await request('eth_estimateGas', [call])) - 21_000;
      },
    };
    return { gas, contract };
  };
  return { address, deploy, close };
}

type Tree = (level: number, index: number) => Uint8Array;

const proofBetween = (tree: Tree, from: number, to: number) =>
  consistencyProof(from, to, tree).map(hex);

/** Opens a log, anchors `from` entries, then `to`; gives the gas of all three. */
async function anchorTwice(
  registry: Contract,
  tree: Tree,
  run: { log: string; owner: string; from: number; to: number },
) {
  const { log, owner, from, to } = run;
  const register = await registry.transact('registerLog', [log, owner, owner]);
  const firstRoot = hex(rangeRoot(0, from, tree));
  const first = await registry.transact('anchor', [log, from, firstRoot, []]);
  const proof = proofBetween(tree, from, to);
  const root = hex(rangeRoot(0, to, tree));
  const next = await registry.transact('anchor', [log, to, root, proof]);
  return { register, first, next, proofNodes: proof.length, root };
}

/** Inclusion of an entry in the middle of an anchored tree, as read by a contract or a call. */
async function inclusionLine(
  registry: Contract,
  tree: Tree,
  at: { log: string; root: string; size: number },
): Promise<GasLine> {
  const index = Math.floor(at.size / 2) - 1;
  const path = inclusionProof(index, at.size, tree).map(hex);
  const args = [at.log, at.root, hex(tree(0, index)), index, path];
  const gas = await registry.viewGas('verifyInclusion', args);
  const operation = `verifyInclusion at ${at.size.toLocaleString('en')} entries (read)`;
  return { operation, proofNodes: path.length, gas };
}

/**
 * Measures what anchoring costs, on a fresh chain with real proofs over synthetic trees.
 * @param sizes numbers of entries at which an anchor is measured
 */
export async function measureGas(
  sizes: readonly number[] = [1_000, 1_000_000],
): Promise<GasReport> {
  const compilation = compileContracts();
  const compiled = compiledContract(compilation, 'EvidenceRegistry');
  const baseline = compiledContract(compilation, 'HashPerItemBaseline');
  const bench = await startBench();
  try {
    const deployed = await bench.deploy(compiled.abi as InterfaceAbi, compiled.bytecode);
    const tree = buildSyntheticTree();
    const lines: GasLine[] = [
      { operation: 'deploy the registry', proofNodes: null, gas: deployed.gas },
    ];
    let anchored = 0;
    for (const [i, size] of sizes.entries()) {
      const run = { log: logIdOf(i + 1), owner: bench.address, from: size, to: size + DEPOSITS };
      const done = await anchorTwice(deployed.contract, tree, run);
      if (i === 0) {
        lines.push({ operation: 'open a log', proofNodes: null, gas: done.register });
        lines.push({ operation: 'first anchor', proofNodes: 0, gas: done.first });
      }
      const operation = `anchor ${DEPOSITS.toLocaleString('en')} more at ${size.toLocaleString('en')} entries`;
      lines.push({ operation, proofNodes: done.proofNodes, gas: done.next });
      const place = { log: run.log, root: done.root, size: run.to };
      lines.push(await inclusionLine(deployed.contract, tree, place));
      anchored = Math.max(anchored, done.next);
    }
    const each = await measureBaseline(bench, baseline.abi as InterfaceAbi, baseline.bytecode);
    lines.push({
      operation: 'one hash in one transaction (baseline)',
      proofNodes: null,
      gas: each,
    });
    return { lines, perDeposit: perDeposit(anchored, each) };
  } finally {
    await bench.close();
  }
}

function perDeposit(anchorGas: number, each: number): GasReport['perDeposit'] {
  const factor = Math.round((each * DEPOSITS) / anchorGas);
  return { deposits: DEPOSITS, anchored: anchorGas / DEPOSITS, oneTransactionEach: each, factor };
}

/** Mean gas of storing each of the deposits' hashes by a transaction of its own. */
async function measureBaseline(
  bench: Awaited<ReturnType<typeof startBench>>,
  abi: InterfaceAbi,
  bytecode: string,
): Promise<number> {
  const { contract } = await bench.deploy(abi, bytecode);
  let total = 0;
  for (let i = 0; i < DEPOSITS; i++) {
    total += await contract.transact('store', [hex(randomBytes(32))]);
  }
  return Math.round(total / DEPOSITS);
}

/** The report as aligned text. */
export function renderGasReport(report: GasReport): string {
  const rows = report.lines.map(({ operation, proofNodes, gas }) => {
    const nodes = proofNodes === null ? '' : `${proofNodes}`;
    return `${operation.padEnd(44)} ${nodes.padStart(6)} ${gas.toLocaleString('en').padStart(10)}`;
  });
  const { deposits, anchored, oneTransactionEach, factor } = report.perDeposit;
  const summary =
    `${deposits.toLocaleString('en')} deposits: ${anchored.toFixed(1)} gas each in one anchor, ` +
    `${oneTransactionEach.toLocaleString('en')} gas each as transactions of their own (${factor} times)`;
  return [
    `${'operation'.padEnd(44)} ${'proof'.padStart(6)} ${'gas'.padStart(10)}`,
    ...rows,
    summary,
  ].join('\n');
}
