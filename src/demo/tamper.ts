import { createContainerWriter } from '../adapters/zip/container-writer.ts';
import { fromUtf8, utf8 } from '../formats/bytes.ts';
import { readContainer } from '../formats/zip-container.ts';
import type { VerificationReport } from '../verify/report.ts';
import type { VerifierContext } from '../verify/trust.ts';
import { verifyPackage } from '../verify/verify-package.ts';

/** One attack on a package, and what the verifier says. */
export interface Tampering {
  zh: string;
  en: string;
  /** The file in the package that was changed. */
  path: string;
  report: VerificationReport;
}

/**
 * Attacks a package twice: one flipped byte, as an accident would make it, and a repacked package in
 * which a repayment was lowered, as a forger would make it.
 */
export async function tamper(zip: Uint8Array, context: VerifierContext): Promise<Tampering[]> {
  const files = readContainer(zip);
  const record = files.find(
    ({ path }) => /repayment|还款记录/.test(path) && path.endsWith('.json'),
  );
  const target = record ?? files.find(({ path }) => path.endsWith('.json'));
  if (target === undefined) return [];
  const flipped = zip.slice();
  const at = target.bytes.byteOffset - zip.byteOffset + Math.floor(target.bytes.length / 2);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  const forged = files.map((file) =>
    file === target ? { path: file.path, bytes: lowered(file.bytes) } : file,
  );
  const repacked = await createContainerWriter().write(forged);
  return [
    {
      zh: '改动一个字节',
      en: 'one byte flipped',
      path: target.path,
      report: verifyPackage(flipped, context),
    },
    {
      zh: '改小一笔还款后重新打包',
      en: 'a repayment lowered, the package repacked',
      path: target.path,
      report: verifyPackage(repacked, context),
    },
  ];
}

/** The record with its first amount changed by one digit. */
function lowered(bytes: Uint8Array): Uint8Array {
  const text = fromUtf8(bytes);
  return utf8(
    text.replace(/"amount":"(\d)/, (_, digit) => `"amount":"${(Number(digit) + 9) % 10}`),
  );
}
