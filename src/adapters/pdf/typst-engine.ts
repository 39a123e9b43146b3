import { createRequire } from 'node:module';
import path from 'node:path';
import {
  NodeCompiler,
  type NodeError,
  type NodeTypstDocument,
} from '@myriaddreamin/typst-ts-node-compiler';
import type { Json } from '../../formats/jcs.ts';
import { checkCharacters } from './check-characters.ts';
import { addRanges, type FontCoverage, readFontCoverage } from './font-coverage.ts';
import { RenderError } from './render-error.ts';

export interface TypesetJob {
  /** Path of the template below the templates folder, with extension. */
  file: string;
  data: Json;
  /** ISO date (YYYY-MM-DD): the only date in the PDF. */
  date: string;
  /** `filing`: PDF/A-2u; `sheet`: a plain page that goes into a bundle. */
  use: 'filing' | 'sheet';
}

export interface Typeset {
  bytes: Uint8Array;
  pageCount: number;
  /** Values of the labelled `metadata` elements, in document order. */
  query(label: string): unknown[];
}

/** Typst with a fixed set of fonts; one instance a thread, calls are synchronous. */
export interface TypstEngine {
  readonly templatesFolder: string;
  readonly coverage: FontCoverage;
  /** @throws RenderError TEMPLATE_FAILED, CHARACTER_MISSING */
  typeset(job: TypesetJob): Typeset;
}

const FONTS = ['400Regular/NotoSerifSC_400Regular.ttf', '700Bold/NotoSerifSC_700Bold.ttf'];
/**
 * Libertinus Serif travels inside the typesetter. It sets the English documents, and in Chinese
 * ones the letters that Noto Serif SC lacks (Latin Extended, Greek, Cyrillic): these ranges, which
 * a test renders in both weights.
 */
export const LIBERTINUS_RANGES: readonly (readonly [number, number])[] = [
  [0x20, 0x7e],
  [0xa0, 0xac],
  [0xae, 0x24f],
  [0x384, 0x38a],
  [0x38c, 0x38c],
  [0x38e, 0x3a1],
  [0x3a3, 0x3ce],
  [0x400, 0x45f],
  [0x490, 0x491],
  [0x1e00, 0x1e9b],
  [0x1ea0, 0x1ef9],
  [0x20ac, 0x20ac],
];
/** Memoised results older than this many sweeps are dropped; a sweep follows every few documents. */
const CACHE_AGE = 4;
const DOCUMENTS_PER_SWEEP = 8;

/** @param templatesFolder root of the templates; nothing outside it can be read by a template */
export function createTypstEngine(templatesFolder: string): TypstEngine {
  const root = path.resolve(templatesFolder);
  const fonts = fontFiles();
  const compiler = NodeCompiler.create({
    workspace: root,
    fontArgs: [{ fontPaths: fonts.map((file) => path.dirname(file)) }],
  });
  const coverage = addRanges(readFontCoverage(fonts), LIBERTINUS_RANGES);
  let documents = 0;
  return {
    templatesFolder: root,
    coverage,
    typeset(job) {
      checkCharacters(job.data, coverage);
      const result = typesetWith(compiler, root, job);
      documents += 1;
      if (documents % DOCUMENTS_PER_SWEEP === 0) compiler.evictCache(CACHE_AGE);
      return result;
    },
  };
}

function fontFiles(): string[] {
  const manifest = createRequire(import.meta.url).resolve(
    '@expo-google-fonts/noto-serif-sc/package.json',
  );
  return FONTS.map((file) => path.join(path.dirname(manifest), file));
}

function typesetWith(compiler: NodeCompiler, root: string, job: TypesetJob): Typeset {
  const document = compileDocument(compiler, root, job);
  const bytes = exportPdf(compiler, document, job);
  return {
    bytes,
    pageCount: document.numOfPages,
    query: (label) => compiler.query(document, { selector: `<${label}>`, field: 'value' }),
  };
}

/** Data travels as JSON text in `sys.inputs` and is parsed by Typst: never markup, never code. */
function compileDocument(compiler: NodeCompiler, root: string, job: TypesetJob): NodeTypstDocument {
  const result = compiler.compile({
    mainFilePath: path.join(root, job.file),
    inputs: { data: JSON.stringify(job.data), date: job.date },
    resetRead: true,
  });
  const document = result.result;
  if (!document) throw failed(job.file, messagesOf(compiler, result.takeDiagnostics()));
  // A font that a template names and nobody has would leave white space where text should be.
  const warnings = messagesOf(compiler, result.takeWarnings());
  const fontWarnings = warnings.filter((message) => message.includes('unknown font'));
  if (fontWarnings.length > 0) throw failed(job.file, fontWarnings);
  return document;
}

function exportPdf(
  compiler: NodeCompiler,
  document: NodeTypstDocument,
  job: TypesetJob,
): Uint8Array {
  const creationTimestamp = timestampOf(job);
  // Structure tags would be twenty times as many objects, which every later reader parses.
  const pdfStandard = job.use === 'filing' ? 'a-2u' : '1.7';
  const options = { pdfStandard, pdfTags: false, creationTimestamp };
  try {
    return compiler.pdf(document, options);
  } catch (error) {
    throw failed(job.file, [messageOf(error)], error);
  }
}

/** Seconds since 1970 of the day's start in UTC. */
function timestampOf(job: TypesetJob): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(job.date) ? Date.parse(`${job.date}T00:00:00Z`) : NaN;
  if (Number.isNaN(time)) throw failed(job.file, [`date ${job.date} is not YYYY-MM-DD`]);
  return time / 1000;
}

function messagesOf(compiler: NodeCompiler, error: NodeError | null): string[] {
  if (!error) return [];
  const diagnostics: { message?: unknown }[] = compiler.fetchDiagnostics(error);
  return diagnostics.map(({ message }) => String(message));
}

/** The exporter reports in the debug form of its diagnostics; the message is what a reader needs. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const messages = [...text.matchAll(/message: "((?:[^"\\]|\\.)*)"/g)].map(([, found]) => found);
  return messages.length > 0 ? messages.join('; ') : text;
}

function failed(file: string, messages: string[], cause?: unknown): RenderError {
  return new RenderError(
    'TEMPLATE_FAILED',
    `template ${file}: ${messages.join('; ') || 'no diagnostics'}`,
    'Preview the template with sample data, mend it, and render again.',
    { cause },
  );
}
