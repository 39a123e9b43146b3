import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  sign as signBytes,
} from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EvidenceError } from '../../evidence/errors.ts';
import type { KeyVault, LogSigner, RandomSource } from '../../evidence/ports.ts';
import { verifierKey } from '../../formats/note.ts';

/** Writes a secret with mode 0600; whole or not at all. */
export function writeSecretFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  writeSync(file, typeof content === 'string' ? Buffer.from(content) : content);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Without its name on the disk a key is lost with the power, and all that it wraps. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** The bytes of a key file, made by `create` when there is none yet. */
export function secretFile(path: string, create: () => string | Uint8Array): Buffer {
  if (!existsSync(path)) writeSecretFile(path, create());
  return readFileSync(path);
}

/**
 * The log's Ed25519 key from a PKCS#8 PEM file; made at the first start.
 * @param origin log origin = key name
 */
export function openLogSigner(path: string, origin: string): LogSigner {
  const pem = secretFile(path, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const privateKey = createPrivateKey(pem);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  // An Ed25519 SubjectPublicKeyInfo ends in the 32 bytes of the key (RFC 8410 §4).
  const { vkey } = verifierKey(origin, new Uint8Array(spki.subarray(-32)));
  return { vkey, sign: (data) => signBytes(null, data, privateKey) };
}

/**
 * Wraps loan secrets under a master key of 32 bytes kept in a file: nonce (12) ‖ AES-256-GCM ‖ tag
 * (16), the context as associated data.
 * @throws EvidenceError SECRET_DAMAGED when the file is not a master key
 */
export function openKeyVault(path: string, random: RandomSource): KeyVault {
  const master = secretFile(path, () => random.bytes(32));
  if (master.length !== 32) {
    const what = `${path} holds ${master.length} bytes, not 32`;
    throw new EvidenceError('SECRET_DAMAGED', what, 'Restore the key file from the backup.');
  }
  const derive = (purpose: string) =>
    new Uint8Array(hkdfSync('sha256', master, new Uint8Array(), `cunzheng/v1/${purpose}`, 32));
  const wrappingKey = derive('loan secret wrapping');
  return {
    derive,
    wrap(secret, context) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap(wrapped, context) {
      try {
        const nonce = wrapped.subarray(0, 12);
        const decipher = createDecipheriv('aes-256-gcm', wrappingKey, nonce, {
          authTagLength: 16,
        });
        decipher.setAAD(Buffer.from(context)).setAuthTag(wrapped.subarray(-16));
        return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
      } catch (cause) {
        throw new EvidenceError(
          'SECRET_DAMAGED',
          `the secret of loan key ${context} does not open`,
          'Check that keys/master.key belongs to this data folder; else restore the backup.',
          { cause },
        );
      }
    },
  };
}
