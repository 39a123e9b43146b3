import { type Command, InvalidArgumentError, Option } from 'commander';
import { type FeePolicy, inEther } from '../../adapters/chain/transaction-fees.ts';
import { type AddedTarget, addTarget, replayChain } from '../../compose-chain.ts';
import { readConfig } from '../../config.ts';
import type { TimeWeight } from '../../formats/policy.ts';
import { print, printJson } from '../output.ts';
import { untilStopped } from './serve.ts';

interface AddOptions {
  rpc: string;
  adminKey: string;
  publisherKey?: string;
  registry?: string;
  gasPrice?: bigint;
  maxFee?: bigint;
  tip?: bigint;
  confirmations: number;
  required?: boolean;
  time: TimeWeight;
  json?: boolean;
}

function wei(text: string): bigint {
  if (/^[0-9]{1,30}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('an amount is wei in decimal digits.');
}

function blocks(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('a whole number from 1.');
}

/** `chain add` and `chain replay`. */
export function addChainTargetCommands(chain: Command): void {
  chain
    .command('add')
    .description(
      'deploy the registry on an EVM network, open the log in it, and use it from now on',
    )
    .argument('<name>', 'of the target, for ever: lower-case letters, digits, hyphens')
    .requiredOption('--rpc <url>', 'node of the network')
    .requiredOption('--admin-key <file>', 'private key of the admin, 64 hex digits, mode 0600')
    .option('--publisher-key <file>', 'of the account that anchors; made when it does not exist')
    .option('--registry <address>', 'use a registry that is there already')
    .option('--gas-price <wei>', 'legacy fee; without any fee option nothing is paid', wei)
    .option('--max-fee <wei>', 'EIP-1559: at most this for each gas', wei)
    .option('--tip <wei>', 'EIP-1559: to the block producer', wei)
    .option('--confirmations <blocks>', "the anchor's own block included", blocks, 1)
    .option('--required', 'verifiers must find every checkpoint here')
    .addOption(
      new Option(
        '--time <weight>',
        "independent: others run this network; none: it is the lender's",
      )
        .choices(['none', 'independent'])
        .default('none'),
    )
    .option('--json')
    .action(add);
  chain
    .command('replay')
    .description('replay an embedded chain that the log left, and serve reads of it on loopback')
    .argument('<target>', 'such as embedded')
    .option('--rpc-port <number>', 'on 127.0.0.1; 0 takes a free one', Number, 0)
    .action(async (target: string, { rpcPort }: { rpcPort: number }) => {
      const replayed = await replayChain(readConfig(), target, rpcPort);
      const stopped = untilStopped();
      print(`${target}: ${replayed.blocks} blocks replayed, every hash as recorded`);
      print(`chain RPC  ${replayed.endpoint.url}`);
      await stopped;
      await replayed.close();
    });
}

function feesOf({ gasPrice, maxFee, tip }: AddOptions): FeePolicy {
  if (maxFee !== undefined) {
    return { mode: '1559', maxFeePerGas: maxFee, maxPriorityFeePerGas: tip ?? 0n };
  }
  return gasPrice === undefined || gasPrice === 0n
    ? { mode: 'zero' }
    : { mode: 'legacy', gasPrice };
}

async function add(name: string, options: AddOptions): Promise<void> {
  const { rpc, publisherKey, registry, confirmations, required = false, time } = options;
  const added = await addTarget(readConfig(), {
    name,
    rpc,
    adminKeyFile: options.adminKey,
    fees: feesOf(options),
    confirmations,
    required,
    timeWeight: time,
    onSent: (txHash) => process.stderr.write(`sent ${txHash}\n`),
    ...(publisherKey === undefined ? {} : { publisherKeyFile: publisherKey }),
    ...(registry === undefined ? {} : { registry }),
  });
  const { publisher, settings } = added;
  const { chainId, genesisHash, publisherKeyFile } = settings;
  if (options.json) {
    const amounts = { balance: `${added.balance}`, neededBalance: `${added.neededBalance}` };
    const place = { name, chainId, genesisHash, registry: settings.registry };
    printJson({ ...place, publisherKeyFile, publisher, ...amounts });
    return;
  }
  print(`${name}      chain ${chainId}, genesis ${genesisHash}`);
  print(`registry  ${settings.registry}`);
  print(`publisher ${publisher}, key in ${publisherKeyFile}: back it up`);
  printFunding(added);
  print('a running service takes it up at its next start; policy.json then names it');
}

/** Where something is paid: what the account has, and what it must have. */
function printFunding({ balance, neededBalance, publisher }: AddedTarget): void {
  if (neededBalance === 0n) return;
  const [held, needed] = [inEther(balance), inEther(neededBalance)];
  if (balance >= neededBalance) {
    print(`balance   ${held} ether; an anchor needs ${needed} there, and uses less than half`);
    return;
  }
  print(`FUND IT   ${publisher} holds ${held} ether. An anchor is taken only`);
  print(`          while ${needed} ether are there (it uses less than half): send it more.`);
}
