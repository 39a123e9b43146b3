import {
  EncryptedPDFError,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFName,
  type PDFObject,
} from 'pdf-lib';
import type { BundlePage } from './bundle-page.ts';
import { flattenAnnotations } from './flatten-annotations.ts';
import { compose } from './matrix.ts';
import { type CopyObject, createObjectCopier } from './object-copier.ts';
import { collectLayers, type Layers } from './optional-content.ts';
import { readPageContent } from './page-content.ts';
import { inherited, readGeometry } from './page-geometry.ts';
import { CannotMerge } from './slip-reason.ts';

/**
 * The pages of a PDF as forms of the bundle's document. A form carries its own space, so content
 * that leaves the graphics state unbalanced, or paints patterns, stays as its author drew it.
 * @throws CannotMerge for whatever cannot be shown faithfully; nothing is shown by guess
 */
export async function mergePdf(
  bytes: Uint8Array,
  target: PDFDocument,
  layers: Layers,
): Promise<BundlePage[]> {
  const source = await loadPdf(bytes);
  try {
    refuseUnshowable(source.catalog);
    const pages = source.getPages();
    if (pages.length === 0) throw new CannotMerge('no-pages');
    const copy = createObjectCopier(source.context, target.context);
    const merged = pages.map((page) => mergePage(page.node, target, copy));
    collectLayers(source.catalog, copy, layers);
    return merged;
  } catch (cause) {
    throw cause instanceof CannotMerge ? cause : new CannotMerge('damaged', { cause });
  }
}

/** Encrypted input is refused, never opened with `ignoreEncryption`: that yields blank pages. */
async function loadPdf(bytes: Uint8Array): Promise<PDFDocument> {
  try {
    return await PDFDocument.load(bytes, {
      updateMetadata: false,
      parseSpeed: Number.POSITIVE_INFINITY,
      throwOnInvalidObject: true,
    });
  } catch (cause) {
    throw new CannotMerge(isEncrypted(cause, bytes) ? 'encrypted' : 'damaged', { cause });
  }
}

/** Encrypted objects may fail to parse before the library sees the trailer that says so. */
function isEncrypted(cause: unknown, bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return cause instanceof EncryptedPDFError || /\/Encrypt[^A-Za-z]/.test(text);
}

function refuseUnshowable(catalog: PDFDict): void {
  if (catalog.lookup(PDFName.of('Collection')) instanceof PDFDict) {
    throw new CannotMerge('portfolio');
  }
  const form = catalog.lookup(PDFName.of('AcroForm'));
  if (!(form instanceof PDFDict) || !form.has(PDFName.of('XFA'))) return;
  const fields = form.lookup(PDFName.of('Fields'));
  const empty = !(fields instanceof PDFArray) || fields.size() === 0;
  const rendersItself = catalog.lookup(PDFName.of('NeedsRendering'))?.toString() === 'true';
  if (empty || rendersItself) throw new CannotMerge('dynamic-form');
}

function mergePage(page: PDFDict, target: PDFDocument, copy: CopyObject): BundlePage {
  const geometry = readGeometry(page);
  const form = readPageContent(page, target.context);
  const entries: Record<string, PDFObject> = {
    Type: PDFName.of('XObject'),
    Subtype: PDFName.of('Form'),
    BBox: target.context.obj([...geometry.visible]),
    Resources: copyOr(inherited(page, 'Resources'), copy, target.context.obj({})),
  };
  for (const [key, value] of Object.entries(entries)) form.dict.set(PDFName.of(key), value);
  const group = page.lookup(PDFName.of('Group'));
  if (group instanceof PDFDict) form.dict.set(PDFName.of('Group'), copy(group));
  const drawings = [
    { xObject: target.context.register(form), matrix: geometry.upright },
    ...flattenAnnotations(page, copy, target.context).map(({ xObject, matrix }) => ({
      xObject,
      matrix: compose(matrix, geometry.upright),
    })),
  ];
  return { width: geometry.width, height: geometry.height, drawings, sheet: false };
}

function copyOr(object: PDFObject | undefined, copy: CopyObject, otherwise: PDFObject): PDFObject {
  return object instanceof PDFDict ? copy(object) : otherwise;
}
