import {
  ASIC_MANIFEST_PATH,
  ASIC_SIGNATURE_PATH,
  buildAsicManifest,
} from '../../formats/asic-manifest.ts';
import { utf8 } from '../../formats/bytes.ts';
import { encodeSums, SUMS_PATH } from '../../formats/case-file.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { CONTAINER_MIMETYPE, MIMETYPE_PATH } from '../../formats/zip-container.ts';
import type { Clock, ContainerFile, ContainerWriter, DocumentSigner } from '../ports.ts';

const MEDIA_TYPES: [RegExp, string][] = [
  [/\.pdf$/, 'application/pdf'],
  [/\.json$/, 'application/json'],
  [/\.jpg$/, 'image/jpeg'],
  [/\.png$/, 'image/png'],
  [/\.html$/, 'text/html'],
  [/\.(txt|sh|salt|statement|entry|tlog-proof)$/, 'text/plain'],
];

function mediaTypeOf(path: string): string {
  return MEDIA_TYPES.find(([pattern]) => pattern.test(path))?.[1] ?? 'application/octet-stream';
}

/**
 * Closes a package: list of sums, signed ASiC-E manifest (EN 319 162-1) and the container around
 * them. The same files give the same container but for the signature.
 */
export async function sealPackage(
  files: ContainerFile[],
  ports: { signer: DocumentSigner; container: ContainerWriter; clock: Clock },
): Promise<Uint8Array> {
  const digests = files.map(({ path, bytes }) => ({ path, sha256: sha256Hex(bytes) }));
  const sums = utf8(encodeSums(digests));
  const signed = [...digests, { path: SUMS_PATH, sha256: sha256Hex(sums) }];
  const manifest = buildAsicManifest({
    signaturePath: ASIC_SIGNATURE_PATH,
    objects: signed.map((object) => ({ ...object, mediaType: mediaTypeOf(object.path) })),
  });
  const signature = ports.signer.signDetached(manifest, { signedAt: ports.clock.now() });
  return ports.container.write([
    { path: MIMETYPE_PATH, bytes: utf8(CONTAINER_MIMETYPE) },
    ...files,
    { path: SUMS_PATH, bytes: sums },
    { path: ASIC_MANIFEST_PATH, bytes: manifest },
    { path: ASIC_SIGNATURE_PATH, bytes: signature },
  ]);
}
