import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import type { DocumentSigner } from '../../litigation/ports.ts';
import { createDocumentSigner } from './document-signer.ts';
import { SigningError } from './signing-error.ts';

const fromBinary = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'binary'));
const derOf = (element: forge.asn1.Asn1): Uint8Array =>
  fromBinary(forge.asn1.toDer(element).getBytes());

/**
 * Opens a PKCS#12 file (.p12, .pfx) as certificate authorities issue it: RSA or P-256, PBES2 or
 * the old RC2/3DES encryption. The password is not kept.
 * @throws SigningError SIGNER_UNREADABLE, SIGNER_PASSWORD_WRONG, and those of the signer itself
 */
export function openPkcs12Signer(bytes: Uint8Array, password: string): DocumentSigner {
  const store = openStore(bytes, password);
  const keys = [
    ...bagsOf(store, forge.pki.oids.pkcs8ShroudedKeyBag),
    ...bagsOf(store, forge.pki.oids.keyBag),
  ].map(keyOf);
  const [key, second] = keys;
  if (key === undefined || second !== undefined) {
    throw unreadable(`the file holds ${keys.length} private keys instead of one`);
  }
  return createDocumentSigner(key, bagsOf(store, forge.pki.oids.certBag).map(certificateOf));
}

function openStore(bytes: Uint8Array, password: string): forge.pkcs12.Pkcs12Pfx {
  let parsed: forge.asn1.Asn1;
  // Not strict: Windows and Java export PKCS#12 in BER.
  try {
    parsed = forge.asn1.fromDer(Buffer.from(bytes).toString('binary'), false);
  } catch (cause) {
    throw unreadable('it is no PKCS#12 file', cause);
  }
  try {
    return decryptStore(parsed, password);
  } catch (cause) {
    const wrong =
      cause instanceof Error && /MAC could not be verified|password/i.test(cause.message);
    if (!wrong) throw unreadable('its contents cannot be decrypted', cause);
    throw new SigningError(
      'SIGNER_PASSWORD_WRONG',
      'The password does not open the PKCS#12 file.',
      'Correct the password file; it must hold the password and nothing else.',
      { cause },
    );
  }
}

/**
 * The integrity check takes the password as UTF-16, modern encryption takes it as UTF-8, and the
 * library passes one form to both. With a password that is not ASCII the check, once it has
 * passed, is therefore left out and the contents are opened with the other form.
 */
function decryptStore(parsed: forge.asn1.Asn1, password: string): forge.pkcs12.Pkcs12Pfx {
  try {
    return forge.pkcs12.pkcs12FromAsn1(parsed, false, password);
  } catch (error) {
    const wrongPassword = error instanceof Error && /MAC/.test(error.message);
    const ascii = [...password].every((mark) => mark < '\u0080');
    if (wrongPassword || ascii || !Array.isArray(parsed.value)) throw error;
    parsed.value.splice(2);
    return forge.pkcs12.pkcs12FromAsn1(parsed, false, forge.util.encodeUtf8(password));
  }
}

const bagsOf = (store: forge.pkcs12.Pkcs12Pfx, type: string | undefined): forge.pkcs12.Bag[] =>
  type === undefined ? [] : (store.getBags({ bagType: type })[type] ?? []);

/** The library models RSA only; for other keys it hands over the ASN.1 as it stands. */
function keyOf(bag: forge.pkcs12.Bag): KeyObject {
  const info = bag.key
    ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))
    : bag.asn1;
  try {
    return createPrivateKey({ key: Buffer.from(derOf(info)), format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw unreadable('its private key is of no known kind', cause);
  }
}

/**
 * The certificate's bytes as issued. Of a parsed certificate the library keeps the signed part as
 * it came and writes that one; its model of the names, which breaks Chinese ones, is not used.
 */
const certificateOf = (bag: forge.pkcs12.Bag): Uint8Array =>
  derOf(bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1);

function unreadable(why: string, cause?: unknown): SigningError {
  return new SigningError(
    'SIGNER_UNREADABLE',
    `The PKCS#12 file cannot be used: ${why}.`,
    'Export it again from the certificate store, with its private key and its chain.',
    { cause },
  );
}
