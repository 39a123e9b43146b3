import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EmbeddedChain,
  openEmbeddedChain,
} from '../../../src/adapters/chain/embedded-chain.ts';
import { addressOfKey, signTransaction } from '../../../src/adapters/chain/evm-anchor-chain.ts';

/** A folder that `remove` deletes. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'cunzheng-chain-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const CHAIN_ID = 20_260;

/** One account with a random key, and a chain in `folder` that admits it. */
export function chainOf(folder: string, key: Uint8Array = randomBytes(32)) {
  const address = addressOfKey(key);
  const genesis = {
    chainId: CHAIN_ID,
    initialDate: 1_700_000_000,
    coinbase: `0x${'c0'.repeat(20)}`,
  };
  const options = { folder, genesis, fundedAddresses: [address], now: () => new Date() };
  return {
    key,
    address,
    options,
    open: (): Promise<EmbeddedChain> => openEmbeddedChain(options),
    /** Sends one wei to itself. */
    transfer: (nonce: number, signer: Uint8Array = key) =>
      signTransaction(
        {
          chainId: CHAIN_ID,
          nonce,
          to: address,
          data: '0x',
          gasLimit: 21_000n,
          fee: { type: 0, gasPrice: 0n },
        },
        signer,
      ),
  };
}

/** Hash of every block of a chain, block 0 first. */
export async function blockHashes(chain: EmbeddedChain): Promise<string[]> {
  const hashes: string[] = [];
  for (let number = 0; number <= chain.blockCount(); number++) {
    const block = await chain.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, false]);
    hashes.push((block as { hash: string }).hash);
  }
  return hashes;
}

/** The code of the error that `action` throws; fails when it throws none. */
export async function codeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
  throw new Error('expected an error');
}
