import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { deployRegistry } from './adapters/chain/deploy-registry.ts';
import { openEmbeddedChain } from './adapters/chain/embedded-chain.ts';
import { readStoredGenesis } from './adapters/chain/embedded-genesis.ts';
import { isReadMethod } from './adapters/chain/eth-read-methods.ts';
import { addressOfKey, balanceOf, weiForAnchor } from './adapters/chain/evm-anchor-chain.ts';
import { createJsonRpcClient } from './adapters/chain/json-rpc-client.ts';
import { type RpcEndpoint, startRpcEndpoint } from './adapters/chain/rpc-endpoint.ts';
import type { FeePolicy } from './adapters/chain/transaction-fees.ts';
import { openLogSigner, writeSecretFile } from './adapters/keys/key-files.ts';
import { readAccountKey } from './adapters/keys/private-file.ts';
import { createAnchorOutboxStore } from './adapters/sqlite/anchor-outbox-store.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import {
  type AnchorSettings,
  AnchorSettingsError,
  readAnchorSettings,
  TARGET_NAME,
  type TargetSettings,
  writeAnchorSettings,
} from './anchor-settings.ts';
import type { Installation } from './compose.ts';
import { chainFolderOf } from './compose-anchoring.ts';
import { openDatabases } from './compose-databases.ts';
import type { Config } from './config.ts';
import type { AnchorReport } from './evidence/anchor/anchor-checkpoints.ts';
import type { ChainIdentity } from './evidence/anchor/ports.ts';
import { toHex } from './formats/bytes.ts';
import { parseChainMove } from './formats/chain-move.ts';
import { logId } from './formats/checkpoint.ts';
import { epochOf } from './formats/embedded-target.ts';
import { parseVerifierKey } from './formats/note.ts';
import type { TimeWeight } from './formats/policy.ts';
import { openInstallationFacts } from './installation-facts.ts';
import { deploymentNote } from './started-deployment.ts';

/** How it stands with one target. */
export interface TargetStatus {
  target: string;
  /** LEFT: the log moved away. */
  state: AnchorReport['state'] | 'LEFT';
  chain: ChainIdentity;
  publisher: string | null;
  head: AnchorReport['head'];
  /** Entries of the published log that the chain's head does not cover. */
  lag: number | null;
  /** Blocks of the embedded chain. */
  height: number | null;
  waiting: { count: number; since: string | null };
  movedTo: string | null;
  reason: AnchorReport['reason'];
}

const PATIENCE_MS = 20_000;

/** Asks every active target, and lists those that the log left. */
export async function statusOfTargets(installation: Installation): Promise<TargetStatus[]> {
  const { anchoring, outbox, evidence } = installation;
  const published = (await evidence.latestCheckpoint())?.size ?? 0;
  const reports = await anchoring.fleet.tick(PATIENCE_MS);
  const moves = await outbox.moves();
  const left = moves.map((move): TargetStatus => {
    const { from, head = null } = parseChainMove(move.note);
    const { target, ...chain } = from;
    const nothing = { publisher: null, lag: null, height: null, reason: null };
    const waiting = { count: 0, since: null };
    return { target, state: 'LEFT', chain, head, waiting, movedTo: move.to, ...nothing };
  });
  const active = anchoring.contexts().map(({ chain, policy }): TargetStatus => {
    const report = reports.find(({ target }) => target === chain.target);
    const { state = 'WORKING', head = null, reason = null, open = [] } = report ?? {};
    return {
      target: chain.target,
      state,
      chain: policy.expected,
      publisher: chain.publisher,
      head,
      lag: head === null ? null : Math.max(0, published - head.size),
      height: policy.inProcess === true ? (anchoring.embedded?.chain.blockCount() ?? null) : null,
      waiting: { count: open.length, since: open[0]?.queuedAt ?? null },
      movedTo: null,
      reason,
    };
  });
  return [...left, ...active];
}

/** What `chain add` is told. */
export interface NewTarget {
  name: string;
  rpc: string;
  adminKeyFile: string;
  /** Made with a random key when it does not exist. Relative paths start at the data folder. */
  publisherKeyFile?: string;
  /** A registry that is there already; absent: deploy one. */
  registry?: string;
  fees: FeePolicy;
  confirmations: number;
  required: boolean;
  timeWeight: TimeWeight;
  onSent: (txHash: string) => void;
}

/** A target that was set up, and what its account needs. */
export interface AddedTarget {
  settings: TargetSettings;
  /** 0x address of the account that anchors. */
  publisher: string;
  /** Wei: what the account holds now, and what it must hold for an anchor to be taken. */
  balance: bigint;
  neededBalance: bigint;
}

/** Nodes of a consistency proof in a log of 2³⁰ entries. */
const LONGEST_PROOF = 31;

/**
 * Sets a target up: registry deployed or found, log opened in it, target written into
 * `anchors.json`. The service takes it up at its next start, and may run meanwhile. Broken off
 * anywhere it can be repeated, and goes on with the registry that it began with.
 * @throws AnchorChainError, AnchorSettingsError, PrivateFileError
 */
