import { join } from 'node:path';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import { type GenesisRecord, genesisSealKey } from './embedded-genesis.ts';

/** A JSON-RPC request to a node, in process or over HTTP. Quantities are 0x-prefixed hex. */
export type EthRequest = (method: string, params: readonly unknown[]) => Promise<unknown>;

export interface SimulatedNetwork {
  request: EthRequest;
  close(): Promise<void>;
}

const projectFolder = join(import.meta.dirname, '..', '..', '..');

/**
 * Starts Hardhat's chain inside this process with every setting pinned that a block hash depends
 * on. Hardhat is used through its programmatic interface only, which neither reports anything nor
 * fetches anything; its command line, which may do both, is never started by the service.
 *
 * The accounts of the installation are funded by address, so the chain never holds their keys. The
 * one account it is given makes block 0 unique and may not send (see `genesisSealKey`).
 */
export async function startSimulatedNetwork(genesis: GenesisRecord): Promise<SimulatedNetwork> {
  const runtime = await createHardhatRuntimeEnvironment(
    {
      networks: {
        embedded: {
          type: 'edr-simulated',
          chainType: 'l1',
          chainId: genesis.chainId,
          networkId: genesis.chainId,
          hardfork: genesis.hardfork,
          initialDate: new Date(genesis.initialDate * 1000),
          initialBaseFeePerGas: genesis.baseFeePerGas,
          coinbase: genesis.coinbase,
          blockGasLimit: genesis.blockGasLimit,
          accounts: [{ privateKey: genesisSealKey(genesis), balance: '1' }],
          mining: { auto: true, interval: 0 },
          throwOnTransactionFailures: false,
          loggingEnabled: false,
        },
      },
    },
    {},
    projectFolder,
  );
  const connection = await runtime.network.create('embedded');
  const request: EthRequest = (method, params) =>
    connection.provider.request({ method, params: [...params] });
  for (const address of genesis.fundedAddresses) {
    await request('hardhat_setBalance', [address, `0x${BigInt(genesis.balance).toString(16)}`]);
  }
  return { request, close: () => connection.close() };
}
