import { existsSync, mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  EMBEDDED_CHAIN_ID,
  type EmbeddedInstallation,
  openEmbeddedInstallation,
} from './adapters/chain/embedded-installation.ts';
import { REGISTRY_CODE_HASH } from './adapters/chain/evidence-registry.ts';
import { createEvmAnchorChain } from './adapters/chain/evm-anchor-chain.ts';
import { type FolderLock, lockFolder } from './adapters/chain/folder-lock.ts';
import { createJsonRpcClient } from './adapters/chain/json-rpc-client.ts';
import { readAccountKey } from './adapters/keys/private-file.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import {
  type AnchorSettings,
  AnchorSettingsError,
  type TargetSettings,
} from './anchor-settings.ts';
import { anchorRecords, trustOf } from './compose-anchor-records.ts';
import { createAnchorer } from './evidence/anchor/anchor-checkpoints.ts';
import type { AnchorContext, AnchorPolicy } from './evidence/anchor/anchor-context.ts';
import { AnchorFleet } from './evidence/anchor/anchor-fleet.ts';
import { AnchorMoveError } from './evidence/anchor/anchor-move-error.ts';
import { anchorFindings, remoteFindings } from './evidence/anchor/find-contradictions.ts';
import { finishMove, type MovePorts, moveLog } from './evidence/anchor/move-log.ts';
import type { AnchorChain, AnchorOutboxStore, ChainIdentity } from './evidence/anchor/ports.ts';
import { checkpointRoot, type Evidence } from './evidence/index.ts';
import type { CheckpointRow } from './evidence/ports.ts';
import type { RegistryPlace } from './formats/chain-move.ts';
import { EMBEDDED_TARGET, epochOf } from './formats/embedded-target.ts';
import type { TrustedRegistry } from './formats/policy.ts';
import type { AnchorRecord } from './formats/proof-file.ts';

/** The chain's folder within the data folder. */
export function chainFolderOf(target: string): string {
  return target === EMBEDDED_TARGET ? 'chain' : target.replace(/^embedded/, 'chain');
}

const nextEpoch = (target: string): string => `embedded-${(epochOf(target) ?? 0) + 1}`;

export interface AnchoringOptions {
  dataFolder: string;
  settings: AnchorSettings;
  outbox: AnchorOutboxStore;
  keys: { admin: Uint8Array; publisher: Uint8Array };
  /** Log id, hex. */
  logId: string;
}

/** How long a start waits for a chain outside of this process before it goes on without it. */
const START_PATIENCE_MS = 10_000;
/** How long the end of the process waits for a look that is under way. */
const CLOSE_PATIENCE_MS = 3_000;

/**
 * Everything that anchors: the embedded chain, if it is on, and the targets of `anchors.json`. Made
 * in two steps, because the log needs `anchorsOf` and the anchoring needs the log.
 */
export class Anchoring {
  readonly fleet = new AnchorFleet((milliseconds) => wait(milliseconds, undefined, { ref: false }));
  readonly #options: AnchoringOptions;
  readonly #lock: FolderLock;
  readonly #closing = new AbortController();
  readonly #contexts = new Map<string, AnchorContext>();
  #evidence: Evidence | undefined;
  #embedded: { target: string; installation: EmbeddedInstallation } | null;

  private constructor(
    options: AnchoringOptions,
    embedded: { target: string; installation: EmbeddedInstallation } | null,
    lock: FolderLock,
  ) {
    this.#options = options;
    this.#embedded = embedded;
    this.#lock = lock;
  }

