import { createHash } from 'node:crypto';
import {
  PDFArray,
  type PDFDict,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRef,
} from 'pdf-lib';
import { cmsSizeBound, type SigningIdentity, signCms } from './cms-signer.ts';
import { buildIncrement, type UpdatedObject } from './pdf-increment.ts';
import { type PdfRevision, readPdfRevision } from './pdf-revision.ts';
import { arrayOf, dictOf, numberIn, unreadablePdf } from './pdf-syntax.ts';

const name = PDFName.of;

/** Room for `[0 a b c]` with three numbers of ten digits. */
const BYTE_RANGE_WIDTH = 38;

/**
 * Puts a PAdES B-B signature (EN 319 142-1) on a PDF as an incremental update: every earlier byte
 * stays, so signatures that are already there stay valid. The signature has no appearance: what
 * it says is shown by the reader's own signature panel, which nobody can paint over.
 * @throws SigningError PDF_UNREADABLE, PDF_ENCRYPTED
 */
export function signPdf(
  identity: SigningIdentity,
  pdf: Uint8Array,
  options: { reason: string; signedAt: Date },
): Uint8Array {
  const revision = readPdfRevision(pdf);
  const signature = PDFRef.of(revision.size);
  const field = PDFRef.of(revision.size + 1);
  const room = cmsSizeBound(identity);
  const template = signatureBody(identity, options, room);
  const objects: UpdatedObject[] = [
    { ref: signature, body: template },
    ...formObjects(revision, signature, field),
  ];
  const { update, bodies } = buildIncrement(pdf, revision, objects, revision.size + 2);
  const body = bodies[0] ?? 0;
  const open = body + template.indexOf('/Contents <') + '/Contents '.length;
  const close = open + 2 * room + 2;
  const total = pdf.length + update.length;
  const range = `[0 ${pdf.length + open} ${pdf.length + close} ${total - pdf.length - close}]`;
  const rangeAt = body + template.indexOf('/ByteRange ') + '/ByteRange '.length;
  update.write(range.padEnd(BYTE_RANGE_WIDTH), rangeAt, 'latin1');
  const hash = createHash('sha256').update(pdf).update(update.subarray(0, open));
  const digest = new Uint8Array(hash.update(update.subarray(close)).digest());
  const cms = Buffer.from(signCms(identity, digest)).toString('hex');
  // Too long a signature would overwrite signed bytes; the bound makes this impossible.
  if (cms.length > 2 * room) throw new RangeError(`${cms.length / 2} bytes of CMS for ${room}`);
  update.write(cms, open + 1, 'latin1');
  return new Uint8Array(Buffer.concat([pdf, update]));
}

/** The common name alone, as readers show it; the whole subject when there is none. */
function signerName(identity: SigningIdentity): string {
  const { subject } = identity.chain[0];
  const common = /(?:^|[,+])CN=((?:\\.|[^,+\\])*)/.exec(subject)?.[1];
  return common?.replace(/\\(.)/g, '$1') ?? subject;
}

/** ISO 32000-1 §12.8.1 with the restrictions of EN 319 142-1 §6.2: /M, no /Cert. */
function signatureBody(
  identity: SigningIdentity,
  options: { reason: string; signedAt: Date },
  room: number,
): string {
  const stamp = options.signedAt.toISOString().slice(0, 19).replace(/[-:T]/g, '');
  return [
    '<<',
    '/Type /Sig',
    '/Filter /Adobe.PPKLite',
    '/SubFilter /ETSI.CAdES.detached',
    `/M (D:${stamp}+00'00')`,
    `/Name ${PDFHexString.fromText(signerName(identity))}`,
    `/Reason ${PDFHexString.fromText(options.reason)}`,
    `/ByteRange ${' '.repeat(BYTE_RANGE_WIDTH)}`,
    `/Contents <${'0'.repeat(2 * room)}>`,
    '>>',
  ].join('\n');
}

/** The field with its invisible widget, and the catalog, form and page that must mention it. */
function formObjects(revision: PdfRevision, signature: PDFRef, field: PDFRef): UpdatedObject[] {
  const page = firstPage(revision);
  const catalog = dictOf(revision.resolve(revision.root))?.clone();
  if (catalog === undefined) throw unreadablePdf('it has no catalog');
  const formRef = catalog.get(name('AcroForm'));
  const form = dictOf(revision.resolve(formRef))?.clone() ?? revision.context.obj({});
  const fields = arrayOf(revision.resolve(form.get(name('Fields'))));
  const title = freeFieldName(revision, fields);
  form.set(name('Fields'), appended(revision, fields, field));
  form.set(name('SigFlags'), PDFNumber.of((numberIn(form, 'SigFlags') ?? 0) | 3));
  const objects = [{ ref: field, body: fieldBody(title, signature, page?.ref) }];
  if (formRef instanceof PDFRef) {
    objects.push({ ref: formRef, body: form.toString() });
  } else {
    catalog.set(name('AcroForm'), form);
    objects.push({ ref: revision.root, body: catalog.toString() });
  }
  if (page !== undefined) {
    const dict = page.dict.clone();
    const annotations = arrayOf(revision.resolve(dict.get(name('Annots'))));
    dict.set(name('Annots'), appended(revision, annotations, field));
    objects.push({ ref: page.ref, body: dict.toString() });
  }
  return objects;
}

/** Flags 132: print and locked; an empty rectangle makes the widget invisible (§12.7.4.5). */
function fieldBody(title: string, signature: PDFRef, page: PDFRef | undefined): string {
  const place = page === undefined ? '' : ` /P ${page}`;
  const widget = `/Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132${place}`;
  return `<< /FT /Sig /T (${title}) /V ${signature} ${widget} >>`;
}

function appended(revision: PdfRevision, list: PDFArray | undefined, ref: PDFRef): PDFArray {
  const longer = PDFArray.withContext(revision.context);
  for (const item of list?.asArray() ?? []) longer.push(item);
  longer.push(ref);
  return longer;
}

/** Two fields of one name would be one field with two values. */
function freeFieldName(revision: PdfRevision, fields: PDFArray | undefined): string {
  const taken = new Set(
    (fields?.asArray() ?? []).map((field) => titleOf(dictOf(revision.resolve(field)))),
  );
  let number = 1;
  while (taken.has(`Signature${number}`)) number += 1;
  return `Signature${number}`;
}

function titleOf(field: PDFDict | undefined): string | undefined {
  const title: PDFObject | undefined = field?.get(name('T'));
  const text = title as { decodeText?: () => string } | undefined;
  return text?.decodeText?.();
}

/** The leftmost leaf of the page tree; a file without pages gets a field without a place. */
function firstPage(revision: PdfRevision): { ref: PDFRef; dict: PDFDict } | undefined {
  let ref = dictOf(revision.resolve(revision.root))?.get(name('Pages'));
  for (let depth = 0; depth < 64 && ref instanceof PDFRef; depth += 1) {
    const dict = dictOf(revision.resolve(ref));
    if (dict === undefined) return undefined;
    const kids = arrayOf(revision.resolve(dict.get(name('Kids'))));
    if (kids === undefined) return { ref, dict };
    ref = kids.asArray()[0];
  }
  return undefined;
}
