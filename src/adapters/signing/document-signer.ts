import { createHash, type KeyObject } from 'node:crypto';
import type { DocumentSigner } from '../../litigation/ports.ts';
import { checkChain } from '../../verify/certificate-chain.ts';
import { DerError } from '../../verify/der.ts';
import { sameBytes } from '../../verify/der-values.ts';
import { type Certificate, parseCertificate } from '../../verify/x509.ts';
import { type SigningIdentity, signCms } from './cms-signer.ts';
import { signPdf } from './pdf-signer.ts';
import { SigningError } from './signing-error.ts';
import { keyKindOf, publicKeyDer } from './signing-key.ts';

/**
 * Makes the port from a key and certificates in any order. Certificates that do not belong to the
 * signer's chain are left out; everything that would make a signature worthless is refused here
 * or, as for validity, at each signature, before the key is used.
 * @throws SigningError SIGNER_KEY_MISMATCH, SIGNER_KEY_UNSUPPORTED, SIGNER_KEY_USAGE,
 *   SIGNER_CHAIN_BROKEN, SIGNER_UNREADABLE
 */
export function createDocumentSigner(
  key: KeyObject,
  certificates: readonly Uint8Array[],
): DocumentSigner {
  const identity = identify(key, certificates.map(readCertificate));
  return {
    certificates: identity.chain.map((certificate) => certificate.der),
    signPdf(pdf, { reason, signedAt }) {
      requireValid(identity.chain, signedAt);
      return signPdf(identity, pdf, { reason, signedAt });
    },
    signDetached(content, { signedAt }) {
      requireValid(identity.chain, signedAt);
      const digest = new Uint8Array(createHash('sha256').update(content).digest());
      return signCms(identity, digest, signedAt);
    },
  };
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw new SigningError(
      'SIGNER_UNREADABLE',
      `A certificate cannot be read: ${error.message}`,
      'Ask the issuer for the certificate in DER or PEM form.',
      { cause: error },
    );
  }
}

function identify(key: KeyObject, certificates: Certificate[]): SigningIdentity {
  keyKindOf(key);
  const spki = publicKeyDer(key);
  const signer = certificates.find((certificate) => sameBytes(certificate.spkiDer, spki));
  if (signer === undefined) {
    throw new SigningError(
      'SIGNER_KEY_MISMATCH',
      `None of the ${certificates.length} certificates belongs to the private key.`,
      'Configure the certificate that was issued for this key.',
    );
  }
  const limits = { roots: [], fingerprints: [], at: signer.notBefore };
  const verdict = checkChain(signer, certificates, limits);
  if (verdict.reason === 'CERTIFICATE_NOT_FOR_SIGNING') {
    throw new SigningError(
      'SIGNER_KEY_USAGE',
      `The certificate ${verdict.detail}.`,
      'Ask the issuer for a certificate with key usage digitalSignature or nonRepudiation.',
    );
  }
  if (verdict.result === 'failed') {
    throw new SigningError(
      'SIGNER_CHAIN_BROKEN',
      `The certificates do not form a chain: ${verdict.reason} ${verdict.detail}.`,
      'Put the issuing CA certificates into the file, as the issuer publishes them.',
    );
  }
  const [, ...issuers] = verdict.chain;
  return { key, chain: [signer, ...issuers] };
}

/** A signature outside of a certificate's validity would be refused by every verifier. */
function requireValid(chain: Certificate[], at: Date): void {
  for (const { subject, notBefore, notAfter } of chain) {
    const span = `${notBefore.toISOString()} to ${notAfter.toISOString()}`;
    const text = `The certificate "${subject}" is valid from ${span}, not at ${at.toISOString()}.`;
    if (at < notBefore) {
      const remedy = 'Check the clock of this machine, or wait for the certificate to start.';
      throw new SigningError('SIGNER_NOT_YET_VALID', text, remedy);
    }
    if (at > notAfter) {
      const remedy = 'Renew the signing certificate; what was signed earlier stays as it is.';
      throw new SigningError('SIGNER_EXPIRED', text, remedy);
    }
  }
}
