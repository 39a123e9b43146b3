import { parseArgs } from 'node:util';
import { deployRegistry } from '../src/adapters/chain/deploy-registry.ts';
import { createJsonRpcClient } from '../src/adapters/chain/json-rpc-client.ts';
import type { FeePolicy } from '../src/adapters/chain/transaction-fees.ts';
import { readAccountKey } from '../src/adapters/keys/private-file.ts';
import { CodedError } from '../src/formats/errors.ts';

const usage = `Deploys the evidence registry to an EVM network and opens a log in it.

node scripts/deploy.ts --rpc URL --admin-key FILE --publisher 0x… --log-id HEX
  [--registry 0x…]           open the log in a registry that is there already
  [--gas-price WEI]          legacy fee; default 0, for permissioned networks
  [--max-fee WEI --tip WEI]  EIP-1559 fee

FILE holds the admin's private key as 64 hex digits and must be readable by its owner alone.
Prints the identity of the registry, to be put into the configuration and the verifiers' policy.`;

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
  return { rpc, key: readAccountKey(keyFile), publisher, logId, registry, fees };
}

async function deploy(): Promise<void> {
  const { rpc, key, publisher, logId, fees, registry } = readArguments();
  const identity = await deployRegistry({
    request: createJsonRpcClient(rpc),
    adminKey: key,
    publisher,
    logId,
    fees,
    ...(registry === undefined ? {} : { registry }),
    onSent: (txHash) => console.error(`sent ${txHash}`),
  });
  console.log(JSON.stringify({ ...identity, logId, publisher: publisher.toLowerCase() }, null, 2));
}

try {
  await deploy();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof CodedError) console.error(error.remedy);
  process.exitCode = 1;
}
