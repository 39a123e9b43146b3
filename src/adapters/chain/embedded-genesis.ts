import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8 } from '../../formats/bytes.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { canonicalBytes, canonicalJson, type Json, parseJson } from '../../formats/jcs.ts';
import { firstJournalLine, type JournalRecord } from './chain-journal.ts';
import { EmbeddedChainError } from './embedded-chain-error.ts';

/** What makes one installation's chain different from every other one. */
export interface EmbeddedGenesis {
  chainId: number;
  /** Timestamp of block 0: seconds since 1970-01-01 UTC. */
  initialDate: number;
  /** Beneficiary of every block: 0x and 40 hex digits, random for each installation. */
  coinbase: string;
}

/** Everything that the block hashes depend on; written down once and never chosen again. */
export interface GenesisRecord extends EmbeddedGenesis {
  version: number;
  hardfork: string;
  baseFeePerGas: number;
  blockGasLimit: number;
  /** Wei, as a decimal string, given to each funded address before block 1. */
  balance: string;
  fundedAddresses: string[];
}

export const JOURNAL_FILE = 'journal.ndjson';
export const GENESIS_FILE = 'genesis.json';

/**
 * Base fee 0 stays 0 (EIP-1559 raises it only above half-full blocks), so an account that pays no
 * fee can publish for ever; the balance serves tools that insist on paying one.
 */
export function genesisRecord(genesis: EmbeddedGenesis, fundedAddresses: string[]): GenesisRecord {
  return {
    version: 1,
    chainId: genesis.chainId,
    initialDate: genesis.initialDate,
    coinbase: genesis.coinbase.toLowerCase(),
    hardfork: 'shanghai',
    baseFeePerGas: 0,
    blockGasLimit: 30_000_000,
    balance: '1000000000000000000000000',
    fundedAddresses: fundedAddresses.map((address) => address.toLowerCase()).toSorted(),
  };
}

function asJson(record: GenesisRecord): { [key: string]: Json } {
  return { ...record };
}

/** Private key of an account that only makes block 0 unique: it owns 1 wei and may send nothing. */
export function genesisSealKey(record: GenesisRecord): string {
  const tag = utf8('cunzheng/v1/genesis-seal\n');
  return `0x${sha256Hex(Buffer.concat([tag, canonicalBytes(asJson(record))]))}`;
}

function genesisText(record: GenesisRecord): string {
  const genesis = asJson(record);
  return `${canonicalJson({ genesis, sha256: sha256Hex(canonicalBytes(genesis)) })}\n`;
}

/** Writes a whole file or nothing; a crash here leaves at most a `.new` file that nobody reads. */
async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, `${name}.new`);
  const file = await open(temporary, 'w', 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
  await rename(temporary, join(folder, name));
  // Some systems cannot open or sync a directory; there the rename is as durable as they allow.
  const directory = await open(folder, 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

function invalid(code: 'CHAIN_GENESIS_INVALID' | 'CHAIN_GENESIS_MISMATCH', what: string) {
  const remedy = 'Restore the chain folder as a whole from a backup; never mix or edit its files.';
  return new EmbeddedChainError(code, what, remedy);
}

/** True when the folder holds no chain yet: then, and only then, a new one may be made. */
export function isNewChainFolder(folder: string): boolean {
  return !existsSync(join(folder, JOURNAL_FILE)) && !existsSync(join(folder, GENESIS_FILE));
}

/**
 * Makes the two files of a new chain. The journal comes first and carries the genesis too: a crash
 * between the two leaves a journal from which the next start writes `genesis.json`; a genesis
 * without a journal can therefore only mean that the journal was taken away.
 */
export async function createChainFolder(folder: string, record: GenesisRecord): Promise<void> {
  await writeWhole(folder, JOURNAL_FILE, firstJournalLine(asJson(record)));
  await writeWhole(folder, GENESIS_FILE, genesisText(record));
}

/**
 * Reads the genesis of an existing chain from the journal's first line and holds it against
 * `genesis.json`.
 * @throws EmbeddedChainError CHAIN_GENESIS_INVALID, CHAIN_GENESIS_MISMATCH
 */
export async function readGenesis(
  folder: string,
  records: readonly JournalRecord[],
): Promise<GenesisRecord> {
  const first = records[0];
  if (first?.kind !== 'genesis') throw invalid('CHAIN_GENESIS_INVALID', 'the journal is empty');
  const record = parseGenesis(first.genesis);
  const path = join(folder, GENESIS_FILE);
  const text = existsSync(path) ? await readFile(path, 'utf8') : undefined;
  // Only a crash during the very first start may leave the file out.
  if (text === undefined && records.length === 1) {
    await writeWhole(folder, GENESIS_FILE, genesisText(record));
    return record;
  }
  if (text === undefined) throw invalid('CHAIN_GENESIS_INVALID', `${path} is missing`);
  if (text !== genesisText(record)) {
    throw invalid('CHAIN_GENESIS_MISMATCH', `${path} is not the genesis of this journal`);
  }
  return record;
}

/**
 * The genesis of a folder as it claims to be, before the chain is opened and checks it; null for a
 * new folder. Where a crash left a journal without `genesis.json`, the journal's first line tells.
 * @throws EmbeddedChainError CHAIN_GENESIS_INVALID
 */
export async function readStoredGenesis(folder: string): Promise<GenesisRecord | null> {
  if (isNewChainFolder(folder)) return null;
  const genesisFile = join(folder, GENESIS_FILE);
  const path = existsSync(genesisFile) ? genesisFile : join(folder, JOURNAL_FILE);
  try {
    const [text = ''] = (await readFile(path, 'utf8')).split('\n', 1);
    const { genesis } = parseJson(text) as { [key: string]: Json };
    return parseGenesis(genesis as { [key: string]: Json });
  } catch (cause) {
    if (cause instanceof EmbeddedChainError) throw cause;
    throw invalid('CHAIN_GENESIS_INVALID', `${path} cannot be read`);
  }
}

function parseGenesis(value: { [key: string]: Json }): GenesisRecord {
  const { version, chainId, initialDate, coinbase, fundedAddresses } = value;
  const fits =
    version === 1 &&
    Number.isSafeInteger(chainId) &&
    Number.isSafeInteger(initialDate) &&
    typeof coinbase === 'string' &&
    Array.isArray(fundedAddresses) &&
    fundedAddresses.every((address) => typeof address === 'string');
  if (!fits) {
    throw invalid('CHAIN_GENESIS_INVALID', `genesis of version ${String(version)} is not known`);
  }
  return value as unknown as GenesisRecord;
}
