import { createHash } from 'node:crypto';
import { type PDFDocument, PDFHexString, PDFName, PDFString } from 'pdf-lib';
import type { BundleInput } from '../../litigation/ports.ts';
import { BUNDLE_WORDS } from './bundle-words.ts';
import { type Layers, layerProperties } from './optional-content.ts';

/**
 * Title, date, language, page labels and identifier: all from the input, so that the same input
 * gives the same bytes. No clock, no program of this machine is named.
 */
export function writeMetadata(document: PDFDocument, input: BundleInput, layers: Layers): void {
  const { context, catalog } = document;
  const day = PDFString.of(`D:${input.date.replaceAll('-', '')}000000Z`);
  const info = context.obj({ CreationDate: day, ModDate: day });
  info.set(PDFName.of('Title'), PDFHexString.fromText(input.caption));
  context.trailerInfo.Info = context.register(info);
  const identifier = PDFHexString.of(inputDigest(input).slice(0, 32));
  context.trailerInfo.ID = context.obj([identifier, identifier]);
  const words = BUNDLE_WORDS[input.jurisdiction];
  catalog.set(PDFName.of('Lang'), PDFString.of(words.language));
  catalog.set(PDFName.of('PageMode'), PDFName.of('UseOutlines'));
  catalog.set(PDFName.of('ViewerPreferences'), context.obj({ DisplayDocTitle: true }));
  // The number a reader types is the number that is printed: decimal, from 1, contents included.
  catalog.set(PDFName.of('PageLabels'), context.obj({ Nums: [0, { S: 'D', St: 1 }] }));
  const properties = layerProperties(context, layers);
  if (properties) catalog.set(PDFName.of('OCProperties'), properties);
}

function inputDigest(input: BundleInput): string {
  const hash = createHash('sha256').update(
    `${input.jurisdiction}\n${input.caption}\n${input.date}\n`,
  );
  for (const part of input.parts) {
    hash.update(`${part.mark ?? ''}\n${part.title}\n`);
    const files = 'records' in part ? part.records : [part];
    for (const { path, sha256 } of files) hash.update(`${path}\n${sha256}\n`);
  }
  return hash.digest('hex');
}
