import { createPublicKey, verify } from 'node:crypto';
import { expect } from 'chai';
import type { KeyVault, LogSigner } from '../../src/evidence/ports.ts';
import { parseVerifierKey } from '../../src/formats/note.ts';
import { codeOf } from '../support/code-of.ts';
import { seeded } from '../vectors/sample-log.ts';

/** What every KeyVault must do. `open(n)` opens the vault of installation n, always the same one. */
export function keyVaultConformance(name: string, open: (installation: number) => KeyVault): void {
  describe(`KeyVault on ${name}`, () => {
    const secret = seeded('loan secret');
    const unwrap = (vault: KeyVault, wrapped: Uint8Array, context: string) =>
      codeOf((async () => vault.unwrap(wrapped, context))());

    it('unwraps what it wrapped, also when opened anew', () => {
      const wrapped = open(1).wrap(secret, 'loan a');
      expect(Buffer.from(open(1).unwrap(wrapped, 'loan a')).equals(secret)).to.equal(true);
    });

    it('hides the secret, and never wraps it twice the same', () => {
      const vault = open(1);
      const [one, two] = [vault.wrap(secret, 'loan a'), vault.wrap(secret, 'loan a')];
      expect(Buffer.from(one).includes(Buffer.from(secret))).to.equal(false);
      expect(Buffer.from(one).equals(two)).to.equal(false);
    });

    it('refuses another context, another master key, a changed or cut byte', async () => {
      const vault = open(1);
      const wrapped = Buffer.from(vault.wrap(secret, 'loan a'));
      expect(await unwrap(vault, wrapped, 'loan b')).to.equal('SECRET_DAMAGED');
      expect(await unwrap(open(2), wrapped, 'loan a')).to.equal('SECRET_DAMAGED');
      for (let at = 0; at < wrapped.length; at++) {
        const changed = Buffer.from(wrapped);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(await unwrap(vault, changed, 'loan a'), `byte ${at}`).to.equal('SECRET_DAMAGED');
      }
      for (const length of [0, 5, 12, 28, wrapped.length - 1]) {
        const cut = wrapped.subarray(0, length);
        expect(await unwrap(vault, cut, 'loan a'), `${length} bytes`).to.equal('SECRET_DAMAGED');
      }
    });

    it('derives keys that differ by purpose and by installation, and stay', () => {
      const hex = (vault: KeyVault, purpose: string) =>
        Buffer.from(vault.derive(purpose)).toString('hex');
      expect(hex(open(1), 'a')).to.match(/^[0-9a-f]{64}$/);
      expect(hex(open(1), 'a')).to.equal(hex(open(1), 'a'));
      expect(hex(open(1), 'a')).not.to.equal(hex(open(1), 'b'));
      expect(hex(open(1), 'a')).not.to.equal(hex(open(2), 'a'));
      expect(hex(open(1), 'loan secret wrapping')).not.to.equal(hex(open(1), 'row mac'));
    });
  });
}

/** What every LogSigner must do. */
export function logSignerConformance(
  name: string,
  open: (installation: number, origin: string) => LogSigner,
): void {
  describe(`LogSigner on ${name}`, () => {
    const origin = 'conformance.example/log';

    it('signs Ed25519 (RFC 8032) under the key that it names', () => {
      const signer = open(1, origin);
      const key = parseVerifierKey(signer.vkey);
      expect(key.name).to.equal(origin);
      // SubjectPublicKeyInfo of RFC 8410, so that node:crypto judges and not our own verifier.
      const prefix = Buffer.from('302a300506032b6570032100', 'hex');
      const der = Buffer.concat([prefix, key.publicKey]);
      const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
      const data = Buffer.from('checkpoint 存证');
      const signature = signer.sign(data);
      expect(signature.length).to.equal(64);
      expect(verify(null, data, publicKey, signature)).to.equal(true);
      expect(verify(null, Buffer.from('other'), publicKey, signature)).to.equal(false);
    });

    it('gives the same signature every time, also when opened anew', () => {
      const data = Buffer.from('receipt');
      const [one, two] = [open(1, origin).sign(data), open(1, origin).sign(data)];
      expect(Buffer.from(one).equals(two)).to.equal(true);
    });

    it('has another key in another installation', () => {
      expect(open(1, origin).vkey).not.to.equal(open(2, origin).vkey);
    });
  });
}
