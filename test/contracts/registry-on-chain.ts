import { randomBytes } from 'node:crypto';
import { Interface, type InterfaceAbi, Wallet } from 'ethers';
import { genesisRecord } from '../../src/adapters/chain/embedded-genesis.ts';
import artifact from '../../src/adapters/chain/evidence-registry.json' with { type: 'json' };
import { describeRevert } from '../../src/adapters/chain/evidence-registry.ts';
import { startSimulatedNetwork } from '../../src/adapters/chain/simulated-network.ts';

export interface Outcome {
  succeeded: boolean;
  gasUsed: number;
  /** Name and values of the custom error; null after success. */
  revert: string | null;
  logs: { name: string; args: unknown[] }[];
}

export interface RegistryOnChain {
  admin: Wallet;
  publisher: Wallet;
  stranger: Wallet;
  deployGas: number;
  /** Sends as `from` and mines. */
  send(from: Wallet, name: string, args: unknown[]): Promise<Outcome>;
  /** The revert of a call that is not sent, or null when it would succeed. */
  attempt(from: Wallet, name: string, args: unknown[]): Promise<string | null>;
  view(name: string, args: unknown[]): Promise<unknown[]>;
  estimate(name: string, args: unknown[]): Promise<number>;
  /** Header of the newest block: number and time. */
  tip(): Promise<{ number: number; time: number }>;
  close(): Promise<void>;
}

interface Receipt {
  status: string;
  gasUsed: string;
  contractAddress: string | null;
  logs: { topics: string[]; data: string }[];
}

const CHAIN_ID = 20_261;
const code = new Interface(artifact.abi as InterfaceAbi);

/** The exported registry, deployed on a chain of this process. */
export async function deployRegistry(): Promise<RegistryOnChain> {
  const wallet = () => new Wallet(`0x${randomBytes(32).toString('hex')}`);
  const [admin, publisher, stranger] = [wallet(), wallet(), wallet()];
  const seed = { chainId: CHAIN_ID, initialDate: 1_700_000_000, coinbase: `0x${'c0'.repeat(20)}` };
  const { request, close } = await startSimulatedNetwork(genesisRecord(seed, [admin.address]));
  const nonces = new Map<Wallet, number>();
  const transact = async (from: Wallet, to: string | null, data: string): Promise<Receipt> => {
    const nonce = nonces.get(from) ?? 0;
    nonces.set(from, nonce + 1);
    const fields = { type: 0, chainId: CHAIN_ID, nonce, gasPrice: 0, gasLimit: 5_000_000 };
    const raw = await from.signTransaction({ ...fields, to, data });
    const hash = await request('eth_sendRawTransaction', [raw]);
    return (await request('eth_getTransactionReceipt', [hash])) as Receipt;
  };
  const deployed = await transact(admin, null, artifact.bytecode);
  const address = deployed.contractAddress as string;
  const encode = (name: string, args: unknown[]) => code.encodeFunctionData(name, args);
  const attempt = async (from: Wallet, name: string, args: unknown[]) => {
    try {
      const call = { from: from.address, to: address, data: encode(name, args) };
      await request('eth_call', [call, 'latest']);
      return null;
    } catch (error) {
      return describeRevert(error) ?? String(error);
    }
  };
  return {
    admin,
    publisher,
    stranger,
    deployGas: Number(deployed.gasUsed),
    attempt,
    close,
    async send(from, name, args) {
      const revert = await attempt(from, name, args);
      const receipt = await transact(from, address, encode(name, args));
      const logs = receipt.logs.map((log) => code.parseLog(log)).filter((log) => log !== null);
      return {
        succeeded: receipt.status === '0x1',
        gasUsed: Number(receipt.gasUsed),
        revert,
        logs: logs.map((log) => ({ name: log.name, args: [...log.args] })),
      };
    },
    async view(name, args) {
      const answer = await request('eth_call', [
        { to: address, data: encode(name, args) },
        'latest',
      ]);
      return [...code.decodeFunctionResult(name, answer as string)];
    },
    async estimate(name, args) {
      return Number(await request('eth_estimateGas', [{ to: address, data: encode(name, args) }]));
    },
    async tip() {
      const block = await request('eth_getBlockByNumber', ['latest', false]);
      const { number, timestamp } = block as { number: string; timestamp: string };
      return { number: Number(number), time: Number(timestamp) };
    },
  };
}

/** A log id for a test, 0x-prefixed. */
export const logIdOf = (n: number) => `0x${(n + 1).toString(16).padStart(64, '0')}`;

/** 0x-prefixed, as the contract's interface takes hashes. */
export const hex = (hash: string) => `0x${hash}`;
