import { createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { signCms } from '../../../src/adapters/signing/cms-signer.ts';
import {
  context,
  encoded,
  sequence,
  setOf,
  toDer,
  utf8,
} from '../../../src/adapters/signing/der-builder.ts';
import { createDocumentSigner } from '../../../src/adapters/signing/document-signer.ts';
import {
  type SignatureVerdict,
  verifyAttachedCms,
  verifyDetachedCms,
} from '../../../src/verify/cms.ts';
import { DerError, derChildren, readDer } from '../../../src/verify/der.ts';
import { digest, fingerprintOf } from '../../../src/verify/public-key.ts';
import { parseCertificate } from '../../../src/verify/x509.ts';
import { certify, makeAuthority, newKey, SIGNED_AT } from '../signing/test-authority.ts';

const vectors = new URL('../../../../shared/data/vectors/', import.meta.url);
const content = new TextEncoder().encode('<asic:ASiCManifest/>');
const { signer, root, certificate, key, authorityKey } = makeAuthority('rsa');
const cms = signer.signDetached(content, { signedAt: SIGNED_AT });
const policy = { trustedRoots: [root], at: SIGNED_AT };

const verdictOf = ({ result, reason }: SignatureVerdict): string => `${result} ${reason}`;
const verify = (options: Partial<typeof policy> = {}, bytes = cms): string =>
  verdictOf(verifyDetachedCms(bytes, content, { ...policy, ...options }));

describe('detached signature', () => {
  it('passes with a named root, and says who signed and when', () => {
    const verdict = verifyDetachedCms(cms, content, policy);
    expect(verdictOf(verdict)).to.equal('passed SIGNER_TRUSTED');
    expect(verdict.signingTime).to.deep.equal(SIGNED_AT);
    expect(verdict.signer).to.deep.equal({
      subject: 'CN=某某金融,O=某某消费金融有限公司,C=CN',
      issuer: 'CN=测试根证书',
      serial: parseCertificate(certificate).serial,
      fingerprint: fingerprintOf(certificate),
      notBefore: new Date('2025-01-01T00:00:00Z'),
      notAfter: new Date('2030-01-01T00:00:00Z'),
    });
  });

  it('passes with the fingerprint of the root, or of the signer itself', () => {
    for (const der of [root, certificate]) {
      const options = { ...policy, trustedRoots: [fingerprintOf(der)] };
      expect(verdictOf(verifyDetachedCms(cms, content, options))).to.equal('passed SIGNER_TRUSTED');
    }
  });

  it('is indeterminate without a named root, and gives the fingerprint to name', () => {
    const verdict = verifyDetachedCms(cms, content, { ...policy, trustedRoots: [] });
    expect(verdictOf(verdict)).to.equal('indeterminate SIGNER_NOT_NAMED');
    expect(verdict.root?.fingerprint).to.equal(fingerprintOf(root));
    expect(verdict.detail).to.contain(fingerprintOf(root));
    const { root: other } = makeAuthority('p256');
    expect(verify({ trustedRoots: [other] })).to.equal('indeterminate SIGNER_NOT_NAMED');
  });

  it('is not passed by a root of the same name with another key', () => {
    const impostor = certify({
      key: newKey('p256'),
      ca: true,
      subject: { commonName: '测试根证书' },
    });
    expect(verify({ trustedRoots: [impostor] })).to.equal('indeterminate SIGNER_NOT_NAMED');
  });

  it('says so when one of the named roots is no certificate', () => {
    expect(verify({ trustedRoots: [root.subarray(1)] })).to.equal(
      'indeterminate POLICY_ROOT_INVALID',
    );
  });

  it('fails over other content', () => {
    const verdict = verifyDetachedCms(cms, content.subarray(1), policy);
    expect(verdictOf(verdict)).to.equal('failed CONTENT_CHANGED');
  });

  it('is indeterminate outside of the validity of the certificates', () => {
    for (const at of ['2024-12-31T23:59:59Z', '2030-01-01T00:00:01Z']) {
      expect(verify({ at: new Date(at) })).to.equal('indeterminate CERTIFICATE_NOT_VALID_AT');
    }
  });

  it('does not pass with any one byte changed, root named or not', () => {
    const rootAt = Buffer.from(cms).indexOf(root);
    expect(rootAt).to.be.greaterThan(0);
    for (let at = 0; at < cms.length; at += 1) {
      const changed = cms.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      const strict = verifyDetachedCms(changed, content, policy);
      expect(strict.result, `byte ${at}: ${strict.reason}`).not.to.equal('passed');
      // Without a named root nothing vouches for the bytes of the topmost certificate.
      if (at % 8 !== 0 || (at >= rootAt && at < rootAt + root.length)) continue;
      const open = verifyDetachedCms(changed, content, { ...policy, trustedRoots: [] });
      expect(open.reason, `byte ${at}`).not.to.equal('SIGNER_NOT_NAMED');
    }
  }).timeout(20_000);

  it('fails when it is cut or followed by anything', () => {
    for (let length = 0; length < cms.length; length += 1) {
      expect(verify({}, cms.subarray(0, length))).to.equal('failed CMS_MALFORMED');
    }
    expect(verify({}, Buffer.concat([cms, Buffer.of(0)]))).to.equal('failed CMS_MALFORMED');
  });

  it('never throws on noise, nor on a signature with noise in it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(cms.length - 1),
        fc.nat(40),
        (noise, at, removed) => {
          const spliced = Buffer.concat([cms.subarray(0, at), noise, cms.subarray(at + removed)]);
          const same = Buffer.compare(spliced, cms) === 0;
          const nested = Uint8Array.from({ length: 200 }, (_, index) => (index % 2 ? 0x80 : 0x30));
          for (const bytes of [noise, spliced, nested]) {
            const { result } = verifyDetachedCms(bytes, content, policy);
            expect(result === 'passed').to.equal(same && bytes === spliced);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Signs with any chain, past the checks of `createDocumentSigner`. */
function signedBy(signerKey: typeof key, ...chain: [Uint8Array, ...Uint8Array[]]): Uint8Array {
  const [first, ...rest] = chain.map((der) => parseCertificate(der));
  if (first === undefined) throw new Error('no certificate');
  return signCms({ key: signerKey, chain: [first, ...rest] }, digest('sha256', content), SIGNED_AT);
}

/** Takes a signature apart and puts it together again with one of its fields replaced. */
function rebuilt(change: (fields: Uint8Array[]) => Uint8Array[]): Uint8Array {
  const [type, wrapped] = derChildren(readDer(cms));
  const inner = wrapped && derChildren(wrapped)[0];
  if (type === undefined || inner === undefined) throw new Error('no SignedData');
  const fields = change(derChildren(inner).map((field) => field.der));
  return toDer(sequence(encoded(type.der), context(0, sequence(...fields.map(encoded)))));
}

describe('certificate chain', () => {
  it('fails when the signer may only issue certificates', () => {
    const other = newKey('p256');
    const authority = certify({ key: other, ca: true });
    const options = { ...policy, trustedRoots: [authority] };
    const verdict = verifyDetachedCms(signedBy(other, authority), content, options);
    expect(verdictOf(verdict)).to.equal('failed CERTIFICATE_NOT_FOR_SIGNING');
  });

  it('fails when an end-entity certificate issues another one', () => {
    const other = newKey('p256');
    const leaf = certify({
      key: other,
      issuer: { key, certificate },
      subject: { commonName: '冒名' },
    });
    expect(verify({}, signedBy(other, leaf, certificate, root))).to.equal('failed ISSUER_NOT_A_CA');
  });

  it('fails when a CA of path length 0 issues another CA', () => {
    const [middleKey, leafKey] = [newKey('p256'), newKey('p256')];
    const middle = certify({
      key: middleKey,
      ca: true,
      issuer: { key: authorityKey, certificate: root },
      subject: { commonName: 'middle' },
    });
    const leaf = certify({ key: leafKey, issuer: { key: middleKey, certificate: middle } });
    const bytes = signedBy(leafKey, leaf, middle, root);
    expect(verify({}, bytes)).to.equal('failed ISSUER_NOT_A_CA');
    // Whoever names the middle CA itself trusts it whatever is above it.
    const named = verifyDetachedCms(bytes, content, { ...policy, trustedRoots: [middle] });
    expect(named.result).to.equal('failed');
  });

  it('fails when the certificate was not signed by the issuer it names', () => {
    const other = newKey('p256');
    const forged = certify({ key: other, issuer: { key: other, certificate: root } });
    expect(verify({}, signedBy(other, forged, root))).to.equal(
      'failed CERTIFICATE_SIGNATURE_WRONG',
    );
  });

  it('fails with the certificate of another key, even of the same name', () => {
    const other = newKey('rsa');
    expect(verify({}, signedBy(other, certificate, root))).to.equal('failed SIGNATURE_WRONG');
  });

  it('fails when certificates lie in the signature that nobody needs', () => {
    const stranger = certify({ key: newKey('p256') });
    const surplus = signedBy(key, certificate, root, stranger);
    expect(verify({}, surplus)).to.equal('failed CERTIFICATE_UNUSED');
    const foreign = verifyDetachedCms(surplus, content, { ...policy, foreign: true });
    expect(verdictOf(foreign)).to.equal('indeterminate CERTIFICATE_UNUSED');
    expect(verify({}, signedBy(key, certificate, root, root))).to.equal(
      'failed CERTIFICATE_UNUSED',
    );
  });

  it('goes on without the root inside when the verifier has it', () => {
    expect(verify({}, signedBy(key, certificate))).to.equal('passed SIGNER_TRUSTED');
    expect(verify({}, signedBy(key, root))).to.equal('failed SIGNATURE_WRONG');
  });

  it('uses only certificates in DER that stand alone', () => {
    expect(() => parseCertificate(root.subarray(1))).to.throw(DerError);
    expect(() => parseCertificate(Buffer.concat([root, Buffer.of(5, 0)]))).to.throw(DerError);
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    expect(parseCertificate(certificate).spkiDer).to.deep.equal(new Uint8Array(spki));
  });
});

describe('CMS structure', () => {
  it('does not pass with unsigned attributes or revocation lists', () => {
    const attribute = sequence(encoded(Uint8Array.of(6, 3, 42, 3, 4)), setOf(utf8('x')));
    const unsigned = rebuilt((fields) => {
      const signers = derChildren(readDer(fields[4] ?? new Uint8Array()));
      const parts = derChildren(signers[0] ?? readDer(root)).map((part) => encoded(part.der));
      const longer = sequence(...parts, context(1, attribute));
      return [...fields.slice(0, 4), toDer(setOf(longer))];
    });
    expect(verify({}, unsigned)).to.equal('indeterminate UNSIGNED_PARTS');
    const lists = rebuilt((fields) => {
      const list = toDer(context(1, sequence()));
      return [...fields.slice(0, 4), list, ...fields.slice(4)];
    });
    expect(verify({}, lists)).to.equal('indeterminate UNSIGNED_PARTS');
  });

  it('rebuilds to the very same bytes when nothing is changed', () => {
    expect(rebuilt((fields) => fields)).to.deep.equal(cms);
  });

  it('does not pass without signers, or without the signer’s certificate', () => {
    const none = rebuilt((fields) => [...fields.slice(0, 4), toDer(setOf())]);
    expect(verify({}, none)).to.equal('failed CMS_MALFORMED');
    const bare = rebuilt((fields) => [...fields.slice(0, 3), ...fields.slice(4)]);
    expect(verify({}, bare)).to.equal('failed SIGNER_CERTIFICATE_MISSING');
  });

  it('does not read BER with indefinite lengths', () => {
    const inner = cms.subarray(4);
    const ber = Buffer.concat([Buffer.of(0x30, 0x80), inner, Buffer.of(0, 0)]);
    expect(verify({}, ber)).to.equal('indeterminate ENCODING_NOT_SUPPORTED');
  });
});

describe('signatures of other programs', () => {
  it('passes a time stamp of a public authority', function () {
    const folder = new URL('rfc3161/openssl/', vectors);
    const read = (name: string) => readIfThere(new URL(name, folder));
    const response = read('sectigo-all-zero.tsr');
    const [ca, above] = [read('user-trust-ca.pem'), read('sectigo-time-stamping-ca.pem')];
    if (!response || !ca || !above) return this.skip(); // the vectors are not on this machine
    const token = derChildren(readDer(new Uint8Array(response)))[1]?.der ?? new Uint8Array();
    const der = (file: Buffer) =>
      new Uint8Array(Buffer.from(file.toString().replace(/-----[^-]+-----|\s/g, ''), 'base64'));
    const options = {
      contentType: '1.2.840.113549.1.9.16.1.4',
      extendedKeyUsage: '1.3.6.1.5.5.7.3.8',
      at: new Date('2021-02-16T15:42:47Z'),
    };
    const trustedRoots = [der(ca), der(above)];
    const verdict = verifyAttachedCms(token, { ...options, trustedRoots });
    expect(verdictOf(verdict)).to.equal('passed SIGNER_TRUSTED');
    expect(verdict.content).to.have.length(250);
    const wrongUse = { ...options, trustedRoots, extendedKeyUsage: '1.3.6.1.5.5.7.3.4' };
    expect(verdictOf(verifyAttachedCms(token, wrongUse))).to.equal(
      'failed CERTIFICATE_NOT_FOR_SIGNING',
    );
    const changed = token.slice();
    const last = changed.length - 1;
    changed[last] = (changed[last] ?? 0) ^ 1;
    expect(verifyAttachedCms(changed, { ...options, trustedRoots }).result).to.equal('failed');
  });

  it('never throws on, and never passes, the signatures of the DSS test suite', function () {
    const files = filesIn(new URL('dss/', vectors), /\.(p7.|pkcs7|sig|crt|cer)$/);
    if (files.length === 0) this.skip(); // the vectors are not on this machine
    for (const [name, bytes] of files) {
      const detached = verifyDetachedCms(bytes, content, policy);
      const attached = verifyAttachedCms(bytes, { ...policy, contentType: '1.2.840.113549.1.7.1' });
      expect([detached.result, attached.result], name).not.to.include('passed');
    }
  });

  it('signs only what its own reader passes', () => {
    const again = createDocumentSigner(key, [root, certificate]);
    expect(again.certificates).to.deep.equal([certificate, root]);
    expect(again.signDetached(content, { signedAt: SIGNED_AT })).to.deep.equal(cms);
  });
});

function readIfThere(url: URL): Buffer | undefined {
  try {
    return readFileSync(url);
  } catch {
    return undefined;
  }
}

function filesIn(folder: URL, pattern: RegExp): [name: string, bytes: Uint8Array][] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => pattern.test(name))
      .map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]);
  } catch {
    return [];
  }
}
