import { existsSync } from 'node:fs';
import type { FeePolicy } from './adapters/chain/transaction-fees.ts';
import { writeSecretFile } from './adapters/keys/key-files.ts';
import { readPrivateFile } from './adapters/keys/private-file.ts';
import { CodedError, FormatError } from './formats/errors.ts';
import { FieldReader } from './formats/fields.ts';
import { type Json, parseJson } from './formats/jcs.ts';
import type { TimeWeight } from './formats/policy.ts';

/** One registry on a network outside of this process. */
export interface TargetSettings {
  /** Lower-case letters, digits, hyphens; for ever the name of this registry in the outbox. */
  name: string;
  /** http(s) URL of a node; may hold an access key. */
  rpc: string;
  chainId: number;
  /** 0x-prefixed. */
  genesisHash: string;
  /** 0x address. */
  registry: string;
  /** File of 64 hex digits, mode 0600; relative paths start at the data folder. */
  publisherKeyFile: string;
  fees: FeePolicy;
  /** Blocks, the anchor's own included. */
  confirmations: number;
  required: boolean;
  timeWeight: TimeWeight;
  /** Seconds until a transaction without receipt is sent again, and until its fee is raised. */
  resendSeconds: number;
  replaceSeconds: number;
}

/** `anchors.json` in the data folder. */
export interface AnchorSettings {
  embedded: { enabled: boolean; required: boolean; maxBlocks: number };
  /** How many registries must hold a checkpoint before it counts as anchored. */
  anchorsRequired: number;
  targets: TargetSettings[];
}

export class AnchorSettingsError extends CodedError<'ANCHOR_SETTINGS_INVALID'> {}

/** Blocks after which the embedded chain goes on as a new one: each keeps about 28 kB of memory. */
const DEFAULT_MAX_BLOCKS = 20_000;

/** Without a settings file: the embedded chain alone. */
export const DEFAULT_ANCHORS: AnchorSettings = {
  embedded: { enabled: true, required: false, maxBlocks: DEFAULT_MAX_BLOCKS },
  anchorsRequired: 1,
  targets: [],
};

/** Names of targets; those that begin with "embedded" are the chain in this process. */
export const TARGET_NAME = /^(?!embedded)[a-z0-9][a-z0-9-]{0,31}$/;

const AMOUNT = /^(?:0|[1-9][0-9]{0,30})$/;

/**
 * Reads `anchors.json`; without the file, the default.
 * @throws AnchorSettingsError naming what is wrong; PrivateFileError FILE_EXPOSED
 */
export function readAnchorSettings(path: string): AnchorSettings {
  if (!existsSync(path)) return DEFAULT_ANCHORS;
  const text = readPrivateFile(path);
  try {
    return parseAnchorSettings(parseJson(text));
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const remedy = 'See docs/operations/chains.md for the form of anchors.json.';
    throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', cause.message, remedy, { cause });
  }
}

/** Writes the settings, whole or not at all, for their owner alone. */
export function writeAnchorSettings(path: string, settings: AnchorSettings): void {
  const plain = (_key: string, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value;
  writeSecretFile(path, `${JSON.stringify({ v: 1, type: 'anchors', ...settings }, plain, 2)}\n`);
}

function parseAnchorSettings(value: Json): AnchorSettings {
  const read = reader(value, 'anchor settings');
  read.constant('v', 1);
  read.constant('type', 'anchors');
  const embedded = reader(read.json('embedded'), 'setting of the embedded chain');
  const settings: AnchorSettings = {
    embedded: {
      enabled: flag(embedded, 'enabled'),
      required: flag(embedded, 'required'),
      maxBlocks: embedded.optionalCount('maxBlocks') ?? DEFAULT_MAX_BLOCKS,
    },
    anchorsRequired: read.count('anchorsRequired'),
    targets: read.list('targets', 16).map(parseTarget),
  };
  embedded.end();
  read.end();
  const names = settings.targets.map(({ name }) => name);
  if (new Set(names).size < names.length) throw read.error('names one target twice');
  if (names.some((name) => name.startsWith('embedded'))) {
    throw read.error('has a target whose name begins with "embedded": that is the chain in here');
  }
  // Fewer blocks than a new chain takes to be set up would never end.
  if (settings.embedded.maxBlocks < 4) throw read.error('needs "maxBlocks" of at least 4');
  return settings;
}

const reader = (value: Json, what: string) => new FieldReader(value, 'JSON_INVALID', what);

function flag(read: FieldReader, name: string): boolean {
  const value = read.json(name);
  if (typeof value === 'boolean') return value;
  throw read.error(`needs true or false in "${name}"`);
}

function parseTarget(value: Json): TargetSettings {
  const read = reader(value, 'anchor target');
  const weight = read.text('timeWeight', 16);
  if (weight !== 'none' && weight !== 'independent') throw read.error('has an unknown timeWeight');
  const target: TargetSettings = {
    name: read.matching('name', /^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters and digits'),
    rpc: read.matching('rpc', /^https?:\/\/\S{1,1000}$/, 'an http(s) URL'),
    chainId: read.count('chainId'),
    genesisHash: read.matching('genesisHash', /^0x[0-9a-f]{64}$/, 'a 32-byte hash with 0x'),
    registry: read.matching('registry', /^0x[0-9a-fA-F]{40}$/, 'an address with 0x').toLowerCase(),
    publisherKeyFile: read.text('publisherKeyFile', 1000),
    fees: parseFees(read.json('fees')),
    confirmations: read.count('confirmations'),
    required: flag(read, 'required'),
    timeWeight: weight,
    resendSeconds: read.optionalCount('resendSeconds') ?? 30,
    replaceSeconds: read.optionalCount('replaceSeconds') ?? 180,
  };
  read.end();
  if (target.confirmations < 1) throw read.error('needs "confirmations" of at least 1');
  return target;
}

function parseFees(value: Json): FeePolicy {
  const read = reader(value, 'fee setting');
  const amount = (name: string) => BigInt(read.matching(name, AMOUNT, 'wei in decimal digits'));
  const mode = read.text('mode', 8);
  const ceilingOf = () => {
    const given = read.optionalJson('ceiling');
    if (given === undefined) return {};
    if (typeof given === 'string' && AMOUNT.test(given)) return { ceiling: BigInt(given) };
    throw read.error('needs wei in decimal digits in "ceiling"');
  };
  const fees = ((): FeePolicy => {
    if (mode === 'zero') return { mode };
    if (mode === 'legacy') return { mode, gasPrice: amount('gasPrice'), ...ceilingOf() };
    if (mode !== '1559') throw read.error('has an unknown mode: zero, legacy or 1559');
    const maxFeePerGas = amount('maxFeePerGas');
    const maxPriorityFeePerGas = amount('maxPriorityFeePerGas');
    return { mode, maxFeePerGas, maxPriorityFeePerGas, ...ceilingOf() };
  })();
  read.end();
  return fees;
}
