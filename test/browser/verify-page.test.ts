import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { renderVerifyPage, VERIFY_PAGE } from '../../scripts/build-verify-page.ts';
import { type Installation, openInstallation } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { encodePolicy } from '../../src/formats/policy.ts';
import {
  buildSamplePackage,
  depositSampleLoan,
  rewriteContainer,
} from '../support/sample-package.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('verify.html as committed', () => {
  it('is what its sources build', async () => {
    expect(await renderVerifyPage()).to.equal(readFileSync(VERIFY_PAGE, 'utf8'));
  });

  it('is small, names no address, and its policy allows nothing but its own script', () => {
    const page = readFileSync(VERIFY_PAGE, 'utf8');
    expect(Buffer.byteLength(page)).to.be.below(400_000);
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? '';
    expect(policy).to.match(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/);
    expect(policy).not.to.match(/unsafe|https?:|connect-src|\*/);
    expect(page).not.to.match(/<(?:link|img|iframe)|@import|@font-face|\bsrc=/);
  });
});

/** What a person hands in. */
interface Given {
  name: string;
  bytes: Uint8Array;
}

describe('verify.html in a browser', function () {
  this.timeout(60_000);
  let folder: string;
  let installation: Installation;
  let browser: Browser;
  let page: Page;
  let faults: string[];
  const contexts = new Map<string, BrowserContext>();
  const files: Record<string, Given> = {};

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      console.log(`      skipped: ${CHROMIUM} is not installed`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'cunzheng-verify-page-'));
    installation = await openInstallation(readConfig({ CUNZHENG_DATA: join(folder, 'data') }));
    await prepare(installation, files);
    browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
  });

  after(async () => {
    await browser?.close();
    await installation?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** A page from disk, no network; every request but the page itself is a fault. */
  async function open(options: { locale?: string; width?: number; noWorker?: boolean } = {}) {
    const { locale = 'en-GB', width = 1280 } = options;
    const viewport = { width, height: 900 };
    const context = contexts.get(locale) ?? (await browser.newContext({ locale, offline: true }));
    contexts.set(locale, context);
    page = await context.newPage();
    await page.setViewportSize(viewport);
    faults = [];
    page.on('console', (message) => faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    const url = pathToFileURL(VERIFY_PAGE).href;
    page.on('request', (request) => {
      const own = request.url() === url || request.url().startsWith('blob:');
      if (!own) faults.push(`request: ${request.url()}`);
    });
    if (options.noWorker) {
      await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'Worker'));
    }
    await page.goto(url);
  }

  const given = (name: string): Given => {
    const file = files[name];
    if (file === undefined) throw new Error(`no file ${name}`);
    return file;
  };

  const payload = (name: string, as?: string) => {
    const file = given(name);
    return {
      name: as ?? file.name,
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(file.bytes),
    };
  };

  const trust = async () => {
    await page.setInputFiles('#policy-input', payload('policy'));
    await page.waitForSelector('.named');
  };

  async function handIn(...names: string[]) {
    await page.setInputFiles(
      '#material-input',
      names.map((name) => payload(name)),
    );
    await page.waitForSelector('#results .banner');
  }

  const verdicts = () => page.locator('.banner h3').allInnerTexts();
  const text = async (selector: string) =>
    (await page.locator(selector).allInnerTexts()).join('\n');

  afterEach(async () => {
    await page?.close();
    expect(faults).to.deep.equal([]);
  });

  it('passes an untouched package under a policy and says what was not checked', async () => {
    await open();
    await trust();
    await handIn('package');
    expect(await verdicts()).to.deep.equal(['PASSED']);
    expect(await text('#not-checked-0')).to.include('this page uses no network');
    expect(await text('#not-checked-0')).to.include('events that were never deposited');
    expect(await text('#live')).to.match(/^Verdict: PASSED/);
    expect(await page.locator('.group.failed, .group.indeterminate').count()).to.equal(0);
  });

  it('fails a package with one byte changed, and names where', async () => {
    await open();
    await trust();
    await handIn('tampered');
    expect(await verdicts()).to.deep.equal(['FAILED']);
    expect(await text('.group.failed')).to.include('CRC-32');
    expect(await text('#live')).to.match(/^Verdict: FAILED/);
  });

  it('fails a package that a forger packed again with right check sums', async () => {
    await open();
    await trust();
    await handIn('forged');
    expect(await verdicts()).to.deep.equal(['FAILED']);
    expect(await page.locator('.group.failed').count()).to.be.above(0);
    expect(await text('.result')).to.include('What the material says of itself');
  });

  it('gives no verdict without a policy, shows fingerprints, and passes once trust is named', async () => {
    await open();
    await handIn('package');
    expect(await verdicts()).to.deep.equal(['INDETERMINATE']);
    const advice = (await text('.advice')).replaceAll(' ', '');
    expect(advice).to.include(installation.policy.signingRoots[0]?.sha256 ?? 'none');
    expect(await page.locator('.advice pre').textContent()).to.include(
      installation.policy.logs[0] ?? 'none',
    );
    expect(await text('.result')).to.include('see “Whom you trust”');
    await trust();
    await page.waitForSelector('.banner.passed');
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.waitForSelector('.banner.indeterminate');
  });

  it('pairs originals with their proofs by content, and fails the one that was changed', async () => {
    await open();
    await trust();
    await handIn('record', 'proof');
    expect(await verdicts()).to.deep.equal(['PASSED']);
    await page.setInputFiles('#material-input', [payload('record-changed'), payload('proof')]);
    await page.waitForSelector('.banner.failed');
    expect(await text('.result')).to.include('the file is not the one that was deposited');
  });

  it('says that a proof alone tells nothing about a file, and a file alone nothing at all', async () => {
    await open();
    await trust();
    await handIn('proof');
    expect(await text('#not-checked-0')).to.include('only the proof was handed in');
    await page.setInputFiles('#material-input', payload('record'));
    await page.waitForSelector('.banner.none');
    expect(await verdicts()).to.deep.equal(['NOT VERIFIED']);
  });

  it('holds a receipt against the completeness proof of its own loan, never of another', async () => {
    await open();
    await trust();
    await handIn('receipt', 'completeness');
    expect(await verdicts()).to.deep.equal(['PASSED']);
    const checks = await page.locator('.group li').allTextContents();
    expect(checks.join()).to.include('the promised entry is still in the history');
    await page.setInputFiles('#material-input', [
      payload('receipt'),
      payload('other-completeness'),
    ]);
    await page.waitForSelector('.result + .result');
    expect(await verdicts()).to.deep.equal(['PASSED', 'PASSED']);
    const apart = await page.locator('.group li').allTextContents();
    expect(apart.join()).not.to.include('the promised entry');
  });

  it('verifies several at once and counts them', async () => {
    await open();
    await trust();
    await handIn('package', 'tampered-too', 'completeness');
    expect(await verdicts()).to.deep.equal(['PASSED', 'FAILED', 'PASSED']);
    expect(await text('.summary')).to.include('2 passed, 1 failed');
  });

  it('never takes a policy from among the material, nor a file that is no policy', async () => {
    await open();
    await handIn('package', 'policy');
    expect(await verdicts()).to.deep.equal(['INDETERMINATE', 'NOT VERIFIED']);
    await page.setInputFiles('#policy-input', payload('receipt'));
    await page.waitForSelector('.refusal');
    expect(await page.locator('.named').count()).to.equal(0);
  });

  it('fails malformed material of every form instead of breaking', async () => {
    await open();
    await trust();
    for (const name of ['package', 'proof', 'receipt', 'completeness']) {
      const { name: as, bytes } = given(name);
      const half = {
        name: as,
        mimeType: '',
        buffer: Buffer.from(bytes.subarray(bytes.length / 2)),
      };
      await page.setInputFiles('#material-input', half);
      await page.waitForSelector('#results .banner');
      expect(await verdicts(), name).to.deep.equal(['FAILED']);
    }
  });

  it('works where the browser gives a page from disk no worker', async () => {
    await open({ noWorker: true });
    await trust();
    await handIn('package');
    expect(await verdicts()).to.deep.equal(['PASSED']);
  });

  it('speaks Chinese to a Chinese browser, and either language on request', async () => {
    await open({ locale: 'zh-CN' });
    await trust();
    await handIn('tampered');
    expect(await verdicts()).to.deep.equal(['不通过']);
    expect(await page.getAttribute('html', 'lang')).to.equal('zh-CN');
    await page.getByRole('button', { name: 'English' }).click();
    expect(await verdicts()).to.deep.equal(['FAILED']);
  });

  it('shows hostile names as text, apart from the words of the page', async () => {
    await open();
    const { bytes } = given('record');
    const name = '\u202egnp.DESSAP<img src=x onerror=alert(1)>.txt';
    await page.setInputFiles('#material-input', {
      name,
      mimeType: '',
      buffer: Buffer.from(bytes),
    });
    await page.waitForSelector('#results .banner');
    expect(await page.locator('#results img').count()).to.equal(0);
    expect(await text('.about'))
      .to.include('<img src=x')
      .and.not.include('\u202e');
  });

  it('is worked by the keyboard alone, with a visible focus', async () => {
    await open();
    const choosing = page.waitForEvent('filechooser');
    const seen: string[] = [];
    for (let press = 0; press < 4; press += 1) {
      await page.keyboard.press('Tab');
      seen.push(await page.evaluate('document.activeElement.textContent'));
      const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
      expect(outline).to.equal('solid');
    }
    expect(seen).to.deep.equal(['中文', 'English', 'Choose files…', 'Choose policy…']);
    await page.locator(':focus').press('Shift+Tab');
    await page.keyboard.press('Enter');
    const chooser = await choosing;
    await chooser.setFiles(payload('package'));
    await page.waitForSelector('#results .banner');
    expect(await verdicts()).to.deep.equal(['INDETERMINATE']);
  });

  it('fits 390 pixels without scrolling sideways', async () => {
    await open({ width: 390 });
    await trust();
    await handIn('package');
    const wide = await page.evaluate('document.documentElement.scrollWidth');
    expect(wide).to.equal(390);
  });

  it('prints a record with every check, the digests, and room for a signature', async () => {
    await open();
    await trust();
    await handIn('package');
    await page.emulateMedia({ media: 'print' });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    const record = await text('#page');
    const { sha256 } = (await page.evaluate(
      '({sha256: [...document.querySelectorAll(".facts code")].map(c => c.textContent).join()})',
    )) as { sha256: string };
    expect(sha256.replaceAll(' ', '')).to.include(given('package-digest').name);
    expect(record).to.include('Record of verification').and.include('Verified by (signature)');
    expect(await page.locator('.group:not([open])').count()).to.equal(0);
    expect(await page.locator('.places').isVisible()).to.equal(false);
  });
});

