import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Json } from '../../formats/jcs.ts';
import type { DocumentRenderer, Jurisdiction } from '../../litigation/ports.ts';
import { qrMatrix } from './qr-matrix.ts';
import { RenderError } from './render-error.ts';
import { createTypstEngine, type TypstEngine } from './typst-engine.ts';

export interface TypstRendererOptions {
  templatesFolder: string;
  /** Shared with the bundle assembler, so that fonts are loaded once a thread. */
  engine?: TypstEngine;
}

/**
 * Court documents from `templates/<jurisdiction>/<template>.typ`: PDF/A-2u, fonts embedded, the
 * same bytes for the same input. Wherever the data has `qr: { payload }`, the template also finds
 * `qr.modules`, the rows of the QR symbol.
 */
export function createTypstRenderer(options: TypstRendererOptions): DocumentRenderer {
  const engine = options.engine ?? createTypstEngine(options.templatesFolder);
  return {
    render(jurisdiction, template, data, date) {
      const file = templateFile(engine.templatesFolder, jurisdiction, template);
      return engine.typeset({ file, data: withQrModules(data), date, use: 'filing' }).bytes;
    },
  };
}

function templateFile(folder: string, jurisdiction: Jurisdiction, template: string): string {
  const file = `${jurisdiction}/${template}.typ`;
  const named = /^(cn|en)\/[a-z][a-z0-9-]*\.typ$/.test(file);
  if (named && existsSync(path.join(folder, file))) return file;
  throw new RenderError(
    'UNKNOWN_TEMPLATE',
    `no template ${file} in ${folder}`,
    'Name a template that exists there, without its extension.',
  );
}

function withQrModules(data: Json): Json {
  if (Array.isArray(data)) return data.map(withQrModules);
  if (data === null || typeof data !== 'object') return data;
  const copy: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(data)) {
    copy[key] = key === 'qr' ? expandQr(value) : withQrModules(value);
  }
  return copy;
}

function expandQr(value: Json): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const { payload } = value;
  return typeof payload === 'string' ? { ...value, modules: qrMatrix(payload) } : value;
}
