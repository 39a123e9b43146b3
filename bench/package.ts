import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chosenLoans, requestFor } from '../src/cli/commands/matter.ts';
import { anchoredSize } from '../src/cli/commands/package.ts';
import { openInstallation } from '../src/compose.ts';
import { openLitigation, readFilingProfile } from '../src/compose-litigation.ts';
import { readConfig } from '../src/config.ts';
import { depositPortfolio } from '../src/demo/deposit-portfolio.ts';
import { sha256Hex } from '../src/formats/digest.ts';
import { readContainer } from '../src/formats/zip-container.ts';
import { fileCases } from '../src/litigation/package/file-cases.ts';
import { verifyPackage } from '../src/verify/verify-package.ts';
import type { BenchResult } from './result.ts';

const AS_OF = '2026-10-31';

/**
 * Packages of the demonstration's portfolio, one thread: time to prepare one (documents, bundle,
 * signatures, proofs, self-check) and to verify one, beside reading and hashing the same bytes.
 */
export async function benchPackage(loans: number): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-bench-'));
  const installation = await openInstallation(readConfig({ CUNZHENG_DATA: folder }));
  try {
    const { evidence, policy, config } = installation;
    await depositPortfolio(evidence, { seed: 'demo', loans, asOf: AS_OF }, () => undefined);
    const size = await anchoredSize(installation);
    const ports = openLitigation(installation);
    const profile = readFilingProfile(config.projectFolder, 'demo-cn');
    const request = requestFor(profile, AS_OF, size);
    const times: number[] = [];
    const paths: string[] = [];
    let before = performance.now();
    for await (const outcome of fileCases(
      await chosenLoans(installation, undefined),
      request,
      ports,
    )) {
      if (outcome.outcome === 'prepared') {
        times.push(performance.now() - before);
        paths.push(join(folder, 'packages', outcome.package.path));
      }
      before = performance.now();
    }
    const packages = paths.map((path) => new Uint8Array(readFileSync(path)));
    const verify = packages.map((zip) =>
      timed(() => verifyPackage(zip, { policy, now: new Date() })),
    );
    const floor = packages.map((zip) =>
      timed(() => readContainer(zip).map(({ bytes }) => sha256Hex(bytes))),
    );
    const bytes = middle(packages.map((zip) => zip.length));
    const cases = packages.length;
    return [
      { name: 'package.reference', value: middle(times), unit: 'ms', bytes, cases },
      {
        name: 'intake.reference',
        value: middle(verify),
        unit: 'ms',
        floor: middle(floor),
        ratio: middle(verify) / middle(floor),
        bytes,
        cases,
      },
    ];
  } finally {
    await installation.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function middle(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