  /**
   * Opens the embedded chain that the log is on now. One process at a time: the first chain's folder
   * is locked, whether that chain is in use or not.
   * @throws EmbeddedChainError, AnchorSettingsError
   */
  static async open(options: AnchoringOptions): Promise<Anchoring> {
    const { settings, outbox, dataFolder } = options;
    const target = await currentEpoch(outbox);
    const isOn = settings.embedded.enabled && target !== null;
    if (!isOn && settings.targets.length === 0) {
      const what = 'the embedded chain is off and no other target is named';
      const remedy = 'Switch it on in anchors.json, or add a target with "cunzheng chain add".';
      throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', what, remedy);
    }
    const folder = join(dataFolder, chainFolderOf(EMBEDDED_TARGET));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = lockFolder(folder);
    try {
      const embedded = isOn ? { target, installation: await openEpoch(options, target) } : null;
      return new Anchoring(options, embedded, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** The embedded chain that is in use. */
  get embedded(): EmbeddedInstallation | null {
    return this.#embedded?.installation ?? null;
  }

  /** Its name in the outbox. */
  get embeddedTarget(): string | null {
    return this.#embedded?.target ?? null;
  }

  /** Joins the log, which `findings` then looks for on every chain. */
  async attach(evidence: Evidence): Promise<void> {
    this.#evidence = evidence;
    const { outbox, settings } = this.#options;
    if (this.#embedded !== null) this.#addEmbedded(this.#embedded);
    const moves = await outbox.moves();
    const left = new Set(moves.map(({ from }) => from));
    for (const target of settings.targets) {
      if (!left.has(target.name)) this.#addRemote(target);
    }
  }

  /** Completes moves that a crash broke off, and gives a new target its first checkpoint. */
  async resume(): Promise<void> {
    for (const move of await this.#options.outbox.moves())
      await finishMove(this.#movePorts(), move);
    await this.#greetNewTargets();
  }

  /**
   * Does a chain know anything that this database does not? A database restored from an old backup
   * must be noticed before it takes a deposit: it would give positions in the log away twice. A
   * chain outside that does not answer in time is asked again by and by.
   * @returns one line a finding, with the code of the halt
   */
  async findings(): Promise<string[]> {
    const looks = [...this.#contexts.values()].map((context) => this.#look(context));
    return (await Promise.all(looks)).flat();
  }

  async #look(context: AnchorContext): Promise<string[]> {
    if (context.policy.inProcess === true) return anchorFindings(context);
    const late = wait(START_PATIENCE_MS, [] as string[], { ref: false });
    const look = remoteFindings(context);
    look.catch(() => undefined);
    return Promise.race([look, late]);
  }

  /** Anchors of one checkpoint that are final, as proofs state them. */
  anchorsOf = (checkpoint: CheckpointRow): Promise<AnchorRecord[]> =>
    anchorRecords(this.#options.outbox, this.#options.logId, checkpoint.size);

  /** What a verifier's policy should say about the registries of this installation. */
  async trust(): Promise<{ registries: TrustedRegistry[]; anchorsRequired: number }> {
    return trustOf(this.#options, await this.#places());
  }

  /** Every registry that was used or is configured. */
  async #places(): Promise<Map<string, ChainIdentity>> {
    const { outbox } = this.#options;
    const out = new Map<string, ChainIdentity>();
    for (const target of await outbox.targets()) {
      const identity = await outbox.identity(target);
      if (identity !== null) out.set(target, identity);
    }
    for (const [target, { policy }] of this.#contexts) out.set(target, policy.expected);
    return out;
  }

  /**
   * Moves the embedded chain to a new one when it is full and nothing is on its way: each block
   * keeps memory for as long as the process lives.
   */
  async rollWhenFull(): Promise<boolean> {
    const { settings, outbox } = this.#options;
    const old = this.#embedded;
    if (old === null || old.installation.chain.blockCount() < settings.embedded.maxBlocks)
      return false;
    if ((await outbox.open(old.target)).length > 0) return false;
    const target = nextEpoch(old.target);
    // A crash before the move's row leaves a chain that nothing names; the next turn opens it again.
    const next = { target, installation: await openEpoch(this.#options, target) };
    try {
      this.#addEmbedded(next);
      await this.#move(old.target, target);
    } catch (error) {
      this.#drop(target);
      await next.installation.close();
      throw error;
    }
    this.#embedded = next;
    this.#drop(old.target);
    await old.installation.close();
    return true;
  }

  /**
   * The log leaves `from` and goes on on `to`, which must be a target of this installation.
   * @throws AnchorMoveError TARGET_UNKNOWN, MOVED_ELSEWHERE
   */
  async move(from: string, to: string): Promise<void> {
    await this.#move(from, to);
    this.#drop(from);
  }

  async #move(from: string, to: string): Promise<void> {
    const places = await this.#places();
    const place = (target: string): RegistryPlace => {
      const found = places.get(target);
      if (found !== undefined && (target === from || this.#contexts.has(target))) {
        return { target, ...found };
      }
      const what = `there is no ${target === from ? '' : 'active '}target "${target.slice(0, 40)}"`;
      const remedy = `Active are: ${[...this.#contexts.keys()].join(', ')}.`;
      throw new AnchorMoveError('TARGET_UNKNOWN', what, remedy);
    };
    await moveLog(this.#movePorts(), place(from), place(to));
  }

  #movePorts(): MovePorts {
    const { outbox, logId } = this.#options;
    const evidence = this.#log();
    return {
      store: outbox,
      clock: systemClock,
      logId,
      treeSize: () => evidence.treeSize(),
      ensureNote: (text, since) => evidence.ensureNote(text, since),
    };
  }

  /** Every active target, with the chain it is on. */
  contexts(): AnchorContext[] {
    return [...this.#contexts.values()];
  }

  /** Waits a little for looks that are under way, then ends them; the next start goes on. */
  async close(): Promise<void> {
    await this.fleet.settle(CLOSE_PATIENCE_MS);
    this.#closing.abort();
    await this.fleet.settle(CLOSE_PATIENCE_MS);
    await this.#embedded?.installation.close();
    this.#lock.release();
  }

  #log(): Evidence {
    if (this.#evidence === undefined) throw new TypeError('anchoring is used before its log');
    return this.#evidence;
  }

  #drop(target: string): void {
    this.fleet.remove(target);
    this.#contexts.delete(target);
  }

  #add(chain: AnchorChain, policy: AnchorPolicy): void {
    const { outbox: store, logId } = this.#options;
    const evidence = this.#log();
    const context: AnchorContext = {
      chain,
      store,
      clock: systemClock,
      log: {
        logId,
        rootAt: async (size) => (size > (await evidence.treeSize()) ? null : evidence.rootAt(size)),
        consistencyProof: (oldSize, newSize) => evidence.consistencyProof(oldSize, newSize),
      },
      policy,
    };
    this.#contexts.set(chain.target, context);
    const inProcess = policy.inProcess === true;
    const open = () => store.open(chain.target);
    this.fleet.add({ anchorer: createAnchorer(context), inProcess, open });
  }

  #addEmbedded({ target, installation }: { target: string; installation: EmbeddedInstallation }) {
    const { chain, identity } = installation;
    const { chainId, registry } = identity;
    const request = chain.request.bind(chain);
    const publisherKey = this.#options.keys.publisher;
    const fees = { mode: 'zero' } as const;
    this.#add(createEvmAnchorChain({ target, request, chainId, registry, publisherKey, fees }), {
      expected: identity,
      confirmations: 1,
      resendAfterMs: 10_000,
      replaceAfterMs: 60_000,
      maxBacklog: 64,
      inProcess: true,
    });
  }

  #addRemote(settings: TargetSettings): void {
    const { name: target, chainId, genesisHash, registry, fees, confirmations } = settings;
    const request = createJsonRpcClient(settings.rpc, undefined, this.#closing.signal);
    const publisherKey = publisherKeyOf(this.#options.dataFolder, settings);
    this.#add(createEvmAnchorChain({ target, request, chainId, registry, publisherKey, fees }), {
      expected: { chainId, genesisHash, registry, codeHash: REGISTRY_CODE_HASH },
      confirmations,
      resendAfterMs: settings.resendSeconds * 1000,
      replaceAfterMs: settings.replaceSeconds * 1000,
      maxBacklog: 64,
    });
  }

  /** A registry that never had a checkpoint of ours begins with the latest there is. */
  async #greetNewTargets(): Promise<void> {
    const { outbox, logId } = this.#options;
    const checkpoint = await this.#log().latestCheckpoint();
    if (checkpoint === undefined) return;
    const at = systemClock.now().toISOString();
    const head = { logId, size: checkpoint.size, root: checkpointRoot(checkpoint), at };
    for (const target of this.#contexts.keys()) {
      if ((await outbox.firstItem(target, logId)) === null)
        await outbox.enqueue({ target, ...head });
    }
  }
}

/** The embedded chain that the log is on now; null when it left for a chain outside. */
async function currentEpoch(outbox: AnchorOutboxStore): Promise<string | null> {
  const moves = await outbox.moves();
  let target = EMBEDDED_TARGET;
  for (;;) {
    const move = moves.find(({ from }) => from === target);
    if (move === undefined) return target;
    if (epochOf(move.to) === null) return null;
    target = move.to;
  }
}

async function openEpoch(
  { dataFolder, keys, logId, outbox }: AnchoringOptions,
  target: string,
): Promise<EmbeddedInstallation> {
  return openEmbeddedInstallation({
    folder: join(dataFolder, chainFolderOf(target)),
    keys,
    now: () => systemClock.now(),
    random: systemRandom,
    logId,
    chainId: EMBEDDED_CHAIN_ID + (epochOf(target) ?? 1) - 1,
    expected: await outbox.identity(target),
    // The first chain's folder is what locks the installation, whether that chain is in use or not.
    isLocked: target === EMBEDDED_TARGET,
  });
}

/** Relative paths start at the data folder. */
export function publisherKeyOf(
  dataFolder: string,
  { publisherKeyFile }: TargetSettings,
): Uint8Array {
  const path = isAbsolute(publisherKeyFile) ? publisherKeyFile : join(dataFolder, publisherKeyFile);
  if (existsSync(path)) return readAccountKey(path);
  const remedy = 'Restore the key, or have the admin of the registry rotate in a new publisher.';
  throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', `there is no key in ${path}`, remedy);
}