/** A real installation with two loans, and everything that people are handed from it. */
async function prepare(installation: Installation, files: Record<string, Given>) {
  const { evidence } = installation;
  const put = (name: string, fileName: string, bytes: Uint8Array | string) => {
    const own = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    files[name] = { name: fileName, bytes: own };
  };
  const evidenceNo = await depositSampleLoan(installation, 'L-1');
  const { evidenceNo: other } = await evidence.acceptDeposit({
    loan: 'L-2',
    kind: 'repayment',
    occurredAt: '2024-03-01',
    source: { system: 'core', eventId: 'L-2/1' },
    content: { form: 'record', record: { amount: '12.00', date: '2026-01-02' } },
  });
  const deposited = await evidence.acceptDeposit({
    loan: 'L-1',
    kind: 'repayment',
    occurredAt: '2024-04-15',
    source: { system: 'core', eventId: 'L-1/late' },
    content: { form: 'record', record: { amount: '100.00', date: '2024-04-15' } },
  });
  await installation.publishAndAnchor();
  const made = await buildSamplePackage(installation, 'L-1');
  put('package', 'L-1.zip', made.bytes);
  put('package-digest', made.sha256, '');
  const tampered = made.bytes.slice();
  tampered[tampered.length >> 1] = (tampered[tampered.length >> 1] ?? 0) ^ 1;
  put('tampered', 'L-1.zip', tampered);
  put('tampered-too', 'L-1-copy.zip', tampered);
  const forged = await rewriteContainer(made.bytes, (path, bytes) => {
    if (!path.endsWith('.pdf')) return undefined;
    const changed = bytes.slice();
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    return changed;
  });
  put('forged', 'L-1.zip', forged);
  put('policy', 'policy.json', encodePolicy(installation.policy));
  put('receipt', 'receipt.json', deposited.receipt);
  put('completeness', 'completeness.json', await evidence.completeness(evidenceNo));
  put('other-completeness', 'completeness.json', await evidence.completeness(other));
  put('proof', 'repayment.json.proof.json', await evidence.proof(evidenceNo, deposited.seq));
  put('record', 'repayment.json', '{"amount":"100.00","date":"2024-04-15"}');
  put('record-changed', 'repayment.json', '{"amount":"900.00","date":"2024-04-15"}');
}
