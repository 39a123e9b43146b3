import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../adapters/objects/durable-file.ts';
import { createLocalAuthority, openLocalSigner } from '../adapters/signing/local-authority.ts';
import { systemRandom } from '../adapters/system/system-ports.ts';
import { LENDER } from './portfolio/lender.ts';
import type { Seal } from './portfolio/studio.ts';

/** Before the first contract of any portfolio. */
const VALID_FROM = new Date('2015-01-01T00:00:00Z');
const VALID_YEARS = 40;

/**
 * The certificate with which the made-up lender signs its contracts, kept in `contract-seal/` of the
 * data folder so that an interrupted demonstration goes on with the same one. RSA PKCS#1 v1.5: the
 * same contract is signed with the same bytes. Its root is named in `signature-roots/`; after a crash
 * between the two the next start names it.
 */
export async function openDemoSeal(dataFolder: string): Promise<Seal> {
  const folder = join(dataFolder, 'contract-seal');
  if (!existsSync(folder)) {
    await createLocalAuthority({
      folder,
      subject: { commonName: LENDER.name, organization: LENDER.name, country: 'CN' },
      now: VALID_FROM,
      random: systemRandom,
      signerYears: VALID_YEARS,
      authorityYears: VALID_YEARS,
    });
  }
  const roots = join(dataFolder, 'signature-roots');
  mkdirSync(roots, { recursive: true, mode: 0o700 });
  const root = new Uint8Array(readFileSync(join(folder, 'ca.cert.pem')));
  await writeDurably(roots, [root], join(roots, 'contract-seal.pem'));
  const certificate = new X509Certificate(readFileSync(join(folder, 'signer.cert.pem')));
  const signer = openLocalSigner(folder);
  return {
    authority: /^CN=(.*)$/m.exec(certificate.issuer)?.[1] ?? certificate.issuer,
    serial: certificate.serialNumber.toLowerCase(),
    sign: (pdf, at) => signer.signPdf(pdf, { reason: '签订借款合同', signedAt: new Date(at) }),
  };
}
