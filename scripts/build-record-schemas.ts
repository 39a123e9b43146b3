// Writes schemas/records/*.json and the tables of docs/formats/taxonomy.md, records.md,
// docs/readiness.md and docs/what-to-deposit.md. The sources: the kinds (src/formats/taxonomy.ts), the relations
// (src/formats/relations.ts), the record schemas and limits of lateness (src/claim), the names of fields (templates/*/
// field-names.json), and for each kind when to deposit it, its law and an example
// (schemas/kinds.json).
//   node scripts/build-record-schemas.ts
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DEFAULT_LIMITS, IMMEDIATE } from '../src/claim/lateness.ts';
import { RECORD_SCHEMAS } from '../src/claim/records.ts';
import { canonicalJson, type Json } from '../src/formats/jcs.ts';
import { RELATIONS } from '../src/formats/relations.ts';
import { KINDS, type Kind } from '../src/formats/taxonomy.ts';

const PROJECT = join(import.meta.dirname, '..');
/** Part of every schema's address; a change that refuses what was taken before is a new version. */
const VERSION = 'v1';

/** What `schemas/kinds.json` says of a kind. */
export interface AboutKind {
  when: { zh: string; en: string };
  /** The rule that makes it worth depositing. */
  law: string;
  example?: Json;
}

type Names = Record<string, string>;
type Node = { [key: string]: unknown };

function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(PROJECT, ...path), 'utf8')) as T;
}

/** What `schemas/kinds.json` says, by kind. */
export function aboutKinds(): Record<Kind, AboutKind> {
  return readJson('schemas', 'kinds.json');
}

/** Every property gets its Chinese and English name as title. */
function named(node: Node, zh: Names, en: Names): Node {
  const out: Node = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties') out[key] = namedProperties(value as Record<string, Node>, zh, en);
    else if (Array.isArray(value)) out[key] = value.map((item) => deeper(item, zh, en));
    else out[key] = deeper(value, zh, en);
  }
  return out;
}

function deeper(value: unknown, zh: Names, en: Names): unknown {
  const isNode = value !== null && typeof value === 'object' && !Array.isArray(value);
  return isNode ? named(value as Node, zh, en) : value;
}

function namedProperties(properties: Record<string, Node>, zh: Names, en: Names): Node {
  return Object.fromEntries(
    Object.entries(properties).map(([name, of]) => {
      const title = `${zh[name] ?? name} / ${en[name] ?? name}`;
      return [name, { title, ...named(of, zh, en) }];
    }),
  );
}

/** The published JSON Schema (2020-12) of a kind's record; undefined when it has none. */
export function recordJsonSchema(kind: Kind): Node | undefined {
  const schema = RECORD_SCHEMAS[kind];
  if (schema === undefined) return undefined;
  const [zh, en] = ['cn', 'en'].map((at) => readJson<Names>('templates', at, 'field-names.json'));
  const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const { when, law, example } = aboutKinds()[kind];
  return {
    $schema,
    $id: `https://cunzheng.invalid/records/${VERSION}/${kind}.json`,
    title: `${KINDS[kind].zh} / ${KINDS[kind].en}`,
    description: `${when.zh}。${when.en}. ${law}`,
    $comment:
      'Made from the sources by scripts/build-record-schemas.ts; the service checks a little more: that days exist, and rules between fields (docs/formats/records.md).',
    ...named(body, zh ?? {}, en ?? {}),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) =>
    `| ${cells.map((it) => it.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

const kinds = () => Object.entries(KINDS) as [Kind, (typeof KINDS)[Kind]][];

function kindsTable(): string {
  const rows = kinds().map(([kind, { stage, form, zh, en }]) => [
    `\`${kind}\``,
    stage,
    form,
    zh,
    en,
  ]);
  return table(['kind', 'stage', 'form', '中文', 'English'], rows);
}

