import { createContainerWriter } from '../../src/adapters/zip/container-writer.ts';
import { concatBytes, fromUtf8, utf8 } from '../../src/formats/bytes.ts';
import { canonicalJson, type Json } from '../../src/formats/jcs.ts';
import { readContainer } from '../../src/formats/zip-container.ts';
import type { Form } from './mutate.ts';
import { derElement } from './mutate-der.ts';
import type { Samples } from './samples.ts';
import type { Target } from './targets.ts';

/** About one megabyte that is meant to cost time or memory. */
export interface Bomb {
  name: string;
  bytes: Uint8Array;
}

const MEGABYTE = 1 << 20;
const fill = (unit: string, tail = ''): Uint8Array =>
  utf8(unit.repeat(Math.floor((MEGABYTE - tail.length) / unit.length)) + tail);

const ANY: readonly Bomb[] = [
  { name: 'zeros', bytes: new Uint8Array(MEGABYTE) },
  { name: 'digits', bytes: fill('9') },
  { name: 'spaces', bytes: fill(' ') },
  { name: 'line ends', bytes: fill('\n') },
  { name: 'signature lines', bytes: fill('\n\n— a AAAAAAAA\n') },
  { name: 'open brackets', bytes: fill('[') },
  { name: 'nested arrays', bytes: utf8('['.repeat(MEGABYTE / 2) + ']'.repeat(MEGABYTE / 2)) },
  { name: 'quotes', bytes: fill('"') },
  { name: 'one long string', bytes: utf8(`"${'a'.repeat(MEGABYTE - 2)}"`) },
  { name: 'escapes', bytes: utf8(`"${'\\u0000'.repeat(MEGABYTE / 6)}"`) },
  { name: 'a long number', bytes: fill('1', '.5e10') },
  { name: 'many zeros in a list', bytes: utf8(`[0${',0'.repeat(MEGABYTE / 2 - 2)}]`) },
  { name: 'many objects in a list', bytes: utf8(`[{}${',{}'.repeat(MEGABYTE / 3 - 2)}]`) },
  {
    name: 'many members',
    bytes: utf8(`{${Array.from({ length: 80_000 }, (_, i) => `"k${i}":0`).join(',')}}`),
  },
  { name: 'one member again and again', bytes: utf8(`{"a":0${',"a":0'.repeat(200_000)}}`) },
  { name: 'byte order marks', bytes: fill('\ufeff') },
  { name: 'four-byte characters', bytes: fill('😀') },
  { name: 'base64', bytes: fill('AAAA') },
  { name: 'hyphens', bytes: fill('CZ-') },
  { name: 'tile groups', bytes: utf8(`tile/0/${'x000/'.repeat(200_000)}000`) },
  { name: 'dots', bytes: fill('.') },
];

/** DER that is legal as far as lengths go, and large in one direction. */
function derBombs(): Bomb[] {
  let nested = derElement(0x05);
  for (let depth = 0; depth < 2000; depth++) nested = derElement(0x30, nested);
  const nulls = derElement(
    0x30,
    new Uint8Array(MEGABYTE - 8).map((_, i) => (i % 2 === 0 ? 5 : 0)),
  );
  const small = derElement(0x30, derElement(0x06, Uint8Array.of(0x55, 4, 3)), derElement(0x0c));
  const names = derElement(0x30, ...Array.from({ length: 4000 }, () => derElement(0x31, small)));
  const digits = derElement(0x02, new Uint8Array(MEGABYTE - 8).fill(0x7f));
  return [
    { name: 'nested sequences', bytes: nested },
    { name: 'many elements', bytes: nulls },
    { name: 'many names', bytes: names },
    { name: 'a huge integer', bytes: derElement(0x30, digits) },
    {
      name: 'a huge identifier',
      bytes: derElement(0x30, derElement(0x06, new Uint8Array(MEGABYTE).fill(0x81))),
    },
  ];
}

const PDF: readonly Bomb[] = [
  { name: 'slashes', bytes: fill('/') },
  { name: 'byte ranges', bytes: fill('/ByteRange [0 1 2 3] ') },
  { name: 'byte ranges of spaces', bytes: fill(`/ByteRange${' '.repeat(100)}`) },
  { name: 'zeros in a byte range', bytes: fill(`/ByteRange [ ${'0'.repeat(90)} `) },
  { name: 'ends of file', bytes: fill('%%EOF\n') },
];

/** The sample with its longest list repeated, and with its longest text, up to a megabyte. */
function inflated(sample: Uint8Array): Bomb[] {
  const value = JSON.parse(fromUtf8(sample)) as Json;
  const out: Bomb[] = [];
  const grow = (make: (member: Json) => Json | undefined, name: string): void => {
    const walk = (here: Json): Json => {
      const grown = make(here);
      if (grown !== undefined) return grown;
      if (Array.isArray(here)) return here.map(walk);
      if (here === null || typeof here !== 'object') return here;
      return Object.fromEntries(Object.entries(here).map(([key, item]) => [key, walk(item)]));
    };
    const bytes = utf8(canonicalJson(walk(value)));
    if (once && bytes.length < 2 * MEGABYTE) out.push({ name, bytes });
  };
  let once = false;
  grow((member) => {
    if (once || !Array.isArray(member) || member.length === 0) return undefined;
    once = true;
    const size = JSON.stringify(member).length;
    return Array.from({ length: Math.floor(MEGABYTE / size) }, () => member).flat();
  }, 'its first list repeated');
  once = false;
  grow((member) => {
    if (once || typeof member !== 'string' || member.length < 20) return undefined;
    once = true;
    return member + 'a'.repeat(MEGABYTE - sample.length);
  }, 'its first text lengthened');
  return out;
}

