import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseRecord } from '../../../src/claim/records.ts';
import { openDemoSeal } from '../../../src/demo/demo-seal.ts';
import { FONT_FILES } from '../../../src/demo/portfolio/fonts.ts';
import type { DemoLoan } from '../../../src/demo/portfolio/generate-portfolio.ts';
import { generatePortfolio } from '../../../src/demo/portfolio/generate-portfolio.ts';
import type { DemoDeposit } from '../../../src/demo/portfolio/journal.ts';
import type { PaperName } from '../../../src/demo/portfolio/papers.ts';
import { createStudio, type Seal } from '../../../src/demo/portfolio/studio.ts';
import { canonicalBytes, type Json } from '../../../src/formats/jcs.ts';
import { checkSignedPdf } from '../../../src/verify/check-signed-pdf.ts';

const OPTIONS = { seed: 'test', loans: 2, asOf: '2026-10-31' };

type FileContent = Extract<DemoDeposit['content'], { form: 'file' }>;

function filesOf(loan: DemoLoan | undefined): FileContent[] {
  return (loan?.deposits ?? []).flatMap(({ content }) =>
    content.form === 'file' ? [content] : [],
  );
}

function installed(tool: string): boolean {
  try {
    execFileSync(tool, ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Code points that the font's format 12 character map covers (OpenType, table `cmap`). */
function coverage(font: Buffer): (codePoint: number) => boolean {
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, at) => 12 + at * 16);
  const entry = tables.find((at) => font.toString('latin1', at, at + 4) === 'cmap') ?? 0;
  const cmap = font.readUInt32BE(entry + 8);
  const maps = Array.from(
    { length: font.readUInt16BE(cmap + 2) },
    (_, at) => cmap + font.readUInt32BE(cmap + 4 + at * 8 + 4),
  );
  const map = maps.find((at) => font.readUInt16BE(at) === 12);
  if (map === undefined) throw new Error('the font has no format 12 character map');
  const groups = Array.from({ length: font.readUInt32BE(map + 12) }, (_, at) => [
    font.readUInt32BE(map + 16 + at * 12),
    font.readUInt32BE(map + 20 + at * 12),
  ]);
  return (codePoint) => groups.some(([from = 0, to = -1]) => codePoint >= from && codePoint <= to);
}

describe('documents of the demonstration portfolio', () => {
  const studio = createStudio();
  let folder = '';
  let loans: DemoLoan[] = [];

  before(function () {
    this.timeout(20_000);
    folder = mkdtempSync(join(tmpdir(), 'portfolio-'));
    loans = [...generatePortfolio(OPTIONS, studio)];
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('have a contract that the seal signs, the same each time, with its root named', async function () {
    this.timeout(30_000);
    const seal = await openDemoSeal(folder);
    const contractOf = (sealed: Seal) => {
      const [loan] = [...generatePortfolio({ ...OPTIONS, loans: 1 }, createStudio(sealed))];
      const content = loan?.deposits.find(({ kind }) => kind === 'contract')?.content;
      if (content?.form !== 'file') throw new Error('no contract');
      return content.bytes;
    };
    const bytes = contractOf(seal);
    expect(contractOf(await openDemoSeal(folder))).to.deep.equal(bytes);
    const pem = readFileSync(join(folder, 'signature-roots', 'contract-seal.pem'));
    const found = checkSignedPdf(bytes, {
      documentSha256: createHash('sha256').update(bytes).digest('hex'),
      receivedAt: new Date(),
      trustedRoots: [new Uint8Array(new X509Certificate(pem).raw)],
    });
    expect(found.result, found.detail).to.equal('valid');
    const [one] = found.signatures;
    expect(one).to.include({ rootNamed: true, coversWholeFile: true });
    expect(one?.certificate?.certificateSerial).to.equal(seal.serial);
  });

  it('come out byte for byte the same a second time', function () {
    this.timeout(20_000);
    const digests = (run: Iterable<DemoLoan>): string[] =>
      [...run].flatMap((loan) =>
        filesOf(loan).map((file) => createHash('sha256').update(file.bytes).digest('hex')),
      );
    const first = digests(loans);
    expect(new Set(first).size).to.equal(first.length);
    const again = digests(generatePortfolio({ ...OPTIONS, loans: 1 }));
    expect(again).to.have.length(7).and.to.deep.equal(first.slice(0, 7));
  });

  it('are PDF and JPEG files of the size of real ones', () => {
    for (const { name, mediaType, bytes } of loans.flatMap(filesOf)) {
      const start = new TextDecoder('latin1').decode(bytes.subarray(0, 5));
      expect(
        start.startsWith(mediaType === 'image/jpeg' ? '\xff\xd8\xff' : '%PDF-'),
        name,
      ).to.equal(true);
      expect(bytes.length, name).to.be.within(30_000, 300_000);
    }
  });

  it('record the digest of the contract that was signed', () => {
    const [, loan] = loans;
    const contract = filesOf(loan).find((file) => file.name.startsWith('个人消费借款合同'));
    const record = loan?.deposits.find((deposit) => deposit.kind === 'signature-record')?.content;
    if (contract === undefined || record?.form !== 'record') throw new Error('no signed contract');
    const sha256 = createHash('sha256').update(contract.bytes).digest('hex');
    expect(record.record).to.have.property('documentSha256', sha256);
  });

  it('print each clause under the number that the terms give (needs pdftotext of poppler-utils)', function () {
    if (!installed('pdftotext')) return this.skip();
    const [, loan] = loans;
    const contract = filesOf(loan).find((file) => file.name.startsWith('个人消费借款合同'));
    const terms = loan?.deposits.find((deposit) => deposit.kind === 'contract-terms')?.content;
    if (contract === undefined || terms?.form !== 'record') throw new Error('no contract');
    const { clauses = {} } = parseRecord('contract-terms', terms.record);
    writeFileSync(join(folder, 'contract.pdf'), contract.bytes);
    const args = ['-layout', join(folder, 'contract.pdf'), '-'];
    const text = execFileSync('pdftotext', args, { encoding: 'utf8' });
    const clause = (number = ''): string =>
      new RegExp(`^\\s*${number.replace('.', '\\.')}\\s+(.+)$`, 'm').exec(text)?.[1] ?? '';
    expect(clause(clauses.annualRate)).to.include('借款年利率为 23.9%');
    expect(clause(clauses.penalty)).to.include('甲方对逾期本金自其到期日');
    expect(clause(clauses.compound)).to.include('甲方对该期内利息自其到期日');
    expect(clause(clauses.allocation)).to.include('实现债权的费用、利息');
    expect(clause(clauses.acceleration)).to.include('宣布借款提前到期');
    expect(clause(clauses.fees)).to.include('通过诉讼方式实现债权');
    expect(clause(clauses.service)).to.include('人民法院送达诉讼文书');
    expect(clause(clauses.jurisdiction)).to.include('宁波市鄞州区人民法院');
  });

  it('number articles and clauses without a gap', () => {
    const file = new URL('../../../templates/demo/loan-contract.typ', import.meta.url);
    const text = readFileSync(file, 'utf8');
    const numbers = [...text.matchAll(/^#clause\("(\d+)\.(\d+)"/gm)].map(([, article, clause]) => [
      Number(article),
      Number(clause),
    ]);
    const articles = [...text.matchAll(/^#article\("(.+?)"\)/gm)].map(([, number]) => number);
    expect(articles).to.deep.equal(
      '一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六'.split(' '),
    );
    let [article, clause] = [0, 0];
    for (const [nextArticle, nextClause] of numbers) {
      const follows = nextArticle === article && nextClause === clause + 1;
      const opens = nextArticle === article + 1 && nextClause === 1;
      expect(follows || opens, `${nextArticle}.${nextClause}`).to.equal(true);
      [article, clause] = [nextArticle ?? 0, nextClause ?? 0];
    }
    expect(article).to.equal(articles.length);
  });

  it('refuse a clause number that the contract does not have', () => {
    let contractData: Json = null;
    const watching = {
      ...studio,
      paper: (name: PaperName, data: Json) => {
        if (name === 'loan-contract') contractData = data;
        return Uint8Array.of(0);
      },
    };
    [...generatePortfolio({ ...OPTIONS, loans: 1 }, watching)];
    const data = contractData as unknown as { clauses: object };
    const wrong = { ...data, clauses: { ...data.clauses, penalty: '9.1' } } as Json;
    expect(() => studio.paper('loan-contract', wrong)).to.throw(/clause of penalty/);
    expect(studio.paper('loan-contract', data as unknown as Json).length).to.be.above(30_000);
  });

  it('use no character that the fonts lack', () => {
    const used = new Set<string>();
    const collect = (text: string): void => {
      for (const character of text) used.add(character);
    };
    const watching = {
      paper: (_: string, data: Json) => {
        collect(new TextDecoder().decode(canonicalBytes(data)));
        return Uint8Array.of(0);
      },
      identityCard: () => ({ front: Uint8Array.of(1), back: Uint8Array.of(2) }),
      serviceConfirmation: () => Uint8Array.of(3),
      deliverySlip: () => Uint8Array.of(4),
    };
    [...generatePortfolio({ ...OPTIONS, loans: 30 }, watching)];
    for (const sources of ['signed-page.ts', 'identity-card.ts', 'places.ts', 'people.ts']) {
      const file = new URL(`../../../src/demo/portfolio/${sources}`, import.meta.url);
      collect(readFileSync(file, 'utf8'));
    }
    for (const name of ['loan-contract', 'credit-authorisation', 'cost-disclosure', 'letter']) {
      const file = new URL(`../../../templates/demo/${name}.typ`, import.meta.url);
      collect(readFileSync(file, 'utf8'));
    }
    for (const font of Object.values(FONT_FILES)) {
      const has = coverage(readFileSync(font));
      const missing = [...used].filter(
        (character) => character >= ' ' && !has(character.codePointAt(0) ?? 0),
      );
      expect(missing).to.deep.equal([]);
    }
    expect([...used]).to.include.members(['喆', '堃', '昇', '㛃', '\u{2CB4A}']);
  });
});
