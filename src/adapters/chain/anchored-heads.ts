import { Interface, type InterfaceAbi } from 'ethers';
import { AnchorChainError } from '../../evidence/anchor/ports.ts';
import type { TrustedRegistry } from '../../formats/policy.ts';
import type {
  AnchoredHead,
  AnchoredHistory,
  FirstAnchored,
  RegistryPlace,
} from '../../verify/trust.ts';
import artifact from './evidence-registry.json' with { type: 'json' };
import { createRegistryReader, type RegistryReader } from './evidence-registry.ts';
import type { EthRequest } from './simulated-network.ts';

const registryAbi = new Interface(artifact.abi as InterfaceAbi);
const TOPIC = registryAbi.getEvent('CheckpointAnchored')?.topicHash ?? '';
/** Blocks asked for at once where a node refuses more. */
const SMALLEST_SPAN = 256;

const hex = (n: number): string => `0x${n.toString(16)}`;

const incomplete = (problem: string): AnchorChainError =>
  new AnchorChainError(
    'CHAIN_ANSWER_INVALID',
    `the node does not show all heads of the log: ${problem}`,
    'Ask a node that keeps all events from the registry’s first block on.',
  );

interface Opened {
  place: RegistryPlace;
  reader: RegistryReader;
  /** Whether chain and code are those that the policy names. */
  named: boolean;
}

async function open(
  request: EthRequest,
  expected: TrustedRegistry,
  logId: string,
): Promise<Opened> {
  const reader = createRegistryReader(request, expected.address);
  const { chainId, genesisHash, codeHash, registry } = await reader.identity();
  if (chainId !== expected.chainId) {
    const remedy = 'Name a node of the network that the policy names.';
    const what = `the node is of chain ${chainId}`;
    throw new AnchorChainError('CHAIN_SETTINGS_INVALID', what, remedy);
  }
  const named = genesisHash === expected.genesisHash && codeHash === expected.codeHash;
  return { place: { chainId, genesisHash, registry, codeHash, logId }, reader, named };
}

/**
 * Every head of a log that a registry ever recorded, from its events. Each must follow on the one
 * before, and the registry's present head must be among them: a node that forgot or withholds events
 * is an error, never a shorter history.
 * @throws AnchorChainError CHAIN_SETTINGS_INVALID when the node is of another network,
 *   CHAIN_ANSWER_INVALID when events are missing, and those of the reader
 */
export async function readAnchoredHistory(
  request: EthRequest,
  expected: TrustedRegistry,
  logId: string,
): Promise<AnchoredHistory> {
  const { place, reader, named } = await open(request, expected, logId);
  // Another chain of that number, or another program: what it holds is of no interest.
  if (!named) return { ...place, heads: [] };
  return { ...place, heads: await readHeads(request, reader, expected.address, logId) };
}

async function readHeads(
  request: EthRequest,
  reader: RegistryReader,
  address: string,
  logId: string,
): Promise<AnchoredHead[]> {
  // Asked before the events, so that it must be among them whatever is anchored meanwhile.
  const present = await reader.head(logId);
  const latest = await reader.block('latest');
  const filter = { address, topics: [TOPIC, `0x${logId}`] };
  const logs = await readLogs(request, filter, 0, latest?.number ?? 0);
  const heads: AnchoredHead[] = [];
  for (const log of logs) {
    const { oldSize, ...head } = readEvent(log);
    const before = heads.at(-1)?.size ?? 0;
    if (oldSize !== before) throw incomplete(`after size ${before} comes one from ${oldSize}`);
    heads.push(head);
  }
  const seen = heads.some(({ size, root }) => size === present.size && root === present.root);
  if (present.size > 0 && !seen) throw incomplete(`size ${present.size} is not among them`);
  return heads;
}

/** Nodes limit the span or the number of events as they like: a refused span is halved. */
async function readLogs(
  request: EthRequest,
  filter: object,
  from: number,
  to: number,
): Promise<unknown[]> {
  const range = { ...filter, fromBlock: hex(from), toBlock: hex(to) };
  try {
    const logs = await request('eth_getLogs', [range]);
    if (!Array.isArray(logs)) throw incomplete('eth_getLogs gave no list');
    return logs;
  } catch (error) {
    const tooMuch = error instanceof AnchorChainError && error.code !== 'CHAIN_UNREACHABLE';
    if (!tooMuch || to - from < SMALLEST_SPAN) throw error;
    const middle = Math.floor((from + to) / 2);
    const first = await readLogs(request, filter, from, middle);
    return first.concat(await readLogs(request, filter, middle + 1, to));
  }
}

function readEvent(log: unknown): AnchoredHead & { oldSize: number } {
  try {
    const { topics, data, blockNumber, removed } = log as Record<string, unknown>;
    const event = registryAbi.parseLog({ topics: topics as string[], data: data as string });
    if (event === null || removed === true) throw new Error('not an event of the registry');
    const head = {
      root: String(event.args.root).slice(2),
      oldSize: Number(event.args.oldSize),
      size: Number(event.args.newSize),
      blockNumber: Number(blockNumber),
    };
    if (Object.values(head).every((value) => typeof value === 'string' || value >= 0)) return head;
    throw new Error('a number is out of range');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 100) : 'unreadable';
    throw incomplete(why);
  }
}

/**
 * The first head of a log that a registry recorded at or after a moment, by block time. Block times
 * never fall from block to block, so the search halves.
 * @param instant milliseconds since 1970
 * @throws AnchorChainError as `readAnchoredHistory`
 */
export async function findFirstAnchored(
  request: EthRequest,
  expected: TrustedRegistry,
  logId: string,
  instant: number,
): Promise<FirstAnchored> {
  const { place, reader, named } = await open(request, expected, logId);
  if (!named) return { ...place, instant };
  const heads = await readHeads(request, reader, expected.address, logId);
  const timeOf = async ({ root, size }: AnchoredHead): Promise<number> => {
    const anchor = await reader.anchorOf(logId, root);
    if (anchor?.size === size) return anchor.blockTime;
    throw incomplete(`the registry’s record of size ${size} is another than its event`);
  };
  let [low, high] = [0, heads.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const head = heads[middle];
    if (head !== undefined && (await timeOf(head)) * 1000 >= instant) high = middle;
    else low = middle + 1;
  }
  const first = heads[low];
  if (first === undefined) return { ...place, instant };
  return { ...place, instant, first: { ...first, blockTime: await timeOf(first) } };
}
