import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeePolicy } from '../../src/adapters/chain/transaction-fees.ts';
import {
  type AnchorSettings,
  readAnchorSettings,
  type TargetSettings,
  writeAnchorSettings,
} from '../../src/anchor-settings.ts';
import { type Installation, openInstallation } from '../../src/compose.ts';
import { addTarget } from '../../src/compose-chain.ts';
import { type Config, readConfig } from '../../src/config.ts';
import type { CheckpointRow } from '../../src/evidence/ports.ts';
import { toHex } from '../../src/formats/bytes.ts';
import { parseCheckpoint } from '../../src/formats/checkpoint.ts';
import { repayment } from './evidence-rig.ts';

/** A lender's installation in a folder, with chains outside of it. */
export class AnchoredInstallation {
  readonly folder: string;
  readonly config: Config;
  /** Keys of acknowledged deposits: every one must be found again. */
  readonly acknowledged: { evidenceNo: string; seq: number; leafIndex: number }[] = [];

  constructor(folder: string) {
    this.folder = folder;
    this.config = readConfig({ CUNZHENG_DATA: folder });
  }

  /** Makes the installation and adds a target on a real node; returns its settings. */
  async add(name: string, rpc: string, more: Partial<TargetSettings> = {}, fees?: FeePolicy) {
    const adminKeyFile = `${this.folder}.${name}.admin`;
    writeFileSync(adminKeyFile, randomBytes(32).toString('hex'), { mode: 0o600 });
    const { settings: target } = await addTarget(this.config, {
      name,
      rpc,
      adminKeyFile,
      fees: fees ?? { mode: 'zero' },
      confirmations: 1,
      required: false,
      timeWeight: 'independent',
      onSent: () => undefined,
    });
    this.change((settings) => {
      const targets = settings.targets.map((one) =>
        one.name === name ? { ...one, ...more } : one,
      );
      return { ...settings, targets };
    });
    return { ...target, ...more };
  }

  change(how: (settings: AnchorSettings) => AnchorSettings): void {
    const path = join(this.folder, 'anchors.json');
    writeAnchorSettings(path, how(readAnchorSettings(path)));
  }

  open(skipCheck = false): Promise<Installation> {
    return openInstallation(this.config, { skipCheck });
  }

  /** The private key of a target's publisher. */
  publisherKey(name: string): Uint8Array {
    const text = readFileSync(join(this.folder, 'keys', `chain-${name}.key`), 'utf8').trim();
    return new Uint8Array(Buffer.from(text, 'hex'));
  }

  /** Deposits and remembers what was acknowledged. */
  async deposit(installation: Installation, event: string): Promise<void> {
    const { evidenceNo, seq, leafIndex } = await installation.evidence.acceptDeposit(
      repayment('L-1', event),
    );
    this.acknowledged.push({ evidenceNo, seq, leafIndex });
  }

  /** What is wrong with the log: findings, and acknowledged deposits that are gone or doubled. */
  async problems(installation: Installation): Promise<string[]> {
    const { findings } = await installation.check();
    const problems = [...findings];
    for (const { evidenceNo, seq, leafIndex } of this.acknowledged) {
      const rows = (await installation.evidence.history(evidenceNo)).filter(
        (it) => it.statement.seq === seq,
      );
      if (rows.length !== 1 || rows[0]?.leafIndex !== leafIndex) {
        problems.push(`acknowledged deposit ${evidenceNo} #${seq}: found ${rows.length} times`);
      }
    }
    return problems;
  }
}

/** Size and root of a checkpoint row. */
export function headOf(checkpoint: CheckpointRow | undefined): { size: number; root: string } {
  if (checkpoint === undefined) throw new Error('nothing was published');
  return { size: checkpoint.size, root: toHex(parseCheckpoint(checkpoint.note).root) };
}
