import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
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
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { LogSigner } from '../../evidence/ports.ts';
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

/**
 * Overwrites a secret and removes its file. The overwriting reaches the same blocks on a plain disk
 * alone: copy-on-write file systems and flash keep the old ones until they are used again.
 */
export function destroySecretFile(path: string): void {
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(size), 0, size, 0);
  fsyncSync(file);
  closeSync(file);
  unlinkSync(path);
  syncFolder(dirname(path));
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