/** A loan of 1,200 instalments, hundreds of part payments, and a cut-off centuries away. */
function claimBombs(): Bomb[] {
  const terms = {
    contractNo: 'B',
    currency: 'CNY',
    principal: '10000000.00',
    annualRate: '0.144',
    method: 'equal-instalment',
    instalments: 1200,
    firstDueDate: '1900-02-15',
    dueDay: 15,
    dayCount: '30/360',
    penaltyDayCount: 'actual/360',
    endpoint: 'count-last-day',
    penalty: { kind: 'uplift', uplift: '0.5' },
    compound: { agreed: true },
  };
  const lent = ['disbursement', { amount: '10000000.00', date: '1900-01-15' }] as const;
  const day = (i: number): string =>
    `${2000 + Math.floor(i / 336)}-${String(1 + (Math.floor(i / 28) % 12)).padStart(2, '0')}-${String(1 + (i % 28)).padStart(2, '0')}`;
  const paid = (count: number) =>
    Array.from({ length: count }, (_, i) => ['repayment', { amount: '0.01', date: day(i) }]);
  const rates = Array.from({ length: 600 }, (_, i) => [
    'rate-change',
    { effectiveOn: day(i), annualRate: `0.1${String(i).padStart(5, '0')}1` },
  ]);
  const primes = Array.from({ length: 1200 }, (_, i) => ({
    no: i + 1,
    dueDate: `${1901 + Math.floor(i / 12)}-${String(1 + (i % 12)).padStart(2, '0')}-15`,
    principal: `${(i % 97) + 1}.${String((i * 37) % 100).padStart(2, '0')}`,
    interest: `${(i % 89) + 1}.${String((i * 53) % 100).padStart(2, '0')}`,
  }));
  const whole = primes.reduce((sum, { principal }) => sum + Math.round(Number(principal) * 100), 0);
  const tableSum = (whole / 100).toFixed(2);
  const table = { ...terms, principal: tableSum, schedule: primes };
  const file = (...list: unknown[]): Uint8Array =>
    utf8(JSON.stringify([['contract-terms', terms], lent, ...list]));
  return [
    { name: '300 payments on 1,200 instalments', bytes: file(...paid(300)) },
    { name: '11,000 payments', bytes: file(...paid(11_000)) },
    { name: '600 changes of the rate', bytes: file(...rates) },
    {
      name: 'an agreed table of 1,200 odd rows',
      bytes: utf8(
        JSON.stringify([
          ['contract-terms', table],
          ['disbursement', { amount: tableSum, date: '1900-12-15' }],
          ...paid(200),
        ]),
      ),
    },
  ];
}

async function packageBombs(samples: Samples): Promise<Bomb[]> {
  const files = readContainer(samples.of.package[0] as Uint8Array).map(({ path, bytes }) => ({
    path,
    bytes,
  }));
  const caseFile = JSON.parse(fromUtf8(samples.of.case[0] as Uint8Array)) as {
    exhibits: { files: { path: string; proof: string; seq: number }[] }[];
  };
  const [exhibit] = caseFile.exhibits;
  const [file] = exhibit?.files ?? [];
  const many = Array.from({ length: 4000 }, () => file);
  const repeated = {
    ...caseFile,
    exhibits: [{ ...exhibit, files: many }],
  } as unknown as Json;
  const large = new Uint8Array(MEGABYTE / 2);
  const writer = createContainerWriter();
  const swap = (path: string, bytes: Uint8Array) =>
    files.map((one) => (one.path === path ? { path, bytes } : one));
  const naming = swap('proof/case.json', utf8(canonicalJson(repeated))).map((one) =>
    one.path === file?.path ? { path: one.path, bytes: large } : one,
  );
  const empty = Array.from({ length: 9000 }, (_, i) => ({
    path: `e/${i}`,
    bytes: new Uint8Array(),
  }));
  return [
    { name: 'one exhibit named 4,000 times', bytes: await writer.write(naming) },
    { name: '9,000 empty entries', bytes: await writer.write([...files.slice(0, 1), ...empty]) },
    {
      name: 'end record that counts 65,534',
      bytes: concatBytes(new Uint8Array(MEGABYTE), endRecord(65_534)),
    },
  ];
}

function endRecord(count: number): Uint8Array {
  const bytes = new Uint8Array(22);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, MEGABYTE, true);
  return bytes;
}

/** Behind the reader of JSON, which has them all for itself, only large values are left. */
const LARGE_JSON = ANY.filter(({ name }) => /^(one long|many members)/.test(name));

const OF_FORM: Record<Form, readonly Bomb[]> = {
  json: LARGE_JSON,
  text: ANY,
  bytes: [...ANY, ...PDF],
  der: [...ANY.slice(0, 2), ...derBombs()],
  zip: ANY.slice(0, 4),
};

/** Everything that could make `target` slow or large. */
export async function bombsFor(target: Target, samples: Samples): Promise<Bomb[]> {
  const sample = samples.of[target.samples][0] ?? new Uint8Array();
  return [
    ...(target.samples === 'json' ? ANY : OF_FORM[target.form]),
    ...(target.form === 'json' && sample[0] === 0x7b ? inflated(sample) : []),
    ...(target.samples === 'records' ? claimBombs() : []),
    ...(target.samples === 'package' ? await packageBombs(samples) : []),
  ];
}
