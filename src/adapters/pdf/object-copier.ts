import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFName,
  PDFNull,
  type PDFObject,
  PDFRawStream,
  PDFRef,
  PDFStream,
} from 'pdf-lib';
import { ByteStream } from './byte-stream.ts';

/** Copies an object and all it refers to from one document into another. */
export type CopyObject = (object: PDFObject) => PDFObject;

/** Private data of authoring programs and links back into structure that is not copied. */
const DROPPED_KEYS = new Set<PDFObject>(
  ['PieceInfo', 'Metadata', 'StructParent', 'StructParents', 'LastModified'].map(PDFName.of),
);
/** A reference to one of these would drag a second copy of whole pages into the bundle. */
const PAGE_TYPES = new Set<PDFObject | undefined>(
  ['Page', 'Pages', 'Catalog', 'StructTreeRoot'].map(PDFName.of),
);
const TYPE = PDFName.of('Type');
const LENGTH = PDFName.of('Length');

/**
 * A copier that shares what it has copied: fonts and images used on many pages arrive once.
 * Stream bytes are shared with the source, not duplicated.
 */
export function createObjectCopier(source: PDFContext, target: PDFContext): CopyObject {
  const refs = new Map<PDFRef, PDFRef | typeof PDFNull>();

  const copyRef = (ref: PDFRef): PDFObject => {
    const known = refs.get(ref);
    if (known) return known;
    const value = source.lookup(ref);
    if (value === undefined || isPageLike(value)) {
      refs.set(ref, PDFNull);
      return PDFNull;
    }
    const copied = target.nextRef();
    refs.set(ref, copied);
    target.assign(copied, copy(value));
    return copied;
  };

  const copyDict = (dict: PDFDict, skipped?: PDFName): PDFDict => {
    const copied = target.obj({});
    for (const [key, value] of dict.entries()) {
      if (key !== skipped && !DROPPED_KEYS.has(key)) copied.set(key, copy(value));
    }
    return copied;
  };

  const copy: CopyObject = (object) => {
    if (object instanceof PDFRef) return copyRef(object);
    if (isPageLike(object)) return PDFNull;
    if (object instanceof PDFDict) return copyDict(object);
    if (object instanceof PDFArray) return target.obj(object.asArray().map(copy));
    if (object instanceof PDFRawStream) {
      return new ByteStream(copyDict(object.dict, LENGTH), object.contents);
    }
    if (object instanceof PDFStream) throw new Error(`unknown stream ${object.constructor.name}`);
    return object;
  };
  return copy;
}

function isPageLike(object: PDFObject): boolean {
  return object instanceof PDFDict && PAGE_TYPES.has(object.get(TYPE));
}
