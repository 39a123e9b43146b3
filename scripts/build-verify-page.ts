// Builds templates/package/verify.html out of src/web/verify-page: one file, no request.
//   node scripts/build-verify-page.ts
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin, transform } from 'esbuild';
import { z } from 'zod';

const PROJECT = join(import.meta.dirname, '..');
const SOURCE = join(PROJECT, 'src', 'web', 'verify-page');
export const VERIFY_PAGE = join(PROJECT, 'templates', 'package', 'verify.html');

/** Browsers of 2023: what the verifying code itself needs, and no older. */
const TARGET = ['chrome111', 'firefox119', 'safari16.4'];

const MARK = 'built by scripts/build-verify-page.ts';

/** The names of zod that the sources use as values, `z.string` and so on. */
function zodNames(): string[] {
  const folders = [join(PROJECT, 'src', 'claim'), SOURCE];
  const texts = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  const used = texts.flatMap((text) =>
    [...text.matchAll(/\bz\s*\.(\w+)/g)].map(([, name]) => name),
  );
  return Object.keys(z)
    .filter((name) => used.includes(name))
    .sort();
}

/** Only the part of zod that is used: its `z` holds all translations, half of the page. */
const lessZod: Plugin = {
  name: 'less-zod',
  setup({ onResolve, onLoad }) {
    const namespace = 'less-zod';
    onResolve({ filter: /^zod$/ }, ({ importer }) =>
      importer === 'names' ? undefined : { path: 'z', namespace },
    );
    onResolve({ filter: /^names$/, namespace }, () => ({ path: 'names', namespace }));
    onLoad({ filter: /^z$/, namespace }, () => ({ contents: "export * as z from 'names';" }));
    onLoad({ filter: /^names$/, namespace }, () => ({
      contents: `export { ${zodNames().join(', ')} } from 'zod';`,
      resolveDir: SOURCE,
    }));
  },
};

/**
 * The page's text; the same for the same sources, on every machine.
 * @throws Error when the script does not build without a warning, or could not stand in a page
 */
export async function renderVerifyPage(): Promise<string> {
  const script = await renderScript();
  const style = await renderStyle();
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${digest(script)}'`,
    `style-src 'sha256-${digest(style)}'`,
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const parts: Record<string, string> = { POLICY: policy, STYLE: style, SCRIPT: script };
  const page = readFileSync(join(SOURCE, 'page.html'), 'utf8');
  return page.replace(/(?:\/\*)?__([A-Z]+)__(?:\*\/)?/g, (_, name: string) => parts[name] ?? '');
}

async function renderStyle(): Promise<string> {
  const parts = ['page', 'result', 'narrow', 'print'].map((part) =>
    readFileSync(join(SOURCE, `style-${part}.css`), 'utf8'),
  );
  const options = { loader: 'css', minify: true, target: TARGET } as const;
  const { code } = await transform(parts.join('\n'), options);
  return `/* biome-ignore-all lint: ${MARK} */${code.trimEnd()}`;
}

async function renderScript(): Promise<string> {
  const { outputFiles, warnings } = await build({
    absWorkingDir: PROJECT,
    entryPoints: [join(SOURCE, 'main.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    charset: 'utf8',
    target: TARGET,
    legalComments: 'none',
    write: false,
    plugins: [lessZod],
  });
  const text = (outputFiles[0]?.text ?? '').trimEnd();
  if (warnings.length > 0) throw new Error(`verify.html: ${warnings[0]?.text}`);
  // Either would end or confuse the script element, and the hash would no longer fit.
  if (/<\/script|<!--/i.test(text)) throw new Error('verify.html: the script holds markup');
  return `// biome-ignore-all lint: ${MARK}\n${text}`;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');

if (import.meta.main) {
  const page = await renderVerifyPage();
  writeFileSync(VERIFY_PAGE, page);
  console.log(`${VERIFY_PAGE}: ${Buffer.byteLength(page)} bytes`);
}
