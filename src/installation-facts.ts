import { existsSync, readFileSync } from 'node:fs';
import { writeSecretFile } from './adapters/keys/key-files.ts';
import type { Config } from './config.ts';
import type { Clock, RandomSource } from './evidence/ports.ts';
import { toHex, utf8 } from './formats/bytes.ts';
import { sha256Hex } from './formats/digest.ts';
import { CodedError } from './formats/errors.ts';
import { FieldReader } from './formats/fields.ts';
import { canonicalJson, type Json, parseJson } from './formats/jcs.ts';

/** What is decided once, when an installation is made. */
export interface InstallationFacts {
  /** Log origin: part of the log's identity for ever. */
  origin: string;
  /** Name of the lender in statements and in the signing certificate. */
  lender: string;
  createdAt: string;
}

export class InstallationError extends CodedError<'INSTALLATION_DAMAGED'> {}

function withSum(facts: InstallationFacts): Json {
  const body = { v: 1, ...facts };
  return { ...body, sha256: sha256Hex(utf8(canonicalJson(body))) };
}

/**
 * Reads `installation.json`, or decides it at the first start.
 * @throws InstallationError INSTALLATION_DAMAGED when the file was changed
 */
export function openInstallationFacts(
  path: string,
  config: Config,
  random: RandomSource,
  clock: Clock,
): InstallationFacts {
  if (!existsSync(path)) {
    const facts = {
      origin: config.origin ?? `cunzheng.local/${toHex(random.bytes(6))}`,
      lender: config.lender,
      createdAt: clock.now().toISOString(),
    };
    writeSecretFile(path, `${canonicalJson(withSum(facts))}\n`);
    return facts;
  }
  try {
    const text = readFileSync(path, 'utf8');
    const read = new FieldReader(parseJson(text), 'JSON_INVALID', 'installation');
    read.constant('v', 1);
    const facts = {
      origin: read.text('origin'),
      lender: read.text('lender'),
      createdAt: read.text('createdAt'),
    };
    read.hash('sha256');
    read.end();
    if (text === `${canonicalJson(withSum(facts))}\n`) return facts;
    throw new Error('the checksum does not fit');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable';
    throw new InstallationError(
      'INSTALLATION_DAMAGED',
      `installation.json was changed: ${why}`,
      'Restore the file from the backup.',
      { cause },
    );
  }
}
