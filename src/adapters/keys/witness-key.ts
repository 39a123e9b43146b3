import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { witnessKey } from '../../formats/cosignature.ts';
import { CodedError } from '../../formats/errors.ts';
import type { Ed25519Sign, VerifierKey } from '../../formats/note.ts';
import { writeSecretFile } from './key-files.ts';

/** A key file of an auditor that cannot be made or used. */
export class WitnessKeyError extends CodedError<'WITNESS_KEY_EXISTS' | 'WITNESS_KEY_INVALID'> {}

/** An auditor's key for cosigning checkpoints. */
export interface WitnessSigner {
  key: VerifierKey;
  sign: Ed25519Sign;
}

/** The name stands before the PEM block, where RFC 7468 §2 lets explanatory text stand. */
const NAME_LINE = /^cosigner: (\S+)\n/;

/**
 * Makes an auditor's Ed25519 key: PKCS#8 PEM with the name before it, mode 0600.
 * @throws WitnessKeyError WITNESS_KEY_EXISTS, FormatError NOTE_INVALID for a name no note can carry
 */
export function createWitnessKey(path: string, name: string): WitnessSigner {
  if (existsSync(path)) {
    const remedy = 'Choose another file; a key that has signed is never overwritten.';
    throw new WitnessKeyError('WITNESS_KEY_EXISTS', `${path} is there already`, remedy);
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  witnessKey(name, new Uint8Array(spki.subarray(-32)));
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeSecretFile(path, `cosigner: ${name}\n${pem}`);
  return openWitnessKey(path);
}

/** @throws WitnessKeyError WITNESS_KEY_INVALID */
export function openWitnessKey(path: string): WitnessSigner {
  const text = readFileSync(path, 'utf8');
  const name = NAME_LINE.exec(text)?.[1];
  try {
    if (name === undefined) throw new Error('no line "cosigner: NAME" before the key');
    const privateKey = createPrivateKey(text.replace(NAME_LINE, ''));
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
    const key = witnessKey(name, new Uint8Array(spki.subarray(-32)));
    return { key, sign: (data) => new Uint8Array(sign(null, data, privateKey)) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 120) : 'unreadable';
    const remedy = 'Use the file that "cunzheng log cosign-key" wrote.';
    throw new WitnessKeyError('WITNESS_KEY_INVALID', `${path}: ${why}`, remedy, { cause });
  }
}
