import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  sign,
} from 'node:crypto';
import type { ReceiptSigner } from '../../litigation/court/ports.ts';
import { jwkThumbprint, jwsSigningInput, parseEcJwk, toBase64url } from '../../verify/jws.ts';
import { secretFile } from '../keys/key-files.ts';

/**
 * The court's P-256 key from a PKCS#8 PEM file of mode 0600; made at the first start.
 * @throws FormatError RECEIPT_INVALID when the file holds a key of another curve
 */
export function openReceiptSigner(path: string): ReceiptSigner {
  const pem = secretFile(path, () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  );
  const key = createPrivateKey(pem);
  const { kty, crv, x, y }: JsonWebKey = createPublicKey(key).export({ format: 'jwk' });
  const jwk = parseEcJwk({ kty: kty ?? '', crv: crv ?? '', x: x ?? '', y: y ?? '' });
  return {
    jwk,
    thumbprint: jwkThumbprint(jwk),
    sign(typ, payload) {
      const input = jwsSigningInput(typ, jwk, payload);
      const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
      return `${input}.${toBase64url(signature)}`;
    },
  };
}
