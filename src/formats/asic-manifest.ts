import { containerPathFault, printable } from './container-path.ts';
import { FormatError } from './errors.ts';

/** One file that the container's signature covers by way of the manifest. */
export interface SignedObject {
  path: string;
  /** IANA media type, lower case, e.g. `application/pdf`. */
  mediaType: string;
  /** Lower-case hex. */
  sha256: string;
}

export interface AsicManifest {
  /** Path of the CAdES signature over this manifest. */
  signaturePath: string;
  objects: SignedObject[];
}

export const ASIC_MANIFEST_PATH = 'META-INF/ASiCManifest001.xml';
export const ASIC_SIGNATURE_PATH = 'META-INF/signature001.p7s';

/**
 * Whether the manifest must list a file: all but `mimetype`, whose content is fixed, and the
 * files that make up the signature itself (EN 319 162-1 §4.4.3.2).
 */
export const isSignedPath = (path: string): boolean =>
  path !== 'mimetype' && !path.startsWith('META-INF/');

const HEAD = [
  '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
  '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"' +
    ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
];
const MEDIA_TYPE = '[a-z0-9][a-z0-9!#$^_.+-]*/[a-z0-9][a-z0-9!#$^_.+-]*';
const SIGNATURE =
  /^ {2}<asic:SigReference URI="([^"<&]+)" MimeType="application\/pkcs7-signature"\/>$/;
const OBJECT = new RegExp(
  `^ {2}<asic:DataObjectReference URI="([^"<&]+)" MimeType="(${MEDIA_TYPE})">$`,
);
const DIGEST = /^ {4}<ds:DigestValue>([A-Za-z0-9+/]{43}=)<\/ds:DigestValue>$/;
const METHOD =
  '    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>';

/** Lines an object takes; the parser reads by them. */
const OBJECT_LINES = 4;

/**
 * Writes the ASiC manifest (EN 319 162-1 §A.4) in the one form that `parseAsicManifest` reads:
 * objects in the given order, two spaces of indentation, `\n`, UTF-8.
 * @throws FormatError MANIFEST_INVALID for paths, digests or media types that cannot stand there
 */
export function buildAsicManifest(manifest: AsicManifest): Uint8Array {
  const paths = [manifest.signaturePath, ...manifest.objects.map((object) => object.path)];
  if (new Set(paths).size !== paths.length) refuse('A path stands twice.');
  const lines = [
    ...HEAD,
    `  <asic:SigReference URI="${uriOf(manifest.signaturePath)}"` +
      ' MimeType="application/pkcs7-signature"/>',
    ...manifest.objects.flatMap(objectLines),
    '</asic:ASiCManifest>',
  ];
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

function objectLines({ path, mediaType, sha256 }: SignedObject): string[] {
  const label = printable(path);
  if (!new RegExp(`^${MEDIA_TYPE}$`).test(mediaType)) {
    refuse(`${label}: ${printable(mediaType)} is no media type in lower case.`);
  }
  if (!/^[0-9a-f]{64}$/.test(sha256))
    refuse(`${label}: its digest is not 64 lower-case hex digits.`);
  return [
    `  <asic:DataObjectReference URI="${uriOf(path)}" MimeType="${mediaType}">`,
    METHOD,
    `    <ds:DigestValue>${base64OfHex(sha256)}</ds:DigestValue>`,
    '  </asic:DataObjectReference>',
  ];
}

/**
 * Reads a manifest that `buildAsicManifest` wrote: what is found is written again and must give
 * the same bytes, so that there is no second reading of the same XML.
 * @throws FormatError MANIFEST_INVALID
 */
export function parseAsicManifest(bytes: Uint8Array): AsicManifest {
  const lines = decodeText(bytes).split('\n').slice(HEAD.length);
  const signature = SIGNATURE.exec(lines[0] ?? '')?.[1];
  if (signature === undefined) return refuse('The manifest does not name its signature first.');
  const objects: SignedObject[] = [];
  let at = 1;
  for (; lines[at] !== '</asic:ASiCManifest>'; at += OBJECT_LINES) {
    const [, uri, mediaType] = OBJECT.exec(lines[at] ?? '') ?? [];
    const digest = DIGEST.exec(lines[at + 2] ?? '')?.[1];
    if (uri === undefined || mediaType === undefined || digest === undefined) {
      return refuse(`Line ${at + HEAD.length + 1} of the manifest is not as it must be.`);
    }
    objects.push({ path: pathOf(uri), mediaType, sha256: hexOfBase64(digest) });
  }
  const manifest = { signaturePath: pathOf(signature), objects };
  const again = buildAsicManifest(manifest);
  if (again.length !== bytes.length || again.some((byte, index) => byte !== bytes[index])) {
    refuse('The manifest is not in its canonical form.');
  }
  return manifest;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('The manifest is not UTF-8.');
  }
}

/** RFC 3986 §2.3: everything but unreserved characters and `/` is percent-encoded, upper case. */
function uriOf(path: string): string {
  const fault = containerPathFault(path);
  if (fault !== undefined) refuse(`${printable(path)}: the path ${fault}.`);
  const marks = (mark: string) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
  const segment = (part: string) => encodeURIComponent(part).replace(/[!'()*]/g, marks);
  return path.split('/').map(segment).join('/');
}

function pathOf(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return refuse(`${printable(uri)} is no percent-encoded path.`);
  }
}

const base64OfHex = (hex: string): string =>
  btoa(
    (hex.match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join(''),
  );

const hexOfBase64 = (text: string): string =>
  Array.from(atob(text), (mark) => mark.charCodeAt(0).toString(16).padStart(2, '0')).join('');

function refuse(message: string): never {
  throw new FormatError(
    'MANIFEST_INVALID',
    message,
    'Ask the sender for the package as it was made.',
  );
}
