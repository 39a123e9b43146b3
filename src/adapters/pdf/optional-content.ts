import { PDFArray, type PDFContext, PDFDict, PDFName, type PDFObject, PDFRef } from 'pdf-lib';
import type { CopyObject } from './object-copier.ts';

/** Layers of all merged documents: without them, every hidden layer would come to light. */
export interface Layers {
  groups: PDFRef[];
  hidden: PDFRef[];
}

/** Takes over the layers of a source and which of them its author switched off. */
export function collectLayers(catalog: PDFDict, copy: CopyObject, layers: Layers): void {
  const properties = catalog.lookup(PDFName.of('OCProperties'));
  if (!(properties instanceof PDFDict)) return;
  const groups = refsOf(properties.lookup(PDFName.of('OCGs')));
  const hidden = hiddenGroups(properties.lookup(PDFName.of('D')), groups);
  for (const group of groups) {
    const copied = copy(group);
    if (!(copied instanceof PDFRef)) continue;
    layers.groups.push(copied);
    if (hidden.has(group)) layers.hidden.push(copied);
  }
}

/** The bundle's own `OCProperties`; undefined when no source has layers. */
export function layerProperties(context: PDFContext, layers: Layers): PDFDict | undefined {
  if (layers.groups.length === 0) return undefined;
  return context.obj({ OCGs: layers.groups, D: { BaseState: 'ON', OFF: layers.hidden } });
}

function hiddenGroups(configuration: PDFObject | undefined, groups: PDFRef[]): Set<PDFRef> {
  if (!(configuration instanceof PDFDict)) return new Set();
  const base = configuration.lookup(PDFName.of('BaseState'));
  const allOff = base instanceof PDFName && base.decodeText() === 'OFF';
  const hidden = new Set(allOff ? groups : []);
  for (const ref of refsOf(configuration.lookup(PDFName.of('ON')))) hidden.delete(ref);
  for (const ref of refsOf(configuration.lookup(PDFName.of('OFF')))) hidden.add(ref);
  return hidden;
}

function refsOf(object: PDFObject | undefined): PDFRef[] {
  if (!(object instanceof PDFArray)) return [];
  return object.asArray().filter((item) => item instanceof PDFRef);
}
