import { createHash } from 'node:crypto';
import { PDFHexString, PDFName, type PDFObject, PDFRef } from 'pdf-lib';
import type { PdfRevision } from './pdf-revision.ts';
import { arrayOf } from './pdf-syntax.ts';

/** One object of an update: its reference and its body between `obj` and `endobj`. */
export interface UpdatedObject {
  ref: PDFRef;
  body: string;
}

/**
 * Makes the bytes of an incremental update (ISO 32000-1 §7.5.6), to be put after the original:
 * the objects, a cross-reference section in the form that the file already has, and a trailer.
 * All text is Latin-1, one byte a character.
 * @returns the update, and where in it each object's body begins
 */
export function buildIncrement(
  pdf: Uint8Array,
  revision: PdfRevision,
  objects: readonly UpdatedObject[],
  nextNumber: number,
): { update: Buffer; bodies: number[] } {
  // A file that does not end with a line end would have its %%EOF run into the first object.
  let text = pdf.at(-1) === 0x0a || pdf.at(-1) === 0x0d ? '' : '\n';
  const offsets: [ref: PDFRef, offset: number][] = [];
  const bodies: number[] = [];
  for (const { ref, body } of objects) {
    offsets.push([ref, pdf.length + text.length]);
    text += `${ref.objectNumber} ${ref.generationNumber} obj\n`;
    bodies.push(text.length);
    text += `${body}\nendobj\n`;
  }
  const at = pdf.length + text.length;
  text +=
    revision.form === 'table'
      ? xrefTable(offsets, trailerText(pdf, revision, nextNumber))
      : xrefStream(offsets, trailerText(pdf, revision, nextNumber + 1), nextNumber, at);
  return { update: Buffer.from(`${text}startxref\n${at}\n%%EOF\n`, 'latin1'), bodies };
}

const byNumber = (left: [PDFRef, number], right: [PDFRef, number]): number =>
  left[0].objectNumber - right[0].objectNumber;

const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/** One subsection an object: simple, and as short as runs of two or three would be. */
function xrefTable(offsets: [ref: PDFRef, offset: number][], trailer: string): string {
  const rows = offsets
    .toSorted(byNumber)
    .map(
      ([ref, offset]) =>
        `${ref.objectNumber} 1\n${digits(offset, 10)} ${digits(ref.generationNumber, 5)} n \n`,
    );
  return `xref\n${rows.join('')}trailer\n<<\n${trailer}>>\n`;
}

/** Not compressed: the few rows are not worth it, and anyone can read them in the file. */
function xrefStream(
  offsets: [ref: PDFRef, offset: number][],
  trailer: string,
  ownNumber: number,
  ownOffset: number,
): string {
  const all: typeof offsets = [...offsets, [PDFRef.of(ownNumber), ownOffset]];
  const rows = all.toSorted(byNumber);
  const index = rows.map(([ref]) => `${ref.objectNumber} 1`).join(' ');
  const data = rows.map(([ref, offset]) => {
    const row = Buffer.alloc(7);
    row.writeUInt8(1, 0);
    row.writeUInt32BE(offset, 1);
    row.writeUInt16BE(ref.generationNumber, 5);
    return row.toString('latin1');
  });
  const dict = `/Type /XRef\n/W [1 4 2]\n/Index [${index}]\n/Length ${data.length * 7}\n${trailer}`;
  return `${ownNumber} 0 obj\n<<\n${dict}>>\nstream\n${data.join('')}\nendstream\nendobj\n`;
}

function trailerText(pdf: Uint8Array, revision: PdfRevision, size: number): string {
  const info = revision.trailer.get(PDFName.of('Info'));
  const lines = [`/Size ${size}`, `/Root ${revision.root}`, `/Prev ${revision.startXref}`];
  if (info !== undefined) lines.push(`/Info ${info}`);
  return `${[...lines, `/ID [${fileIdentifiers(pdf, revision).join(' ')}]`].join('\n')}\n`;
}

/** The first identifier stays, the second one changes with each update (ISO 32000-1 §14.4). */
function fileIdentifiers(pdf: Uint8Array, revision: PdfRevision): PDFObject[] {
  const digest = createHash('sha256').update(pdf).digest('hex').slice(0, 32);
  const fresh = PDFHexString.of(digest);
  const old = arrayOf(revision.resolve(revision.trailer.get(PDFName.of('ID'))));
  return [old?.get(0) ?? fresh, fresh];
}