export async function addTarget(config: Config, wanted: NewTarget): Promise<AddedTarget> {
  const settingsPath = join(config.dataFolder, 'anchors.json');
  const present = readAnchorSettings(settingsPath);
  requireFreeName(wanted.name, present);
  const publisherKeyFile = wanted.publisherKeyFile ?? join('keys', `chain-${wanted.name}.key`);
  const keyPath = isAbsolute(publisherKeyFile)
    ? publisherKeyFile
    : join(config.dataFolder, publisherKeyFile);
  if (!existsSync(keyPath)) writeSecretFile(keyPath, `${toHex(systemRandom.bytes(32))}\n`);
  const { fees, registry, onSent } = wanted;
  const request = createJsonRpcClient(wanted.rpc);
  const publisher = addressOfKey(readAccountKey(keyPath));
  const note = deploymentNote(config.dataFolder, wanted.name);
  const started = note.read();
  const { chainId, genesisHash, ...identity } = await deployRegistry({
    request,
    adminKey: readAccountKey(wanted.adminKeyFile),
    publisher,
    logId: ownLogId(config),
    fees,
    onSent,
    onDeploy: note.write,
    ...(started === undefined ? {} : { started }),
    ...(registry === undefined ? {} : { registry }),
  });
  const { name, rpc, confirmations, required, timeWeight } = wanted;
  const balance = await balanceOf(request, publisher);
  const network = { name, rpc, chainId, genesisHash, registry: identity.registry };
  const rules = { fees, confirmations, required, timeWeight };
  const timers = { resendSeconds: 30, replaceSeconds: 180 };
  const settings: TargetSettings = { ...network, publisherKeyFile, ...rules, ...timers };
  // A crash before this leaves a registry that the note names: the next try goes on with it.
  writeAnchorSettings(settingsPath, { ...present, targets: [...present.targets, settings] });
  note.remove();
  return { settings, publisher, balance, neededBalance: weiForAnchor(fees, LONGEST_PROOF) };
}

/** @throws AnchorSettingsError before anything is made for a name that cannot be used */
function requireFreeName(name: string, { targets }: AnchorSettings): void {
  const refuse = (what: string, remedy: string) => {
    throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', what, remedy);
  };
  if (!TARGET_NAME.test(name)) {
    const remedy = 'Use lower-case letters, digits and hyphens, not beginning with "embedded".';
    refuse(`"${name.slice(0, 40)}" is no name for a target`, remedy);
  }
  if (targets.some((target) => target.name === name)) {
    const remedy = 'A name belongs to one registry for ever: choose another one.';
    refuse(`there is a target "${name}" already`, remedy);
  }
}

function ownLogId({ dataFolder, ...config }: Config): string {
  const path = join(dataFolder, 'installation.json');
  if (!existsSync(path)) {
    const remedy = 'Make the installation first: start the service once, or deposit something.';
    const what = `there is no installation in ${dataFolder}`;
    throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', what, remedy);
  }
  const facts = openInstallationFacts(path, { dataFolder, ...config }, systemRandom, systemClock);
  const { vkey } = openLogSigner(join(dataFolder, 'keys', 'log.key'), facts.origin);
  return toHex(logId(parseVerifierKey(vkey)));
}

/** An embedded chain that the log left, replayed for reading. */
export interface ReplayedChain {
  endpoint: RpcEndpoint;
  blocks: number;
  close(): Promise<void>;
}

/**
 * Replays the journal of an embedded chain that the log left, checking every block hash and that it
 * ends in the block that the note in the log names, and serves reads of it on loopback.
 * @throws EmbeddedChainError; AnchorSettingsError when the log never left such a chain, or when the
 *   journal ends elsewhere
 */
export async function replayChain(
  config: Config,
  target: string,
  port: number,
): Promise<ReplayedChain> {
  const folder = join(config.dataFolder, chainFolderOf(target));
  const genesis = epochOf(target) === null ? null : await readStoredGenesis(folder);
  const databases = openDatabases(config.dataFolder);
  const moves = await createAnchorOutboxStore(databases.db).moves();
  databases.close();
  const move = moves.find(({ from }) => from === target);
  if (genesis === null || move === undefined) {
    const left = moves.map(({ from }) => from).filter((name) => epochOf(name) !== null);
    const remedy = `The log left: ${left.join(', ') || 'none yet'}.`;
    const what = `the log never left an embedded chain "${target}"`;
    throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', what, remedy);
  }
  const { fundedAddresses } = genesis;
  const now = () => systemClock.now();
  // Another process may have the installation open; nothing is written here.
  const chain = await openEmbeddedChain({ folder, genesis, fundedAddresses, now, isLocked: true });
  try {
    const { head } = parseChainMove(move.note);
    const number = `0x${(head?.blockNumber ?? 0).toString(16)}`;
    const block = await chain.request('eth_getBlockByNumber', [number, false]);
    const { hash } = (block ?? {}) as { hash?: string };
    if (head !== undefined && hash !== head.blockHash) {
      const what = `block ${head.blockNumber} of ${target} is ${hash ?? 'missing'}, the log says ${head.blockHash}`;
      const remedy = 'Restore the chain folder from the backup.';
      throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', what, remedy);
    }
    const request = (method: string, params: readonly unknown[]) =>
      chain.request(isReadMethod(method) ? method : `${method} (this chain is closed)`, params);
    const endpoint = await startRpcEndpoint({ request, port });
    const close = async () => {
      await endpoint.close();
      await chain.close();
    };
    return { endpoint, blocks: chain.blockCount(), close };
  } catch (error) {
    await chain.close();
    throw error;
  }
}
