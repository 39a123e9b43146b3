import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
import type { Json } from '../../formats/jcs.ts';
import { FONT_FILES } from './fonts.ts';

/** The lender's own papers: one Typst template each in `templates/demo/`. */
export type PaperName =
  | 'loan-contract'
  | 'credit-authorisation'
  | 'cost-disclosure'
  | 'disbursement-voucher'
  | 'letter';

/** Sets one paper: template name and data in, PDF/A-2u bytes out. */
export type PaperPress = (name: PaperName, data: Json) => Uint8Array;

const WORKSPACE = fileURLToPath(new URL('../../../templates/demo/', import.meta.url));
/** Compilations after which cached results of earlier papers are dropped. */
const CACHE_AGE = 8;

/**
 * Opens a press with the two bundled weights of Noto Serif SC. The same data gives the same bytes.
 * The press throws an Error with the compiler's own message when a template fails.
 */
export function createPaperPress(): PaperPress {
  const compiler = NodeCompiler.create({
    workspace: WORKSPACE,
    fontArgs: [{ fontBlobs: Object.values(FONT_FILES).map((file) => readFileSync(file)) }],
  });
  return (name, data) => {
    const result = compiler.compile({
      mainFilePath: `${WORKSPACE}${name}.typ`,
      inputs: { data: JSON.stringify(data) },
    });
    if (result.result === null) {
      const problems = result.takeDiagnostics()?.shortDiagnostics ?? [];
      throw new Error(`${name}.typ does not compile: ${JSON.stringify(problems)}`);
    }
    const bytes = compiler.pdf(result.result, { pdfStandard: 'a-2u', pdfTags: false });
    compiler.evictCache(CACHE_AGE);
    return new Uint8Array(bytes);
  };
}
