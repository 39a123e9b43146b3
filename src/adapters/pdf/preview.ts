import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Json } from '../../formats/jcs.ts';
import type { Jurisdiction } from '../../litigation/ports.ts';
import { createTypstRenderer } from './typst-renderer.ts';

export interface PreviewRequest {
  templatesFolder: string;
  jurisdiction: Jurisdiction;
  template: string;
  /** JSON file with the template's data; see `docs/templates.md`. */
  dataFile: string;
  outputFile: string;
  /** ISO date for the PDF's metadata. */
  date: string;
}

/**
 * Renders one template with one data file, for whoever edits templates.
 * @returns the number of bytes written
 * @throws RenderError as DocumentRenderer does; SyntaxError for a file that is not JSON
 */
export async function previewTemplate(request: PreviewRequest): Promise<number> {
  const data: Json = JSON.parse(await readFile(request.dataFile, 'utf8'));
  const renderer = createTypstRenderer({ templatesFolder: request.templatesFolder });
  const pdf = renderer.render(request.jurisdiction, request.template, data, request.date);
  await writeFile(request.outputFile, pdf);
  return pdf.byteLength;
}

function isJurisdiction(text: string | undefined): text is Jurisdiction {
  return text === 'cn' || text === 'en';
}

async function main([jurisdiction, template, dataFile, outputFile]: string[]): Promise<number> {
  if (!isJurisdiction(jurisdiction) || !template || !dataFile || !outputFile) {
    console.error('usage: node src/adapters/pdf/preview.ts cn|en TEMPLATE DATA.json OUT.pdf');
    return 2;
  }
  const templatesFolder = path.resolve(import.meta.dirname, '../../../templates');
  const date = new Date().toISOString().slice(0, 10);
  const request = { templatesFolder, jurisdiction, template, dataFile, outputFile, date };
  console.log(`${outputFile}: ${await previewTemplate(request)} bytes`);
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
