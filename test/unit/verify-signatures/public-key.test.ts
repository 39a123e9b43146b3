import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { readDer } from '../../../src/verify/der.ts';
import { digest, parsePublicKey, verifySignature } from '../../../src/verify/public-key.ts';

const vectors = new URL('../../../../shared/data/vectors/wycheproof/', import.meta.url);

interface Group {
  publicKeyDer: string;
  tests: { tcId: number; msg: string; sig: string; result: string; comment: string }[];
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

describe('public-key signatures', () => {
  for (const [file, kind] of [
    ['rsa_signature_2048_sha256_test.json', 'rsa'],
    ['rsa_signature_3072_sha256_test.json', 'rsa'],
    ['ecdsa_secp256r1_sha256_test.json', 'ec'],
  ] as const) {
    it(`agrees with Wycheproof: ${file}`, function () {
      const url = new URL(`testvectors_v1/${file}`, vectors);
      if (!existsSync(url)) this.skip(); // the vectors are not on this machine
      const { testGroups } = JSON.parse(readFileSync(url, 'utf8')) as { testGroups: Group[] };
      for (const group of testGroups) {
        const key = parsePublicKey(readDer(bytes(group.publicKeyDer)));
        for (const test of group.tests) {
          // "acceptable" is one case: DigestInfo without its NULL. Strict readers refuse it.
          const label = `${file} ${test.tcId}: ${test.comment}`;
          const [message, signature] = [bytes(test.msg), bytes(test.sig)];
          const algorithm = { kind, hash: 'sha256' } as const;
          const expected = test.result === 'valid';
          expect(verifySignature(key, algorithm, message, signature), label).to.equal(expected);
          const pure = verifySignature(key, algorithm, message, signature, null);
          expect(pure, `${label}, without node:crypto`).to.equal(expected);
        }
      }
    });
  }

  for (const hash of ['sha256', 'sha384', 'sha512'] as const) {
    it(`verifies what OpenSSL signs with ${hash}: RSA, P-256, P-384, P-521`, () => {
      const pairs = [
        ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 })],
        ['ec', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
        ['ec', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
        ['ec', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
      ] as const;
      const message = new TextEncoder().encode('借款合同');
      for (const [kind, { publicKey, privateKey }] of pairs) {
        const spki = readDer(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })));
        const key = parsePublicKey(spki);
        const signature = new Uint8Array(sign(hash, message, privateKey));
        expect(verifySignature(key, { kind, hash }, message, signature)).to.equal(true);
        expect(verifySignature(key, { kind, hash }, message, signature, null)).to.equal(true);
        const other = kind === 'rsa' ? 'ec' : 'rsa';
        expect(verifySignature(key, { kind: other, hash }, message, signature)).to.equal(false);
        expect(verifySignature(key, { kind, hash }, message.subarray(1), signature)).to.equal(
          false,
        );
        const last = signature.length - 1;
        signature[last] = (signature[last] ?? 0) ^ 1;
        expect(verifySignature(key, { kind, hash }, message, signature)).to.equal(false);
      }
    });
  }

  it('does not use RSA keys that are too small', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    expect(parsePublicKey(readDer(spki)).kind).to.equal('unsupported');
  });

  it('does not use a point that is not on its curve', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    const last = spki.length - 1;
    spki[last] = (spki[last] ?? 0) ^ 1;
    expect(parsePublicKey(readDer(spki)).kind).to.equal('unsupported');
  });

  it('hashes alike with and without the built-in module', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('sha256', 'sha384', 'sha512'),
        (data, hash) => {
          const expected = new Uint8Array(createHash(hash).update(data).digest());
          expect(digest(hash, data)).to.deep.equal(expected);
          expect(digest(hash, data, null)).to.deep.equal(expected);
        },
      ),
    );
  });
});