function relationsTable(): string {
  const rows = Object.entries(RELATIONS).map(([name, { zh, en, usual }]) => [
    `\`${name}\``,
    zh,
    en,
    usual,
  ]);
  return table(['rel', '中文', 'the later deposit …', 'usual between'], rows);
}

function limitsTable(): string {
  const own = IMMEDIATE.map(({ days, kinds: of, why }) => [
    String(days),
    of.map((kind) => `\`${kind}\` ${KINDS[kind].zh}`).join(', '),
    `${why.zh}。${why.en}`,
  ]);
  const rest = [
    String(DEFAULT_LIMITS.days),
    'all others',
    '按月还款、按月对账。The rhythm of a loan',
  ];
  return table(['days', 'kinds', 'reason'], [...own, rest]);
}

function fieldsTable(): string {
  const rows = kinds().flatMap(([kind]) => {
    const schema = recordJsonSchema(kind);
    if (schema === undefined) return [];
    const shapes = (schema.oneOf ?? schema.anyOf ?? [schema]) as Node[];
    return shapes.map((shape, index) => {
      const required = new Set((shape.required ?? []) as string[]);
      const names = Object.keys((shape.properties ?? {}) as Node).filter(
        (name) => name !== 'extra',
      );
      const shown = names.map((name) => (required.has(name) ? `**${name}**` : name));
      const label = index === 0 ? `[\`${kind}\`](../../schemas/records/${kind}.json)` : `↳ ${kind}`;
      return [label, shown.join(', ')];
    });
  });
  return table(['kind', 'fields'], rows);
}

const STAGES = {
  'pre-loan': '贷前 / Before the loan',
  contract: '签约 / Contract',
  'in-loan': '贷中 / During the loan',
  'post-loan': '贷后 / After default',
  court: '诉讼 / Court',
  custody: '保管（由本服务作出）/ Custody (made by the service)',
  erasure: '删除（由本服务作出）/ Erasure (made by the service)',
};

function depositGuide(): string {
  const about = aboutKinds();
  const sections = Object.entries(STAGES).map(([stage, title]) => {
    const own = kinds().filter(([, info]) => info.stage === stage);
    const parts = own.map(([kind, { zh, en, form }]) => {
      const { when, law, example } = about[kind];
      const what = { record: 'JSON record', file: 'file as it is', any: 'JSON record or file' }[
        form
      ];
      const lines = [
        `### ${zh} / ${en}`,
        '',
        `\`${kind}\` · ${what} · ${law}`,
        '',
        `${when.zh}。${when.en}.`,
      ];
      const shown = example === undefined ? [] : ['', '```json', canonicalJson(example), '```'];
      return [...lines, ...shown].join('\n');
    });
    return [`## ${title}`, ...parts].join('\n\n');
  });
  return sections.join('\n\n');
}

/** Puts `text` between the marks of a document; everything else in it is written by hand. */
function placed(document: string, mark: string, text: string): string {
  const [begin, end] = [`<!-- ${mark}: begin -->`, `<!-- ${mark}: end -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no place for ${mark}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

/** Every file that is made, by its path in the project. */
export function recordSchemaFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [kind] of kinds()) {
    const schema = recordJsonSchema(kind);
    if (schema === undefined) continue;
    files.set(`schemas/records/${kind}.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
  const doc = (path: string, marks: Record<string, string>) => {
    let text = readFileSync(join(PROJECT, path), 'utf8');
    for (const [mark, content] of Object.entries(marks)) text = placed(text, mark, content);
    files.set(path, text);
  };
  doc('docs/formats/taxonomy.md', { kinds: kindsTable(), relations: relationsTable() });
  doc('docs/formats/records.md', { fields: fieldsTable() });
  doc('docs/readiness.md', { limits: limitsTable() });
  doc('docs/what-to-deposit.md', { guide: depositGuide() });
  return files;
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(join(PROJECT, 'schemas', 'records'), { recursive: true });
  for (const [path, text] of recordSchemaFiles()) writeFileSync(join(PROJECT, path), text);
}
