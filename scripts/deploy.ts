import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { getCreateAddress } from 'ethers';
import { readQuantity, readReceipt } from '../src/adapters/chain/eth-answers.ts';
import {
  createRegistryReader,
  encodeRegisterLog,
  REGISTRY_BYTECODE,
  REGISTRY_CODE_HASH,
} from '../src/adapters/chain/evidence-registry.ts';
import { addressOfKey, signTransaction } from '../src/adapters/chain/evm-anchor-chain.ts';
import { createJsonRpcClient } from '../src/adapters/chain/json-rpc-client.ts';
import type { EthRequest } from '../src/adapters/chain/simulated-network.ts';
import { type FeePolicy, firstFee } from '../src/adapters/chain/transaction-fees.ts';

const usage = `Deploys the evidence registry to an EVM network and opens a log in it.

node scripts/deploy.ts --rpc URL --admin-key FILE --publisher 0x… --log-id HEX
  [--registry 0x…]           open the log in a registry that is there already
  [--gas-price WEI]          legacy fee; default 0, for permissioned networks
  [--max-fee WEI --tip WEI]  EIP-1559 fee

FILE holds the admin's private key as 64 hex digits and must be readable by its owner alone.
Prints the identity of the registry, to be put into the configuration and the verifiers' policy.`;

function readKey(path: string): Uint8Array {
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new Error(`${path} can be read by others; run: chmod 600 ${path}`);
  }
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new Error(`${path} does not hold 64 hex digits`);
  return Buffer.from(text, 'hex');
}

function readArguments() {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      rpc: text,
      'admin-key': text,
      publisher: text,
      'log-id': text,
      registry: text,
      'gas-price': text,
      'max-fee': text,
      tip: text,
      help: { type: 'boolean' },
    },
  });
  const { rpc, publisher = '', 'admin-key': keyFile, 'log-id': logId = '', registry } = values;
  if (values.help || rpc === undefined || keyFile === undefined) throw new Error(usage);
  if (!/^0x[0-9a-fA-F]{40}$/.test(publisher)) throw new Error(`no address: ${publisher}\n${usage}`);
  if (!/^[0-9a-f]{64}$/.test(logId)) throw new Error(`no log id: ${logId}\n${usage}`);
  const fees: FeePolicy = values['max-fee']
    ? {
        mode: '1559',
        maxFeePerGas: BigInt(values['max-fee']),
        maxPriorityFeePerGas: BigInt(values.tip ?? 0),
      }
    : { mode: 'legacy', gasPrice: BigInt(values['gas-price'] ?? 0) };
  return { rpc, key: readKey(keyFile), publisher, logId, registry, fees };
}

/** Sends and waits, five minutes at most, for the receipt. */
async function sendAndWait(
  request: EthRequest,
  key: Uint8Array,
  call: { chainId: number; nonce: number; to: string | null; data: string; fees: FeePolicy },
): Promise<void> {
  const { fees, ...fields } = call;
  const signed = signTransaction({ ...fields, gasLimit: 3_000_000n, fee: firstFee(fees) }, key);
  await request('eth_sendRawTransaction', [signed.raw]);
  console.error(`sent ${signed.txHash}`);
  for (let second = 0; second < 300; second++) {
    const answer = await request('eth_getTransactionReceipt', [signed.txHash]);
    const receipt = readReceipt(answer, signed.txHash);
    if (receipt?.succeeded === false) throw new Error(`${signed.txHash} was reverted`);
    if (receipt !== null) return;
    await sleep(1_000);
  }
  throw new Error(
    `${signed.txHash} is in no block after five minutes; look for it before retrying`,
  );
}

async function deploy(): Promise<void> {
  const { rpc, key, publisher, logId, fees, registry: given } = readArguments();
  const request = createJsonRpcClient(rpc);
  const chainId = readQuantity(await request('eth_chainId', []));
  const admin = addressOfKey(key);
  let nonce = readQuantity(await request('eth_getTransactionCount', [admin, 'latest']));
  const registry = (given ?? getCreateAddress({ from: admin, nonce })).toLowerCase();
  if (given === undefined) {
    await sendAndWait(request, key, { chainId, nonce, to: null, data: REGISTRY_BYTECODE, fees });
    nonce += 1;
  }
  const reader = createRegistryReader(request, registry);
  const identity = await reader.identity();
  if (identity.codeHash !== REGISTRY_CODE_HASH) {
    throw new Error(`the code at ${registry} is not the registry of this version`);
  }
  if ((await reader.publisherOf(logId)) === null) {
    const data = encodeRegisterLog(logId, admin, publisher);
    await sendAndWait(request, key, { chainId, nonce, to: registry, data, fees });
  }
  const seated = await reader.publisherOf(logId);
  if (seated !== publisher.toLowerCase()) throw new Error(`the publisher of the log is ${seated}`);
  console.log(JSON.stringify({ ...identity, logId, publisher: seated }, null, 2));
}

try {
  await deploy();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
